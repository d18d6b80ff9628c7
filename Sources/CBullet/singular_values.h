// Part of kinematics.cpp, compiled once per instruction set; no include guard.
//
// Golub-Reinsch singular value decompositions A = U diag(w) V^T of 6 x 6 matrices, several side by
// side in the lanes of vectors, with the operations and the stopping rule of BussIK, because its
// rounding shows in the result. One decomposition is a chain of plane rotations in which each waits
// for the last; those of several matrices wait together.

constexpr int kLanes = 4;
typedef double Batch __attribute__((vector_size(8 * kLanes)));
typedef long long Mask __attribute__((vector_size(8 * kLanes)));

inline Batch all(double value) { return Batch{} + value; }
inline Batch root(Batch v) { return __builtin_elementwise_sqrt(v); }
inline Batch magnitude(Batch v) { return __builtin_elementwise_abs(v); }

// The plane rotation (c, s; -s, c) that makes the second of two numbers zero.
struct Givens {
  Batch cosine, sine;
};

inline Givens givens(Batch a, Batch b) {
  const Batch length = root(a * a + b * b);
  const Batch inverse = 1 / length;
  const Mask isZero = length == 0;
  return {isZero ? all(1) : a * inverse, isZero ? all(0) : b * inverse};
}

struct SingularValues {
  // By rows; overwritten by the decomposition.
  Batch matrix[6][6] = {};
  // U and V by columns.
  Batch left[6][6], right[6][6];
  // Householder vectors that make U and V, one per row.
  Batch leftVectors[6][6], rightVectors[6][6];
  Batch diagonal[6], superdiagonal[5];
  Batch tolerance;
  // The block each lane is at; last is 0 when it is done.
  int first[kLanes], last[kLanes];

  // Sweeps converge cubically; more than this happens only to numbers that are not finite.
  static constexpr int kMostRounds = 300;
  // Singular values below this part of the largest count as zero.
  static constexpr double kRankTolerance = 0.01;

  void decompose(int lanes) {
#pragma clang loop unroll(full)
    for (int k = 0; k < 4; ++k) {
      reflectColumn(k);
      reflectRow(k);
    }
    reflectColumn(4);
    superdiagonal[4] = matrix[4][5];
    diagonal[5] = matrix[5][5];
    expand<4, 1>(rightVectors, right);
    for (int k = 1; k < 6; ++k) right[0][k] = right[k][0] = Batch{};
    right[0][0] = all(1);
    expand<5, 0>(leftVectors, left);
    diagonalize(lanes);
  }

  // V diag(1/w) U^T by columns; scales V.
  void writePseudoInverse(Batch (*inverse)[6]) {
    const Batch threshold = kRankTolerance * largest(diagonal, 6);
#pragma clang loop unroll(full)
    for (int column = 0; column < 6; ++column) {
      const Batch value = diagonal[column];
      const Batch factor = magnitude(value) > threshold ? 1 / value : all(0);
      for (int k = 0; k < 6; ++k) right[column][k] *= factor;
    }
    for (int column = 0; column < 6; ++column) {
#pragma clang loop unroll(full)
      for (int row = 0; row < 6; ++row) {
        Batch sum{};
#pragma clang loop unroll(full)
        for (int k = 0; k < 6; ++k) sum += right[k][row] * left[k][column];
        inverse[column][row] = sum;
      }
    }
  }

 private:
  struct Reflection {
    Batch factor, image;
  };

  // The factor and the image of the reflection that maps a vector onto its first axis.
  static Reflection reflection(Batch squaredNorm, Batch head) {
    const Batch norm = root(squaredNorm);
    const Mask isNegative = head < 0;
    const Batch image = isNegative ? norm : -norm;
    const Batch product = 2 * norm * (isNegative ? norm - head : norm + head);
    const Batch length = root(product);
    const Mask isZero = length == 0;
    return {isZero ? all(0) : 1 / length, isZero ? all(0) : image};
  }

  inline void reflectColumn(int k) {
    Batch squaredNorm{};
    for (int row = k; row < 6; ++row) squaredNorm += matrix[row][k] * matrix[row][k];
    const Reflection found = reflection(squaredNorm, matrix[k][k]);
    diagonal[k] = found.image;
    leftVectors[k][k] = (matrix[k][k] - found.image) * found.factor;
    for (int row = k + 1; row < 6; ++row) leftVectors[k][row] = matrix[row][k] * found.factor;
    for (int column = k + 1; column < 6; ++column) {
      Batch product{};
      for (int row = k; row < 6; ++row) product += leftVectors[k][row] * matrix[row][column];
      product *= -2;
      for (int row = k; row < 6; ++row) matrix[row][column] += leftVectors[k][row] * product;
    }
  }

  inline void reflectRow(int k) {
    Batch squaredNorm{};
    for (int column = k + 1; column < 6; ++column) {
      squaredNorm += matrix[k][column] * matrix[k][column];
    }
    const Reflection found = reflection(squaredNorm, matrix[k][k + 1]);
    superdiagonal[k] = found.image;
    rightVectors[k][k + 1] = (matrix[k][k + 1] - found.image) * found.factor;
    for (int column = k + 2; column < 6; ++column) {
      rightVectors[k][column] = matrix[k][column] * found.factor;
    }
    for (int row = k + 1; row < 6; ++row) {
      Batch product{};
      for (int column = k + 1; column < 6; ++column) {
        product += rightVectors[k][column] * matrix[row][column];
      }
      product *= -2;
      for (int column = k + 1; column < 6; ++column) {
        matrix[row][column] += rightVectors[k][column] * product;
      }
    }
  }

  // The product of the reflections as an orthogonal matrix, by columns: reflection i touches rows
  // firstRow + i...5.
  template <int count, int firstRow>
  static inline void expand(Batch (*vectors)[6], Batch (*columns)[6]) {
    for (int column = 4; column < 6; ++column) {
      const Batch factor = -2 * vectors[count - 1][column];
      for (int row = 4; row < 6; ++row) columns[column][row] = vectors[count - 1][row] * factor;
      columns[column][column] += 1;
    }
#pragma clang loop unroll(full)
    for (int index = count - 2; index >= 0; --index) {
      const int first = firstRow + index;
#pragma clang loop unroll(full)
      for (int column = first + 1; column < 6; ++column) {
        Batch product{};
        for (int row = first + 1; row < 6; ++row) {
          product += vectors[index][row] * columns[column][row];
        }
        product *= -2;
        columns[column][first] = product * vectors[index][first];
        for (int row = first + 1; row < 6; ++row) {
          columns[column][row] += vectors[index][row] * product;
        }
      }
      const Batch factor = -2 * vectors[index][first];
      for (int row = first; row < 6; ++row) columns[first][row] = vectors[index][row] * factor;
      columns[first][first] += 1;
    }
  }

  static inline Batch largest(const Batch *values, int count) {
    Batch result{};
    for (int i = 0; i < count; ++i) {
      const Batch size = magnitude(values[i]);
      result = size > result ? size : result;
    }
    return result;
  }

  void diagonalize(int lanes) {
    const Batch a = largest(diagonal, 6), b = largest(superdiagonal, 5);
    tolerance = 1e-15 * (b > a ? b : a);
    for (int lane = 0; lane < kLanes; ++lane) {
      first[lane] = 0;
      last[lane] = lane < lanes ? 5 : 0;
      if (lane < lanes) settle(lane);
    }
    for (int round = 0; round < kMostRounds * kLanes; ++round) {
      // Who is behind goes first, so that lanes meet again.
      int end = 0, begin = 5;
      for (int lane = 0; lane < kLanes; ++lane) end = last[lane] > end ? last[lane] : end;
      if (end == 0) return;
      for (int lane = 0; lane < kLanes; ++lane) {
        if (last[lane] == end && first[lane] < begin) begin = first[lane];
      }
      Mask takesPart;
      bool isAll = true;
      for (int lane = 0; lane < kLanes; ++lane) {
        const bool isIn = last[lane] == end && first[lane] == begin;
        takesPart[lane] = isIn ? -1 : 0;
        isAll = isAll && isIn;
      }
      if (isAll) {
        sweep<true>(begin, end, takesPart);
      } else {
        sweep<false>(begin, end, takesPart);
      }
      if (!hasConverged(begin, end, takesPart)) continue;
      for (int lane = 0; lane < kLanes; ++lane) {
        if (takesPart[lane]) settle(lane);
      }
    }
  }

  // Whether a negligible number has appeared in the block in any of these lanes.
  bool hasConverged(int begin, int end, Mask lanes) const {
    Mask found{};
    for (int i = begin; i < end; ++i) {
      found |= (magnitude(superdiagonal[i]) <= tolerance) | (magnitude(diagonal[i]) <= tolerance);
    }
    return __builtin_reduce_or(found & lanes) != 0;
  }

  static double &at(Batch &value, int lane) { return reinterpret_cast<double *>(&value)[lane]; }

  // Finds a lane's next block whose diagonal has no zero at its beginning.
  void settle(int lane) {
    findBlock(lane);
    for (int i = 0; i < kMostRounds && last[lane] > 0; ++i) {
      if (at(diagonal[first[lane]], lane) != 0) return;
      clearZero(lane);
      findBlock(lane);
    }
  }

  // Shrinks a lane's `last` past negligible superdiagonal entries and finds where the block that
  // ends there begins.
  void findBlock(int lane) {
    const double negligible = at(tolerance, lane);
    int end = last[lane];
    while (fabs(at(superdiagonal[end - 1], lane)) <= negligible) {
      at(superdiagonal[end - 1], lane) = 0;
      if (--end == 0) break;
    }
    last[lane] = end;
    int begin = end > 0 ? end - 1 : 0;
    while (begin > 0) {
      if (fabs(at(diagonal[begin], lane)) <= negligible) {
        at(diagonal[begin], lane) = 0;
        break;
      }
      if (fabs(at(superdiagonal[begin - 1], lane)) <= negligible) {
        at(superdiagonal[begin - 1], lane) = 0;
        break;
      }
      --begin;
    }
    first[lane] = begin;
  }

  // A zero on the diagonal: chases the superdiagonal entry beside it off the row, and the one above
  // it up the column.
  void clearZero(int lane) {
    const int zero = first[lane];
    double chased = at(superdiagonal[zero], lane);
    at(superdiagonal[zero], lane) = 0;
    for (int i = zero + 1; i <= last[lane]; ++i) {
      const Givens by = rotateLane(left[i], left[zero], diagonal[i], chased, lane);
      if (i == last[lane]) break;
      chased = -by.sine[0] * at(superdiagonal[i], lane);
      at(superdiagonal[i], lane) *= by.cosine[0];
    }
    if (zero == 0) return;
    chased = at(superdiagonal[zero - 1], lane);
    at(superdiagonal[zero - 1], lane) = 0;
    if (fabs(chased) <= at(tolerance, lane)) return;
    for (int i = zero - 1; i >= 0; --i) {
      const Givens by = rotateLane(right[i], right[zero], diagonal[i], chased, lane);
      if (i == 0) return;
      chased = -by.sine[0] * at(superdiagonal[i - 1], lane);
      if (fabs(chased) <= at(tolerance, lane)) return;
      at(superdiagonal[i - 1], lane) *= by.cosine[0];
    }
  }

  // Rotates two lines of one lane so that `chased` vanishes into a diagonal entry.
  static Givens rotateLane(Batch *a, Batch *b, Batch &entry, double chased, int lane) {
    const Givens by = givens(all(at(entry, lane)), all(chased));
    const double c = by.cosine[0], s = by.sine[0];
    for (int k = 0; k < 6; ++k) {
      const double x = at(a[k], lane), y = at(b[k], lane);
      at(a[k], lane) = x * c + y * s;
      at(b[k], lane) = y * c - x * s;
    }
    at(entry, lane) = c * at(entry, lane) + s * chased;
    return by;
  }

  static inline void rotate(Batch *a, Batch *b, const Givens &by) {
#pragma clang loop unroll(full)
    for (int k = 0; k < 6; ++k) {
      const Batch x = a[k], y = b[k];
      a[k] = x * by.cosine + y * by.sine;
      b[k] = y * by.cosine - x * by.sine;
    }
  }

  // One implicitly shifted QR step on the block from `begin` to `end`, in the lanes that take part:
  // a bulge is chased down the diagonal. What the next rotation needs stays in registers.
  template <bool isAll>
  inline void sweep(int begin, int end, Mask takesPart) {
    Batch *w = diagonal, *e = superdiagonal;
    const auto set = [&](Batch &target, Batch value) {
      target = isAll ? value : takesPart ? value : target;
    };
    const auto rotation = [&](Batch a, Batch b) {
      const Givens found = givens(a, b);
      if (isAll) return found;
      return Givens{takesPart ? found.cosine : all(1), takesPart ? found.sine : all(0)};
    };
    Batch a = begin < end - 1 ? e[end - 2] * e[end - 2] : Batch{};
    Batch bSquared = w[end - 1] * w[end - 1];
    a += bSquared;
    Batch c = e[end - 1] * e[end - 1];
    bSquared *= c;
    c += w[end] * w[end];
    const Batch half = (a - c) * 0.5;
    Batch shift = root(half * half + bSquared);
    shift = a > c ? -shift : shift;
    shift += (a + c) * 0.5;

    Givens by = rotation(w[begin] * w[begin] - shift, w[begin] * e[begin]);
    Batch current = by.cosine * w[begin] + by.sine * e[begin];
    Batch above = by.cosine * e[begin] - by.sine * w[begin];
    Batch bulge = by.sine * w[begin + 1];
    Batch next = by.cosine * w[begin + 1];
    rotate(right[begin], right[begin + 1], by);
    for (int i = begin; i < end - 1; ++i) {
      by = rotation(current, bulge);
      set(w[i], by.cosine * current + by.sine * bulge);
      Batch beside = by.cosine * above + by.sine * next;
      next = by.cosine * next - by.sine * above;
      bulge = by.sine * e[i + 1];
      above = by.cosine * e[i + 1];
      rotate(left[i], left[i + 1], by);

      by = rotation(beside, bulge);
      set(e[i], by.cosine * beside + by.sine * bulge);
      current = by.cosine * next + by.sine * above;
      above = by.cosine * above - by.sine * next;
      bulge = by.sine * w[i + 2];
      next = by.cosine * w[i + 2];
      rotate(right[i + 1], right[i + 2], by);
    }
    by = rotation(current, bulge);
    set(w[end - 1], by.cosine * current + by.sine * bulge);
    set(e[end - 1], by.cosine * above + by.sine * next);
    set(w[end], by.cosine * next - by.sine * above);
    rotate(left[end - 1], left[end], by);
  }
};

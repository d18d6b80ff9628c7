// Part of kinematics.cpp, compiled once per instruction set; no include guard.

typedef double Four __attribute__((vector_size(32)));

// Three rows of a matrix, four columns to a vector.
struct Rows {
  Four row[3];

  // The rows as numbers.
  struct Numbers {
    double at[3][4];
  };
  Numbers numbers() const {
    Numbers result;
    memcpy(&result, row, sizeof result);
    return result;
  }

  // Multiplies by a matrix from the left, each number summed from the first term to the last.
  void turn(const Numbers &by) {
    const Four x = row[0], y = row[1], z = row[2];
    for (int i = 0; i < 3; ++i) row[i] = by.at[i][0] * x + by.at[i][1] * y + by.at[i][2] * z;
  }
};

// Four columns of a Jacobian in the frame of a link.
struct Columns {
  Rows linear, angular;

  // Moves the point the linear rows are about.
  void move(const double *r) {
    linear.row[0] -= r[1] * angular.row[2] - r[2] * angular.row[1];
    linear.row[1] -= r[2] * angular.row[0] - r[0] * angular.row[2];
    linear.row[2] -= r[0] * angular.row[1] - r[1] * angular.row[0];
  }

  // Expresses the columns in a turned frame.
  void turn(const Rows::Numbers &rotation) {
    linear.turn(rotation);
    angular.turn(rotation);
  }
};

// The rows as the chain keeps them.
inline Rows rows(const double (*numbers)[4]) {
  Rows result;
  memcpy(&result, numbers, sizeof result);
  return result;
}

// The rotation from a link's parent to it at a joint position.
inline Rows::Numbers rotation(const ChainLink &link, double position) {
  double sine, cosine;
  sincos(position, &sine, &cosine);
  const Rows products = rows(link.products), spin = rows(link.spin);
  const Rows unit{{{cosine, 0, 0, 0}, {0, cosine, 0, 0}, {0, 0, cosine, 0}}};
  Rows turn;
  for (int i = 0; i < 3; ++i) {
    turn.row[i] = products.row[i] * (1 - cosine) + (unit.row[i] + spin.row[i] * sine);
  }
  Rows result = rows(link.reference);
  result.turn(turn.numbers());
  return result.numbers();
}

class ChainSolver {
 public:
  ChainSolver(const Chain &chain, const Target &target) : chain(chain), target(target) {}

  // What the null space adds to a step takes a singular value decomposition whose rounding hardly
  // ever reaches the joints' last bits. So each iteration starts from a guess of the one before,
  // several are decomposed side by side, and those behind a guess that turns out wrong in any bit
  // are taken again.
  void solve(double *positions) {
    double distance = 1e30;
    int done = 0;
    while (done < kIterations && distance > kResidual) {
      copy(positions, iterations[0].positions);
      int lanes = 0;
      for (double ahead = distance; lanes < kLanes && done + lanes < kIterations &&
                                    ahead > kResidual;
           ++lanes) {
        ahead = guess(lanes);
      }
      project(lanes);
      for (int lane = 0; lane < lanes; ++lane) {
        const Iteration &each = iterations[lane];
        Four step[2] = {each.step[0] + unpack(0, lane), each.step[1] + unpack(1, lane)};
        apply(each.positions, step, positions);
        distance = each.distance;
        ++done;
        if (memcmp(positions, iterations[lane + 1].positions,
                   sizeof(double) * chain.degreeCount)) {
          break;
        }
      }
    }
  }

 private:
  // What one iteration starts from and asks for.
  struct Iteration {
    double positions[kMostDegrees];
    double distance;  // to the target before the step
    Four step[2];     // without what the null space adds
  };

  const Chain &chain;
  const Target &target;
  Iteration iterations[kLanes + 1];
  // 6 rows of 8 numbers, one per column's joint.
  Four jacobian[6][2];
  // Per lane, of the iterations under way: Jacobian, joint velocities the null space asks for, and
  // what it gets.
  Batch jacobians[6][kMostColumns] = {};
  Batch desired[kMostColumns] = {};
  Batch pull[kMostColumns];
  Batch inverse[6][6];
  SingularValues svd;

  int columnCount() const { return int(chain.columns.size()); }

  void copy(const double *from, double *to) {
    for (int i = 0; i < chain.degreeCount; ++i) to[i] = from[i];
  }

  Four unpack(int half, int lane) {
    Four result{};
    for (int c = 0; c < 4; ++c) {
      if (4 * half + c < columnCount()) result[c] = pull[4 * half + c][lane];
    }
    return result;
  }

  // Sets up a lane's iteration and guesses the next one's start; returns the target's distance.
  double guess(int lane) {
    Iteration &each = iterations[lane];
    btMatrix3x3 baseFromBody;
    const btVector3 position = forward(each.positions, baseFromBody);
    btQuaternion orientation;
    baseFromBody.getRotation(orientation);
    const btVector3 translation = target.position - position;
    const btVector3 turn = rotationTo(orientation);
    Four v[2] = {};
    for (int c = 0; c < columnCount(); ++c) {
      const int degree = chain.columns[c];
      v[c / 4][c % 4] = desiredVelocity(degree, each.positions[degree]);
    }
    solveDamped(translation, turn, v, each.step, lane);
    Four next[2] = {each.step[0] + v[0], each.step[1] + v[1]};
    apply(each.positions, next, iterations[lane + 1].positions);
    each.distance = sqrt((position - target.position).length2());
    return each.distance;
  }

  double desiredVelocity(int degree, double position) const {
    const cbullet_null_space &space = chain.nullSpace[degree];
    double velocity = kRestGain * (space.rest - position);
    if (position > space.upper) {
      velocity += kLimitGain * (space.upper - position) / space.range;
    }
    if (position < space.lower) {
      velocity += kLimitGain * (space.lower - position) / space.range;
    }
    return velocity;
  }

  // Adds the step, scaled down to the largest allowed change; joints off the chain feel only the
  // null space's pull.
  void apply(const double *from, const Four *step, double *to) const {
    double largest = 0;
    const auto consider = [&](double change) {
      largest = fabs(change) > largest ? fabs(change) : largest;
    };
    for (int c = 0; c < columnCount(); ++c) consider(step[c / 4][c % 4]);
    for (const int degree : chain.freeDegrees) {
      consider(desiredVelocity(degree, from[degree]));
    }
    // A factor of 1 changes no bit.
    const double scale = largest > kLargestStep ? kLargestStep / largest : 1;
    for (int c = 0; c < columnCount(); ++c) {
      const int degree = chain.columns[c];
      to[degree] = from[degree] + step[c / 4][c % 4] * scale;
    }
    for (const int degree : chain.freeDegrees) {
      to[degree] = from[degree] + desiredVelocity(degree, from[degree]) * scale;
    }
  }

  // The angle (through float32, as PyBullet stores it) times the axis of the rotation from an
  // orientation to the target's.
  btVector3 rotationTo(const btQuaternion &orientation) const {
    btQuaternion start;
    btMatrix3x3(orientation).getRotation(start);
    const btQuaternion delta = target.orientation * start.inverse();
    const double cosine = delta.w() < -1 ? -1 : delta.w() > 1 ? 1 : delta.w();
    float angle = float(2 * acos(cosine));
    if (angle > SIMD_PI) {
      angle = float(angle - SIMD_2_PI);
    } else if (angle < -SIMD_PI) {
      angle = float(angle + SIMD_2_PI);
    }
    const double sineSquared = 1 - delta.w() * delta.w();
    btVector3 axis(1, 0, 0);
    if (sineSquared >= 10 * SIMD_EPSILON) {
      const double scale = 1 / sqrt(sineSquared);
      axis = btVector3(delta.x() * scale, delta.y() * scale, delta.z() * scale);
    }
    axis *= 1 / sqrt(axis.length2());
    return axis * double(angle);
  }

  // Forward kinematics and the Jacobian (linear rows, then angular), base frame.
  btVector3 forward(const double *positions, btMatrix3x3 &baseFromBody) {
    // The base's axes seen from the link, and in the last column its origin.
    Rows body{{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}};
    // Most of the chain needs the first half of the columns only.
    Columns first{}, second{};
    for (const ChainLink &link : chain.links) {
      const bool isMovable = link.degree >= 0, isPrismatic = isMovable && link.isPrismatic;
      const bool reachesSecond = link.column > 4;
      double offset[3] = {link.offset[0], link.offset[1], link.offset[2]};
      if (isPrismatic) {
        for (int k = 0; k < 3; ++k) offset[k] += link.parentAxis[k] * positions[link.degree];
      }
      for (int k = 0; k < 3; ++k) body.row[k] += Four{0, 0, 0, offset[k]};
      if (link.column > 0) first.move(offset);
      if (reachesSecond) second.move(offset);
      if (link.turns) {
        const Rows::Numbers turn = isMovable && !isPrismatic
                                       ? rotation(link, positions[link.degree])
                                       : rows(link.reference).numbers();
        body.turn(turn);
        if (link.column > 0) first.turn(turn);
        if (reachesSecond) second.turn(turn);
      }
      if (!isMovable) continue;
      Columns &half = link.column < 4 ? first : second;
      Rows &moved = isPrismatic ? half.linear : half.angular;
      for (int k = 0; k < 3; ++k) moved.row[k] += rows(link.axis).row[k];
    }
    const Rows::Numbers b = body.numbers();
    baseFromBody.setValue(
        b.at[0][0], b.at[1][0], b.at[2][0], b.at[0][1], b.at[1][1], b.at[2][1], b.at[0][2],
        b.at[1][2], b.at[2][2]);
    Rows::Numbers back;
    for (int i = 0; i < 3; ++i) {
      for (int k = 0; k < 3; ++k) back.at[i][k] = b.at[k][i];
    }
    first.turn(back);
    second.turn(back);
    for (int row = 0; row < 3; ++row) {
      jacobian[row][0] = first.linear.row[row];
      jacobian[row][1] = second.linear.row[row];
      jacobian[3 + row][0] = first.angular.row[row];
      jacobian[3 + row][1] = second.angular.row[row];
    }
    return baseFromBody * btVector3(b.at[0][3], b.at[1][3], b.at[2][3]);
  }

  // The damped solution of J x = (translation, rotation) as `step`, and the null space's pull on v,
  // computed another way than in `project`, in place of v.
  void solveDamped(
      const btVector3 &translation, const btVector3 &turn, Four *v, Four *step, int lane) {
    double numbers[6][8];  // J by rows
    double system[6][8];  // J J^T + damping, the error, J v
    memcpy(numbers, jacobian, sizeof numbers);
    Four columns[kMostColumns][2];
    for (int c = 0; c < columnCount(); ++c) {
      columns[c][0] = Four{numbers[0][c], numbers[1][c], numbers[2][c], numbers[3][c]};
      columns[c][1] = Four{numbers[4][c], numbers[5][c], 0, 0};
      for (int i = 0; i < 6; ++i) jacobians[i][c][lane] = numbers[i][c];
      desired[c][lane] = v[c / 4][c % 4];
    }
    Four pulled[2] = {};
    for (int c = 0; c < columnCount(); ++c) {
      for (int half = 0; half < 2; ++half) pulled[half] += columns[c][half] * v[c / 4][c % 4];
    }
    for (int i = 0; i < 6; ++i) {
      Four sum[2] = {};
      for (int c = 0; c < columnCount(); ++c) {
        for (int half = 0; half < 2; ++half) sum[half] += columns[c][half] * numbers[i][c];
      }
      memcpy(system[i], sum, sizeof sum);
      system[i][i] += kDampingSquared;
      for (int k = 0; k < 6; ++k) svd.matrix[i][k][lane] = system[i][k];
      system[i][6] = i < 3 ? translation[i] : turn[i - 3];
      system[i][7] = pulled[i / 4][i % 4];
    }
    eliminate(system);
    step[0] = step[1] = Four{};
    for (int i = 0; i < 6; ++i) {
      for (int half = 0; half < 2; ++half) {
        step[half] += jacobian[i][half] * system[i][6];
        v[half] -= jacobian[i][half] * system[i][7];
      }
    }
  }

  // Gaussian elimination with partial pivoting; the last two columns become the solutions.
  static void eliminate(double (*system)[8]) {
#pragma clang loop unroll(full)
    for (int pivot = 0; pivot < 5; ++pivot) {
      int best = pivot;
      double largest = fabs(system[pivot][pivot]);
      for (int i = pivot + 1; i < 6; ++i) {
        if (fabs(system[i][pivot]) > largest) {
          largest = fabs(system[i][pivot]);
          best = i;
        }
      }
      if (best != pivot) {
        for (int k = 0; k < 8; ++k) std::swap(system[pivot][k], system[best][k]);
      }
      Four head[2];
      memcpy(head, system[pivot], sizeof head);
      for (int i = pivot + 1; i < 6; ++i) {
        const double factor = system[i][pivot] / system[pivot][pivot];
        Four row[2];
        memcpy(row, system[i], sizeof row);
        for (int half = 0; half < 2; ++half) row[half] -= head[half] * factor;
        memcpy(system[i], row, sizeof row);
      }
    }
    for (int i = 5; i >= 0; --i) {
      double first = system[i][6], second = system[i][7];
      for (int k = 5; k > i; --k) {
        first -= system[i][k] * system[k][6];
        second -= system[i][k] * system[k][7];
      }
      system[i][6] = first / system[i][i];
      system[i][7] = second / system[i][i];
    }
  }

  // (1 - J^+ J) v with J^+ = J^T inverse, all lanes.
  void project(int lanes) {
    svd.decompose(lanes);
    svd.writePseudoInverse(inverse);
    const int count = columnCount();
    for (int c = 0; c < count; ++c) {
      Batch p[6];
#pragma clang loop unroll(full)
      for (int k = 0; k < 6; ++k) {
        p[k] = jacobians[0][c] * inverse[k][0];
        for (int i = 1; i < 6; ++i) p[k] += jacobians[i][c] * inverse[k][i];
      }
      Batch sum{};
      for (int column = 0; column < count; ++column) {
        Batch product = p[0] * jacobians[0][column];
        for (int k = 1; k < 6; ++k) product += p[k] * jacobians[k][column];
        sum += (all(c == column ? 1 : 0) - product) * desired[column];
      }
      pull[c] = sum;
    }
  }
};

inline void solve(const Chain &chain, const Target &target, double *positions) {
  ChainSolver(chain, target).solve(positions);
}

inline void pseudoInvert(const double *matrices, int count, double *inverses) {
  SingularValues svd{};
  Batch inverse[6][6];
  for (int lane = 0; lane < count; ++lane) {
    for (int i = 0; i < 36; ++i) svd.matrix[i / 6][i % 6][lane] = matrices[36 * lane + i];
  }
  svd.decompose(count);
  svd.writePseudoInverse(inverse);
  for (int lane = 0; lane < count; ++lane) {
    // Kept by columns.
    for (int i = 0; i < 36; ++i) inverses[36 * lane + i] = inverse[i % 6][i / 6][lane];
  }
}

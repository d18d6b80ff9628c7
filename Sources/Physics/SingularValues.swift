/// Golub-Reinsch singular value decomposition of a 6 x 6 matrix, A = U · diag(w) · Vᵀ, with the
/// operations and the stopping rule of BussIK, because its rounding shows in the result.
struct SingularValues {
  /// Input by rows; overwritten.
  let rows: UnsafeMutablePointer<Lanes>
  /// Columns of U.
  private let left: UnsafeMutablePointer<Lanes>
  /// Columns of V.
  private let right: UnsafeMutablePointer<Lanes>
  /// Householder vectors that made U and V.
  private let leftVectors: UnsafeMutablePointer<Lanes>
  private let rightVectors: UnsafeMutablePointer<Lanes>
  /// Diagonal, then superdiagonal.
  private let diagonal: UnsafeMutablePointer<Double>
  private let superdiagonal: UnsafeMutablePointer<Double>

  private static let size = 6
  /// Lanes the decomposition needs.
  static let lanes = 5 * size + 2
  /// Singular values below this part of the largest count as zero.
  private static let rankTolerance = 0.01

  init(_ scratch: UnsafeMutablePointer<Lanes>) {
    rows = scratch
    left = scratch + 6
    right = scratch + 12
    leftVectors = scratch + 18
    rightVectors = scratch + 24
    let numbers = UnsafeMutableRawPointer(scratch + 30)
    diagonal = numbers.bindMemory(to: Double.self, capacity: 16)
    superdiagonal = diagonal + 8
  }

  @inline(__always)
  func decompose() {
    bidiagonalize()
    expand(rightVectors, count: 4, firstRow: 1, into: right)
    right[0] = .zero
    right[0][0] = 1
    for column in 1..<6 { right[column][0] = 0 }
    expand(leftVectors, count: 5, firstRow: 0, into: left)
    diagonalize()
  }

  /// Columns of V · diag(1/w) · Uᵀ.
  @inline(__always)
  func writePseudoInverse(to inverse: UnsafeMutablePointer<Lanes>) {
    let threshold = Self.rankTolerance * largest(diagonal, 6)
    for column in 0..<6 {
      let value = diagonal[column]
      right[column] *= abs(value) > threshold ? 1 / value : 0
    }
    for column in 0..<6 {
      var sum = Lanes.zero
      for k in 0..<6 { sum += right[k] * left[k][column] }
      inverse[column] = sum
    }
  }

  // MARK: Bidiagonal form

  @inline(__always)
  private func bidiagonalize() {
    for k in 0..<5 {
      reflectColumn(k)
      if k < 4 { reflectRow(k) }
    }
    superdiagonal[4] = rows[4][5]
    diagonal[5] = rows[5][5]
  }

  /// The Householder vector that maps `vector` (lanes `first`...5) onto its first axis.
  @inline(__always)
  private func reflector(_ vector: Lanes, _ first: Int) -> (vector: Lanes, image: Double) {
    var norm = 0.0
    for i in first..<6 { norm += vector[i] * vector[i] }
    norm = norm.squareRoot()
    let head = vector[first]
    let image = head < 0 ? norm : -norm
    norm = (head < 0 ? 2 * norm * (norm - head) : 2 * norm * (norm + head)).squareRoot()
    guard norm != 0 else { return (.zero, 0) }
    var result = vector
    result[first] = head - image
    return (result * (1 / norm), image)
  }

  @inline(__always)
  private func reflectColumn(_ k: Int) {
    var column = Lanes.zero
    for row in k..<6 { column[row] = rows[row][k] }
    let (v, image) = reflector(column, k)
    diagonal[k] = image
    leftVectors[k] = v
    var products = Lanes.zero
    for row in k..<6 { products += v[row] * rows[row] }
    products *= -2
    for row in k..<6 { rows[row] += v[row] * products }
  }

  @inline(__always)
  private func reflectRow(_ k: Int) {
    var row = rows[k]
    for column in 0...k { row[column] = 0 }
    row[6] = 0
    row[7] = 0
    let (v, image) = reflector(row, k + 1)
    superdiagonal[k] = image
    rightVectors[k] = v
    for other in (k + 1)..<6 {
      var product = 0.0
      for column in (k + 1)..<6 { product += v[column] * rows[other][column] }
      rows[other] += v * (-2 * product)
    }
  }

  /// The product of the reflections as an orthogonal matrix, by columns: reflection i touches rows
  /// `firstRow + i`...5.
  @inline(__always)
  private func expand(
    _ vectors: UnsafeMutablePointer<Lanes>, count: Int, firstRow: Int,
    into columns: UnsafeMutablePointer<Lanes>
  ) {
    let last = vectors[count - 1]
    for column in 4..<6 {
      columns[column] = last * (-2 * last[column])
      columns[column][column] += 1
    }
    for index in (0..<(count - 1)).reversed() {
      let v = vectors[index]
      let first = firstRow + index
      for column in (first + 1)..<6 {
        var product = 0.0
        for row in (first + 1)..<6 { product += v[row] * columns[column][row] }
        columns[column] += v * (-2 * product)
      }
      columns[first] = v * (-2 * v[first])
      columns[first][first] += 1
    }
  }

  // MARK: Diagonal form

  private func largest(_ values: UnsafeMutablePointer<Double>, _ count: Int) -> Double {
    var result = 0.0
    for i in 0..<count { result = max(result, abs(values[i])) }
    return result
  }

  @inline(__always)
  private func diagonalize() {
    let tolerance = 1e-15 * max(largest(diagonal, 6), largest(superdiagonal, 5))
    var last = 5
    while let first = activeBlock(&last, tolerance) {
      if diagonal[first] == 0 {
        clearRow(first, last)
        if first > 0 {
          if abs(superdiagonal[first - 1]) <= tolerance {
            superdiagonal[first - 1] = 0
          } else {
            clearColumn(first, tolerance)
          }
        }
      } else {
        sweep(first, last)
      }
    }
  }

  /// Shrinks `last` past negligible superdiagonal entries and returns where the block that ends
  /// there begins, nil when the matrix is diagonal.
  @inline(__always)
  private func activeBlock(_ last: inout Int, _ tolerance: Double) -> Int? {
    while abs(superdiagonal[last - 1]) <= tolerance {
      superdiagonal[last - 1] = 0
      last -= 1
      if last == 0 { return nil }
    }
    var first = last - 1
    while first > 0 {
      if abs(diagonal[first]) <= tolerance {
        diagonal[first] = 0
        break
      }
      if abs(superdiagonal[first - 1]) <= tolerance {
        superdiagonal[first - 1] = 0
        break
      }
      first -= 1
    }
    return first
  }

  /// One implicitly shifted QR step on the block from `first` to `last`.
  @inline(__always)
  private func sweep(_ first: Int, _ last: Int) {
    let (w, e) = (diagonal, superdiagonal)
    var a = first < last - 1 ? e[last - 2] * e[last - 2] : 0
    var bSquared = w[last - 1] * w[last - 1]
    a += bSquared
    var c = e[last - 1] * e[last - 1]
    bSquared *= c
    c += w[last] * w[last]
    let half = (a - c) * 0.5
    var shift = (half * half + bSquared).squareRoot()
    if a > c { shift = -shift }
    shift += (a + c) * 0.5

    var bulge = 0.0
    var givens = Givens(w[first] * w[first] - shift, w[first] * e[first])
    givens.apply(&w[first], &e[first])
    givens.apply(&bulge, &w[first + 1])
    givens.rotate(&right[first], &right[first + 1])
    for i in first..<(last - 1) {
      givens = Givens(w[i], bulge)
      w[i] = givens.cosine * w[i] - givens.sine * bulge
      givens.apply(&e[i], &w[i + 1])
      bulge = -givens.sine * e[i + 1]
      e[i + 1] = givens.cosine * e[i + 1]
      givens.rotate(&left[i], &left[i + 1])

      givens = Givens(e[i], bulge)
      e[i] = givens.cosine * e[i] - givens.sine * bulge
      givens.apply(&w[i + 1], &e[i + 1])
      bulge = -givens.sine * w[i + 2]
      w[i + 2] = givens.cosine * w[i + 2]
      givens.rotate(&right[i + 1], &right[i + 2])
    }
    givens = Givens(w[last - 1], bulge)
    givens.apply(&w[last - 1], &bulge)
    givens.apply(&e[last - 1], &w[last])
    givens.rotate(&left[last - 1], &left[last])
  }

  /// A zero on the diagonal at `first`: chases the superdiagonal entry beside it off the row.
  private func clearRow(_ first: Int, _ last: Int) {
    var chased = superdiagonal[first]
    superdiagonal[first] = 0
    for i in (first + 1)...last {
      let givens = Givens(diagonal[i], chased)
      givens.rotate(&left[i], &left[first])
      diagonal[i] = givens.cosine * diagonal[i] - givens.sine * chased
      if i == last { return }
      chased = givens.sine * superdiagonal[i]
      superdiagonal[i] = givens.cosine * superdiagonal[i]
    }
  }

  /// A zero on the diagonal at `end`: chases the superdiagonal entry above it up the column.
  private func clearColumn(_ end: Int, _ tolerance: Double) {
    var chased = superdiagonal[end - 1]
    superdiagonal[end - 1] = 0
    for i in (0..<end).reversed() {
      let givens = Givens(diagonal[i], chased)
      givens.rotate(&right[i], &right[end])
      diagonal[i] = givens.cosine * diagonal[i] - givens.sine * chased
      if i == 0 { return }
      chased = givens.sine * superdiagonal[i - 1]
      if abs(chased) <= tolerance { return }
      superdiagonal[i - 1] = givens.cosine * superdiagonal[i - 1]
    }
  }
}

/// A plane rotation that makes the second of two numbers zero.
private struct Givens {
  var cosine: Double
  var sine: Double

  @inline(__always)
  init(_ a: Double, _ b: Double) {
    let length = (a * a + b * b).squareRoot()
    guard length != 0 else {
      cosine = 1
      sine = 0
      return
    }
    let inverse = 1 / length
    cosine = a * inverse
    sine = -b * inverse
  }

  /// Rotates a pair of matrix entries.
  @inline(__always)
  func apply(_ a: inout Double, _ b: inout Double) {
    let old = a
    a = cosine * a - sine * b
    b = sine * old + cosine * b
  }

  /// Rotates a pair of columns of U or V.
  @inline(__always)
  func rotate(_ a: inout Lanes, _ b: inout Lanes) {
    let old = a
    a = a * cosine + b * -sine
    b = b * cosine - old * -sine
  }
}

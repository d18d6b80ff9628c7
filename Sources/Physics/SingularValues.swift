/// Golub-Reinsch singular value decomposition of a 6 x 6 matrix, A = U · diag(w) · Vᵀ, with the
/// operations and the stopping rule of BussIK, because its rounding shows in the result.
///
/// Numbers are kept in plain memory: a lane of a vector register is dear to reach.
struct SingularValues {
  /// The matrix by rows; overwritten by the decomposition.
  let matrix: Matrix6
  /// U and V by columns.
  private let left: Matrix6
  private let right: Matrix6
  /// Householder vectors that make U and V, one per row.
  private let leftVectors: Matrix6
  private let rightVectors: Matrix6
  private let diagonal: UnsafeMutablePointer<Double>
  private let superdiagonal: UnsafeMutablePointer<Double>

  /// Numbers of scratch memory a decomposition needs.
  static let scratchCount = 5 * Matrix6.count + 12
  /// Singular values below this part of the largest count as zero.
  private static let rankTolerance = 0.01
  /// Sweeps converge cubically; more than this happens only to numbers that are not finite.
  private static let mostSweeps = 300

  init(_ scratch: UnsafeMutablePointer<Double>) {
    matrix = Matrix6(scratch)
    left = Matrix6(scratch + Matrix6.count)
    right = Matrix6(scratch + 2 * Matrix6.count)
    leftVectors = Matrix6(scratch + 3 * Matrix6.count)
    rightVectors = Matrix6(scratch + 4 * Matrix6.count)
    diagonal = scratch + 5 * Matrix6.count
    superdiagonal = diagonal + 6
  }

  @inline(__always)
  func decompose() {
    for k in 0..<4 {
      reflectColumn(k)
      reflectRow(k)
    }
    reflectColumn(4)
    superdiagonal[4] = matrix[4, 5]
    diagonal[5] = matrix[5, 5]
    expand(rightVectors, count: 4, firstRow: 1, into: right)
    for k in 1..<6 {
      right[0, k] = 0
      right[k, 0] = 0
    }
    right[0, 0] = 1
    expand(leftVectors, count: 5, firstRow: 0, into: left)
    diagonalize()
  }

  /// V · diag(1/w) · Uᵀ by columns.
  @inline(__always)
  func writePseudoInverse(to inverse: Matrix6) {
    let threshold = Self.rankTolerance * largest(diagonal, 6)
    for column in 0..<6 {
      let value = diagonal[column]
      let factor = abs(value) > threshold ? 1 / value : 0
      for pair in 0..<3 { right.setPair(column, pair, right.pair(column, pair) * factor) }
    }
    for column in 0..<6 {
      for pair in 0..<3 {
        var sum = SIMD2<Double>.zero
        for k in 0..<6 { sum += right.pair(k, pair) * left[k, column] }
        inverse.setPair(column, pair, sum)
      }
    }
  }

  // MARK: Bidiagonal form

  /// The factor and the image of the reflection that maps a vector onto its first axis.
  @inline(__always)
  private func reflection(
    squaredNorm: Double, head: Double
  ) -> (inverseNorm: Double, image: Double) {
    let norm = squaredNorm.squareRoot()
    let image = head < 0 ? norm : -norm
    let product = 2 * norm * (head < 0 ? norm - head : norm + head)
    let length = product.squareRoot()
    return length == 0 ? (0, 0) : (1 / length, image)
  }

  @inline(__always)
  private func reflectColumn(_ k: Int) {
    var squaredNorm = 0.0
    for row in k..<6 { squaredNorm += matrix[row, k] * matrix[row, k] }
    let (factor, image) = reflection(squaredNorm: squaredNorm, head: matrix[k, k])
    diagonal[k] = image
    leftVectors[k, k] = (matrix[k, k] - image) * factor
    for row in (k + 1)..<6 { leftVectors[k, row] = matrix[row, k] * factor }
    for column in (k + 1)..<6 {
      var product = 0.0
      for row in k..<6 { product += leftVectors[k, row] * matrix[row, column] }
      product *= -2
      for row in k..<6 { matrix[row, column] += leftVectors[k, row] * product }
    }
  }

  @inline(__always)
  private func reflectRow(_ k: Int) {
    var squaredNorm = 0.0
    for column in (k + 1)..<6 { squaredNorm += matrix[k, column] * matrix[k, column] }
    let (factor, image) = reflection(squaredNorm: squaredNorm, head: matrix[k, k + 1])
    superdiagonal[k] = image
    rightVectors[k, k + 1] = (matrix[k, k + 1] - image) * factor
    for column in (k + 2)..<6 { rightVectors[k, column] = matrix[k, column] * factor }
    for row in (k + 1)..<6 {
      var product = 0.0
      for column in (k + 1)..<6 { product += rightVectors[k, column] * matrix[row, column] }
      product *= -2
      for column in (k + 1)..<6 { matrix[row, column] += rightVectors[k, column] * product }
    }
  }

  /// The product of the reflections as an orthogonal matrix, by columns: reflection i touches rows
  /// `firstRow + i`...5.
  @inline(__always)
  private func expand(_ vectors: Matrix6, count: Int, firstRow: Int, into columns: Matrix6) {
    for column in 4..<6 {
      let factor = -2 * vectors[count - 1, column]
      for row in 4..<6 { columns[column, row] = vectors[count - 1, row] * factor }
      columns[column, column] += 1
    }
    for index in (0..<(count - 1)).reversed() {
      let first = firstRow + index
      for column in (first + 1)..<6 {
        var product = 0.0
        for row in (first + 1)..<6 { product += vectors[index, row] * columns[column, row] }
        product *= -2
        columns[column, first] = product * vectors[index, first]
        for row in (first + 1)..<6 { columns[column, row] += vectors[index, row] * product }
      }
      let factor = -2 * vectors[index, first]
      for row in first..<6 { columns[first, row] = vectors[index, row] * factor }
      columns[first, first] += 1
    }
  }

  // MARK: Diagonal form

  @inline(__always)
  private func largest(_ values: UnsafeMutablePointer<Double>, _ count: Int) -> Double {
    var result = 0.0
    for i in 0..<count { result = abs(values[i]) > result ? abs(values[i]) : result }
    return result
  }

  @inline(__always)
  private func diagonalize() {
    let tolerance = 1e-15 * max(largest(diagonal, 6), largest(superdiagonal, 5))
    var last = 5
    for _ in 0..<Self.mostSweeps {
      guard let first = activeBlock(&last, tolerance) else { return }
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

  /// One implicitly shifted QR step on the block from `first` to `last`: a bulge is chased down the
  /// diagonal. What the next rotation needs stays in registers; this chain is what the whole
  /// decomposition waits for.
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

    var givens = Givens(w[first] * w[first] - shift, w[first] * e[first])
    var current = givens.cosine * w[first] + givens.sine * e[first]
    var above = givens.cosine * e[first] - givens.sine * w[first]
    var bulge = givens.sine * w[first + 1]
    var next = givens.cosine * w[first + 1]
    right.rotate(first, first + 1, givens)
    for i in first..<(last - 1) {
      givens = Givens(current, bulge)
      w[i] = givens.cosine * current + givens.sine * bulge
      var beside = givens.cosine * above + givens.sine * next
      next = givens.cosine * next - givens.sine * above
      bulge = givens.sine * e[i + 1]
      above = givens.cosine * e[i + 1]
      left.rotate(i, i + 1, givens)

      givens = Givens(beside, bulge)
      beside = givens.cosine * beside + givens.sine * bulge
      e[i] = beside
      current = givens.cosine * next + givens.sine * above
      above = givens.cosine * above - givens.sine * next
      bulge = givens.sine * w[i + 2]
      next = givens.cosine * w[i + 2]
      right.rotate(i + 1, i + 2, givens)
    }
    givens = Givens(current, bulge)
    w[last - 1] = givens.cosine * current + givens.sine * bulge
    e[last - 1] = givens.cosine * above + givens.sine * next
    w[last] = givens.cosine * next - givens.sine * above
    left.rotate(last - 1, last, givens)
  }

  /// A zero on the diagonal at `first`: chases the superdiagonal entry beside it off the row.
  private func clearRow(_ first: Int, _ last: Int) {
    var chased = superdiagonal[first]
    superdiagonal[first] = 0
    for i in (first + 1)...last {
      let givens = Givens(diagonal[i], chased)
      left.rotate(i, first, givens)
      diagonal[i] = givens.cosine * diagonal[i] + givens.sine * chased
      if i == last { return }
      chased = -givens.sine * superdiagonal[i]
      superdiagonal[i] = givens.cosine * superdiagonal[i]
    }
  }

  /// A zero on the diagonal at `end`: chases the superdiagonal entry above it up the column.
  private func clearColumn(_ end: Int, _ tolerance: Double) {
    var chased = superdiagonal[end - 1]
    superdiagonal[end - 1] = 0
    for i in (0..<end).reversed() {
      let givens = Givens(diagonal[i], chased)
      right.rotate(i, end, givens)
      diagonal[i] = givens.cosine * diagonal[i] + givens.sine * chased
      if i == 0 { return }
      chased = -givens.sine * superdiagonal[i - 1]
      if abs(chased) <= tolerance { return }
      superdiagonal[i - 1] = givens.cosine * superdiagonal[i - 1]
    }
  }
}

/// The plane rotation (c, s; -s, c) that makes the second of two numbers zero.
struct Givens {
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
    sine = b * inverse
  }
}

/// 36 numbers in memory, the second index running fastest.
struct Matrix6 {
  private let base: UnsafeMutablePointer<Double>

  static let count = 36

  /// A matrix in memory aligned to 16 bytes.
  init(_ base: UnsafeMutablePointer<Double>) {
    self.base = base
  }

  subscript(_ i: Int, _ j: Int) -> Double {
    @inline(__always) get { base[6 * i + j] }
    @inline(__always) nonmutating set { base[6 * i + j] = newValue }
  }

  /// Numbers 2 · `pair` and the next of line `i`.
  @inline(__always)
  func pair(_ i: Int, _ pair: Int) -> SIMD2<Double> {
    UnsafeRawPointer(base + 6 * i + 2 * pair).load(as: SIMD2<Double>.self)
  }

  @inline(__always)
  func setPair(_ i: Int, _ pair: Int, _ value: SIMD2<Double>) {
    UnsafeMutableRawPointer(base + 6 * i + 2 * pair).storeBytes(
      of: value, as: SIMD2<Double>.self)
  }

  /// Rotates two lines.
  @inline(__always)
  func rotate(_ i: Int, _ k: Int, _ givens: Givens) {
    for pair in 0..<3 {
      let (a, b) = (self.pair(i, pair), self.pair(k, pair))
      setPair(i, pair, a * givens.cosine + b * givens.sine)
      setPair(k, pair, b * givens.cosine - a * givens.sine)
    }
  }
}

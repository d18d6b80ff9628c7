/// Scratch matrices of one inverse-kinematics call and the linear algebra on them, each sum in the
/// order in which BussIK (PyBullet's solver) takes it. A matrix is a run of lanes.
struct Workspace {
  /// 6 rows, one lane per Jacobian column.
  let jacobian: UnsafeMutablePointer<Lanes>
  /// 6 rows of J·Jᵀ + λ²; lane 6 is the right-hand side.
  let square: UnsafeMutablePointer<Lanes>
  /// 6 columns of the inverse of `square`.
  private let inverse: UnsafeMutablePointer<Lanes>
  private let svd: SingularValues

  /// Lanes a workspace needs.
  static let lanes = 18 + SingularValues.lanes

  init(_ scratch: UnsafeMutablePointer<Lanes>) {
    jacobian = scratch
    square = scratch + 6
    inverse = scratch + 12
    svd = SingularValues(scratch + 18)
  }

  /// square = J · Jᵀ.
  @inline(__always)
  func multiplyByTranspose() {
    for row in 0..<6 { square[row] = .zero }
    for column in 0..<Lanes.scalarCount {
      var v = Lanes.zero
      for row in 0..<6 { v[row] = jacobian[row][column] }
      for row in 0..<6 { square[row] += v[row] * v }
    }
  }

  /// Keeps the square matrix for `invertSquare`.
  @inline(__always)
  func copySquareToSVD() {
    for row in 0..<6 { svd.rows[row] = square[row] }
  }

  /// Gaussian elimination with partial pivoting on `square` and its right-hand side.
  @inline(__always)
  func solveSquare() -> Lanes {
    for pivot in 0..<5 {
      var best = pivot
      var largest = abs(square[pivot][pivot])
      for row in (pivot + 1)..<6 where abs(square[row][pivot]) > largest {
        largest = abs(square[row][pivot])
        best = row
      }
      if best != pivot {
        let row = square[pivot]
        square[pivot] = square[best]
        square[best] = row
      }
      for row in (pivot + 1)..<6 {
        let factor = square[row][pivot] / square[pivot][pivot]
        square[row] -= square[pivot] * factor
      }
    }
    var x = Lanes.zero
    for row in (0..<6).reversed() {
      var sum = square[row][6]
      for column in ((row + 1)..<6).reversed() { sum -= square[row][column] * x[column] }
      x[row] = sum / square[row][row]
    }
    return x
  }

  /// The pseudo-inverse of what `copySquareToSVD` kept.
  @inline(__always)
  func invertSquare() {
    svd.decompose()
    svd.writePseudoInverse(to: inverse)
  }

  /// (1 - J⁺·J) · v with J⁺ = Jᵀ · inverse.
  @inline(__always)
  func projectOntoNullSpace(_ v: Lanes) -> Lanes {
    // The SVD is done with its rows: they hold J⁺ by columns.
    let pseudoInverse = svd.rows
    for column in 0..<6 {
      var sum = Lanes.zero
      for row in 0..<6 { sum += jacobian[row] * inverse[column][row] }
      pseudoInverse[column] = sum
    }
    var result = Lanes.zero
    for column in 0..<Lanes.scalarCount {
      var product = Lanes.zero
      for row in 0..<6 { product += pseudoInverse[row] * jacobian[row][column] }
      var projection = Lanes.zero
      projection[column] = 1
      projection -= product
      result += projection * v[column]
    }
    return result
  }
}

/// Scratch memory of one inverse-kinematics call and the linear algebra on it, each sum in the
/// order in which BussIK (PyBullet's solver) takes it.
struct DampedLeastSquares {
  /// Columns of the Jacobian, at most 8.
  let columns: Int
  /// 6 rows of 8 numbers, one per Jacobian column.
  private let jacobian: UnsafeMutablePointer<Double>
  /// J·Jᵀ + λ² with the right-hand side as last column: 6 rows of 7.
  private let system: UnsafeMutablePointer<Double>
  /// Inverse of J·Jᵀ + λ² by columns.
  private let inverse: Matrix6
  private let svd: SingularValues

  /// Numbers of scratch memory, aligned to 16 bytes.
  private static let scratchCount = 48 + 42 + Matrix6.count + SingularValues.scratchCount

  /// Scratch memory on the stack; Swift takes temporary allocations of this size from the heap.
  struct Scratch {
    private var numbers = (
      SIMD64<Double>.zero, SIMD64<Double>.zero, SIMD64<Double>.zero, SIMD64<Double>.zero,
      SIMD64<Double>.zero
    )

    @inline(__always)
    mutating func withNumbers(_ body: (UnsafeMutablePointer<Double>) -> Void) {
      withUnsafeMutableBytes(of: &numbers) { bytes in
        let values = bytes.assumingMemoryBound(to: Double.self)
        precondition(values.count >= scratchCount)
        values.baseAddress.map(body)
      }
    }
  }

  init(_ scratch: UnsafeMutablePointer<Double>, columns: Int) {
    self.columns = columns
    jacobian = scratch
    system = scratch + 48
    inverse = Matrix6(scratch + 90)
    svd = SingularValues(scratch + 90 + Matrix6.count)
  }

  /// Sets a row of the Jacobian.
  @inline(__always)
  func setRow(_ row: Int, _ values: Lanes) {
    UnsafeMutableRawPointer(jacobian + 8 * row).storeBytes(of: values, as: Lanes.self)
  }

  @inline(__always)
  private func row(_ row: Int) -> Lanes {
    UnsafeRawPointer(jacobian + 8 * row).load(as: Lanes.self)
  }

  /// The damped solution of J · x = error plus what `desired` leaves in J's null space.
  @inline(__always)
  func solve(
    _ error: (Double, Double, Double, Double, Double, Double), dampingSquared: Double,
    desired: Lanes
  ) -> Lanes {
    for i in 0..<6 {
      for k in i..<6 {
        var sum = 0.0
        for column in 0..<columns {
          sum += jacobian[8 * i + column] * jacobian[8 * k + column]
        }
        if i == k { sum += dampingSquared }
        system[7 * i + k] = sum
        system[7 * k + i] = sum
        svd.matrix[i, k] = sum
        svd.matrix[k, i] = sum
      }
    }
    (system[6], system[13], system[20]) = (error.0, error.1, error.2)
    (system[27], system[34], system[41]) = (error.3, error.4, error.5)
    eliminate()
    var step = Lanes.zero
    for i in 0..<6 { step += row(i) * system[7 * i + 6] }
    svd.decompose()
    svd.writePseudoInverse(to: inverse)
    return step + projectOntoNullSpace(desired)
  }

  /// Gaussian elimination with partial pivoting; the last column becomes the solution.
  @inline(__always)
  private func eliminate() {
    for pivot in 0..<5 {
      var best = pivot
      var largest = abs(system[8 * pivot])
      for i in (pivot + 1)..<6 where abs(system[7 * i + pivot]) > largest {
        largest = abs(system[7 * i + pivot])
        best = i
      }
      if best != pivot {
        for k in pivot..<7 {
          let number = system[7 * pivot + k]
          system[7 * pivot + k] = system[7 * best + k]
          system[7 * best + k] = number
        }
      }
      for i in (pivot + 1)..<6 {
        let factor = system[7 * i + pivot] / system[8 * pivot]
        for k in (pivot + 1)..<7 { system[7 * i + k] -= system[7 * pivot + k] * factor }
      }
    }
    for i in (0..<6).reversed() {
      var sum = system[7 * i + 6]
      for k in ((i + 1)..<6).reversed() { sum -= system[7 * i + k] * system[7 * k + 6] }
      system[7 * i + 6] = sum / system[8 * i]
    }
  }

  /// (1 - J⁺·J) · v with J⁺ = Jᵀ · inverse.
  @inline(__always)
  private func projectOntoNullSpace(_ v: Lanes) -> Lanes {
    let rows = (row(0), row(1), row(2), row(3), row(4), row(5))
    @inline(__always) func pseudoInverse(_ k: Int) -> Lanes {
      var sum = rows.0 * inverse[k, 0]
      sum += rows.1 * inverse[k, 1]
      sum += rows.2 * inverse[k, 2]
      sum += rows.3 * inverse[k, 3]
      sum += rows.4 * inverse[k, 4]
      sum += rows.5 * inverse[k, 5]
      return sum
    }
    let p = (
      pseudoInverse(0), pseudoInverse(1), pseudoInverse(2), pseudoInverse(3), pseudoInverse(4),
      pseudoInverse(5)
    )
    var result = Lanes.zero
    for column in 0..<columns {
      var product = p.0 * jacobian[column]
      product += p.1 * jacobian[8 + column]
      product += p.2 * jacobian[16 + column]
      product += p.3 * jacobian[24 + column]
      product += p.4 * jacobian[32 + column]
      product += p.5 * jacobian[40 + column]
      result += (Lanes.unit(column) - product) * v[column]
    }
    return result
  }
}

/// Up to 8 numbers handled together, one per Jacobian column.
typealias Lanes = SIMD8<Double>

extension SIMD8<Double> {
  /// 1 in one lane.
  @inline(__always)
  static func unit(_ lane: Int) -> Self {
    let counting = SIMD8<Double>(0, 1, 2, 3, 4, 5, 6, 7)
    return Self.zero.replacing(with: 1, where: counting .== Double(lane))
  }
}

/// An axis-aligned box, float32 metres; boxes only decide what need not be drawn, so all of them
/// are a little larger than what they hold.
struct GLBounds: Equatable {
  var center: SIMD3<Float>
  var halfSize: SIMD3<Float>

  /// The box around these xyz triples, empty input gives the origin.
  init(positions: [Float]) {
    var lower = SIMD3<Float>(repeating: .infinity)
    var upper = -lower
    for first in stride(from: 0, to: positions.count, by: 3) {
      let point = SIMD3(positions[first], positions[first + 1], positions[first + 2])
      lower = pointwiseMin(lower, point)
      upper = pointwiseMax(upper, point)
    }
    if positions.isEmpty {
      lower = .zero
      upper = .zero
    }
    center = (lower + upper) / 2
    halfSize = (upper - lower) / 2 + GLBounds.margin
  }

  private init(center: SIMD3<Float>, halfSize: SIMD3<Float>) {
    self.center = center
    self.halfSize = halfSize
  }

  /// The box around this box after rotation by `orientation` (xyzw) and translation.
  func placed(_ position: SIMD3<Float>, _ orientation: SIMD4<Float>) -> GLBounds {
    let (x, y, z) = axes(of: orientation)
    let around =
      absolute(x) * halfSize.x + absolute(y) * halfSize.y + absolute(z) * halfSize.z
    let moved = position + x * center.x + y * center.y + z * center.z
    return GLBounds(center: moved, halfSize: around + GLBounds.margin)
  }

  /// Smallest and largest x and y under an affine column-major matrix.
  func extent(under matrix: [Float]) -> (lower: SIMD2<Float>, upper: SIMD2<Float>) {
    var lower = SIMD2<Float>.zero
    var upper = SIMD2<Float>.zero
    for axis in 0..<2 {
      var middle = matrix[12 + axis]
      var reach: Float = 0
      for input in 0..<3 {
        middle += matrix[4 * input + axis] * center[input]
        reach += abs(matrix[4 * input + axis]) * halfSize[input]
      }
      lower[axis] = middle - reach
      upper[axis] = middle + reach
    }
    return (lower, upper)
  }

  /// True when some part of the box may be inside the clip volume of a column-major matrix.
  func isVisible(under clipFromWorld: [Float]) -> Bool {
    for plane in 0..<3 {
      for sign in [Float(1), -1] {
        var nearest =
          clipFromWorld[15] + sign * clipFromWorld[12 + plane]
        for input in 0..<3 {
          let slope =
            clipFromWorld[4 * input + 3] + sign * clipFromWorld[4 * input + plane]
          nearest += slope * center[input] + abs(slope) * halfSize[input]
        }
        if nearest < 0 { return false }
      }
    }
    return true
  }

  private static let margin: Float = 1e-4

  private func absolute(_ v: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(abs(v.x), abs(v.y), abs(v.z))
  }
}

/// The images of the three unit vectors under a rotation (xyzw).
func axes(of q: SIMD4<Float>) -> (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>) {
  let (x, y, z, w) = (q.x, q.y, q.z, q.w)
  return (
    SIMD3(1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)),
    SIMD3(2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w)),
    SIMD3(2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y))
  )
}

/// Column-major 4x4 float32 matrices, multiplied in the order PyBullet's renderer uses.
enum Matrix4 {
  static func product(_ a: [Float], _ b: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: 16)
    for j in 0..<4 {
      for i in 0..<4 {
        result[4 * j + i] =
          a[i] * b[4 * j] + a[4 + i] * b[4 * j + 1] + a[8 + i] * b[4 * j + 2]
          + a[12 + i] * b[4 * j + 3]
      }
    }
    return result
  }

  /// OpenGL's look-at matrix in float32 with plain square roots and one reciprocal per vector.
  static func lookAt(
    eye: SIMD3<Float>, center: SIMD3<Float>, up: SIMD3<Float>
  ) -> [Float] {
    let f = normalized(center - eye)
    let s = normalized(cross(f, normalized(up)))
    let u = cross(s, f)
    return [
      s.x, u.x, -f.x, 0, s.y, u.y, -f.y, 0, s.z, u.z, -f.z, 0,
      -dot(s, eye), -dot(u, eye), dot(f, eye), 1,
    ]
  }

  static func normalized(_ v: SIMD3<Float>) -> SIMD3<Float> {
    v * (1 / dot(v, v).squareRoot())
  }

  static func dot(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    a.x * b.x + a.y * b.y + a.z * b.z
  }

  static func cross(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }
}

import Foundation

/// Rotation matrices, row-major 3x3, and the two Euler conventions CALVIN's actions are written in.
public struct RotationMatrix: Sendable, Equatable {
  /// Rows.
  public var m: [[Double]]

  /// A matrix of these rows.
  public init(_ rows: [[Double]]) { m = rows }

  /// Rx(a) Ry(b) Rz(c): intrinsic rotations in the order X, Y, Z (pytorch3d's "XYZ").
  public init(intrinsicXYZ angles: [Double]) {
    self = .x(angles[0]) * .y(angles[1]) * .z(angles[2])
  }

  /// Rz(c) Ry(b) Rx(a): extrinsic rotations about X, Y, Z (PyBullet's and `robot_obs`').
  public init(extrinsicXYZ angles: [Double]) {
    self = .z(angles[2]) * .y(angles[1]) * .x(angles[0])
  }

  static func x(_ a: Double) -> Self { Self([[1, 0, 0], [0, cos(a), -sin(a)], [0, sin(a), cos(a)]]) }
  static func y(_ a: Double) -> Self { Self([[cos(a), 0, sin(a)], [0, 1, 0], [-sin(a), 0, cos(a)]]) }
  static func z(_ a: Double) -> Self { Self([[cos(a), -sin(a), 0], [sin(a), cos(a), 0], [0, 0, 1]]) }

  /// The inverse rotation.
  public var transposed: Self { Self((0..<3).map { r in (0..<3).map { m[$0][r] } }) }

  /// The rotation `b`, then `a`.
  public static func * (a: Self, b: Self) -> Self {
    Self((0..<3).map { r in (0..<3).map { c in (0..<3).reduce(0) { $0 + a.m[r][$1] * b.m[$1][c] } } })
  }

  /// The rotated vector.
  public static func * (a: Self, v: ArraySlice<Double>) -> [Double] {
    let v = Array(v)
    return (0..<3).map { r in a.m[r][0] * v[0] + a.m[r][1] * v[1] + a.m[r][2] * v[2] }
  }

  /// Angles a, b, c with Rx(a) Ry(b) Rz(c) equal to this; b in ±π/2.
  public var intrinsicXYZ: [Double] {
    [atan2(-m[1][2], m[2][2]), asin(max(-1, min(1, m[0][2]))), atan2(-m[0][1], m[0][0])]
  }

  /// Angles a, b, c with Rz(c) Ry(b) Rx(a) equal to this; b in ±π/2.
  public var extrinsicXYZ: [Double] {
    [atan2(m[2][1], m[2][2]), asin(max(-1, min(1, -m[2][0]))), atan2(m[1][0], m[0][0])]
  }
}

/// The same angle in -π...π.
public func wrappedAngle(_ angle: Double) -> Double {
  angle - 2 * Double.pi * (angle / (2 * Double.pi)).rounded()
}

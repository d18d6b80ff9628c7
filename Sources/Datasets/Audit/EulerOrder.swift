import Foundation

/// A convention of three angles other than CALVIN's (extrinsic x, y, z), and its conversion to it.
public struct EulerOrder: Sendable, Equatable {
  /// Axes in the order the rotations are applied about fixed axes, e.g. `zyx`.
  public let axes: String
  /// True when the three numbers are stored as x, y, z whatever the order of rotation: `zyx` of
  /// this kind is what others call intrinsic XYZ.
  public let isStoredAsXYZ: Bool

  /// All conventions besides CALVIN's.
  public static let others = ["zyx", "xzy", "yxz", "yzx", "zxy"].flatMap { axes in
    [true, false].map { EulerOrder(axes: axes, isStoredAsXYZ: $0) }
  }

  /// The convention in words.
  public var name: String {
    isStoredAsXYZ
      ? axes == "zyx" ? "intrinsic XYZ" : "extrinsic \(axes), stored as x, y, z"
      : "extrinsic \(axes)"
  }

  /// Extrinsic x, y, z angles of the rotation that `angles` are in this convention.
  public func asXYZ(_ angles: [Double]) -> [Double] {
    var matrix = Self.identity
    for (place, letter) in axes.enumerated() {
      let axis = letter == "x" ? 0 : letter == "y" ? 1 : 2
      matrix = Self.turned(matrix, axis, angles[isStoredAsXYZ ? axis : place])
    }
    return [
      atan2(matrix[7], matrix[8]), asin(min(1, max(-1, -matrix[6]))), atan2(matrix[3], matrix[0]),
    ]
  }

  /// The rotation (row by row) of angles in CALVIN's convention; its columns are the turned axes.
  static func matrix(ofXYZ angles: [Double]) -> [Double] {
    (0..<3).reduce(identity) { turned($0, $1, angles[$1]) }
  }

  /// The quaternion (x, y, z, w) of angles in CALVIN's convention.
  static func quaternion(ofXYZ angles: [Double]) -> [Double] {
    let (cx, cy, cz) = (cos(angles[0] / 2), cos(angles[1] / 2), cos(angles[2] / 2))
    let (sx, sy, sz) = (sin(angles[0] / 2), sin(angles[1] / 2), sin(angles[2] / 2))
    return [
      sx * cy * cz - cx * sy * sz, cx * sy * cz + sx * cy * sz, cx * cy * sz - sx * sy * cz,
      cx * cy * cz + sx * sy * sz,
    ]
  }

  /// Angles in CALVIN's convention of the rotation that a quaternion (x, y, z, w) is.
  static func angles(ofQuaternion q: [Double]) -> [Double] {
    let (x, y, z, w) = (q[0], q[1], q[2], q[3])
    return [
      atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
      asin(min(1, max(-1, 2 * (w * y - z * x)))),
      atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
    ]
  }

  /// Radians between the rotations of two lists of angles in CALVIN's convention.
  public static func turn(from a: [Double], to b: [Double]) -> Double {
    let (p, q) = (quaternion(ofXYZ: a), quaternion(ofXYZ: b))
    return 2 * acos(min(1, abs(zip(p, q).reduce(0) { $0 + $1.0 * $1.1 })))
  }

  private static let identity = [1.0, 0, 0, 0, 1, 0, 0, 0, 1]

  /// The matrix (row by row) followed by a turn about a fixed axis.
  private static func turned(_ matrix: [Double], _ axis: Int, _ angle: Double) -> [Double] {
    let (a, b) = ((axis + 1) % 3, (axis + 2) % 3)
    var turned = matrix
    for column in 0..<3 {
      let (x, y) = (matrix[3 * a + column], matrix[3 * b + column])
      turned[3 * a + column] = cos(angle) * x - sin(angle) * y
      turned[3 * b + column] = sin(angle) * x + cos(angle) * y
    }
    return turned
  }
}

/// A rigid transform: rotate by `orientation`, then translate by `position` (metres).
/// Name values after both frames, as in `worldFromTCP`.
public struct Pose: Hashable, Sendable {
  /// Translation in metres.
  public var position: Vector3
  /// Rotation, xyzw.
  public var orientation: Quaternion

  /// The transform with this translation and rotation.
  @inlinable public init(position: Vector3, orientation: Quaternion) {
    self.position = position
    self.orientation = orientation
  }

  /// The transform that changes nothing.
  public static let identity = Pose(position: .zero, orientation: .identity)

  /// The product of two transforms: `b`'s frame placed in `a`'s.
  public static func * (a: Pose, b: Pose) -> Pose {
    Pose(
      position: Matrix3(a.orientation) * b.position + a.position,
      orientation: a.orientation * b.orientation)
  }

  /// The transform that undoes this one (unit quaternion).
  public var inverse: Pose {
    let orientation = orientation.inverse
    return Pose(position: Matrix3(orientation) * -position, orientation: orientation)
  }
}

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
}

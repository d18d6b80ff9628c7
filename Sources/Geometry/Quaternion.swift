/// A rotation as a quaternion, components in the order x, y, z, w (Bullet's and CALVIN's order).
public struct Quaternion: Hashable, Sendable {
  /// Vector part, first component.
  public var x: Double
  /// Vector part, second component.
  public var y: Double
  /// Vector part, third component.
  public var z: Double
  /// Scalar part.
  public var w: Double

  /// The quaternion with these components; nothing is normalised.
  @inlinable public init(x: Double, y: Double, z: Double, w: Double) {
    self.x = x
    self.y = y
    self.z = z
    self.w = w
  }

  /// No rotation.
  public static let identity = Quaternion(x: 0, y: 0, z: 0, w: 1)
}

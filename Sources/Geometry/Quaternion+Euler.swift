import Glibc

extension Quaternion {
  /// x² + y² + z² + w², summed left to right.
  @inlinable public var lengthSquared: Double { x * x + y * y + z * z + w * w }

  /// The inverse of a unit quaternion (Bullet negates the vector part whatever the length).
  @inlinable public var inverse: Quaternion { Quaternion(x: -x, y: -y, z: -z, w: w) }

  /// The rotation by `b`, then by `a`, in Bullet's order of operations.
  @inlinable public static func * (a: Quaternion, b: Quaternion) -> Quaternion {
    Quaternion(
      x: a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
      y: a.w * b.y + a.y * b.w + a.z * b.x - a.x * b.z,
      z: a.w * b.z + a.z * b.w + a.x * b.y - a.y * b.x,
      w: a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z)
  }

  /// The rotation of roll, pitch and yaw in radians (`getQuaternionFromEuler`).
  public init(euler: Vector3) {
    let roll = euler.x / 2
    let pitch = euler.y / 2
    let yaw = euler.z / 2
    let (sr, cr) = (sin(roll), cos(roll))
    let (sp, cp) = (sin(pitch), cos(pitch))
    let (sy, cy) = (sin(yaw), cos(yaw))
    let x = sr * cp * cy - cr * sp * sy
    let y = cr * sp * cy + sr * cp * sy
    let z = cr * cp * sy - sr * sp * cy
    let w = cr * cp * cy + sr * sp * sy
    let length = (x * x + y * y + z * z + w * w).squareRoot()
    self.init(x: x / length, y: y / length, z: z / length, w: w / length)
  }

  /// Roll, pitch and yaw in radians (`getEulerFromQuaternion`); nothing is normalised.
  public var euler: Vector3 {
    let sine = -2 * (x * z - w * y)
    if sine <= -0.99999 { return Vector3(0, -0.5 * Double.pi, 2 * atan2(x, -y)) }
    if sine >= 0.99999 { return Vector3(0, 0.5 * Double.pi, 2 * atan2(-x, y)) }
    let (xx, yy, zz, ww) = (x * x, y * y, z * z, w * w)
    return Vector3(
      atan2(2 * (y * z + w * x), ww - xx - yy + zz), asin(sine),
      atan2(2 * (x * y + w * z), ww + xx - yy - zz))
  }
}

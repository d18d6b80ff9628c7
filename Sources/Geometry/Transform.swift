/// A rotation matrix (rows) and an origin, with Bullet's operations in Bullet's order: the form in
/// which PyBullet composes frames, so that results agree to the last bit.
public struct Transform: Hashable, Sendable {
  /// Rows of the rotation matrix.
  public var rows: (Vector3, Vector3, Vector3) { (row0, row1, row2) }
  private var row0: Vector3
  private var row1: Vector3
  private var row2: Vector3
  /// Translation in metres.
  public var origin: Vector3

  /// The transform with this matrix (rows) and this origin.
  public init(rows: (Vector3, Vector3, Vector3), origin: Vector3) {
    (row0, row1, row2) = rows
    self.origin = origin
  }

  /// The transform that changes nothing.
  public static let identity = Transform(
    rows: (Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1)), origin: .zero)

  /// The transform of a pose; the quaternion need not have unit length.
  public init(_ pose: Pose) {
    let q = pose.orientation
    let s = 2 / (q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w)
    let (xs, ys, zs) = (q.x * s, q.y * s, q.z * s)
    let (wx, wy, wz) = (q.w * xs, q.w * ys, q.w * zs)
    let (xx, xy, xz) = (q.x * xs, q.x * ys, q.x * zs)
    let (yy, yz, zz) = (q.y * ys, q.y * zs, q.z * zs)
    self.init(
      rows: (
        Vector3(1 - (yy + zz), xy - wz, xz + wy), Vector3(xy + wz, 1 - (xx + zz), yz - wx),
        Vector3(xz - wy, yz + wx, 1 - (xx + yy))
      ), origin: pose.position)
  }

  /// The rotation as Bullet extracts a quaternion from a matrix, and the origin.
  public var pose: Pose { Pose(position: origin, orientation: quaternion) }

  private var quaternion: Quaternion {
    let trace = row0.x + row1.y + row2.z
    if trace > 0 {
      var s = (trace + 1).squareRoot()
      let w = s * 0.5
      s = 0.5 / s
      return Quaternion(
        x: (row2.y - row1.z) * s, y: (row0.z - row2.x) * s, z: (row1.x - row0.y) * s, w: w)
    }
    let m = [row0, row1, row2]
    let i = row0.x < row1.y ? (row1.y < row2.z ? 2 : 1) : (row0.x < row2.z ? 2 : 0)
    let j = (i + 1) % 3
    let k = (i + 2) % 3
    var s = (m[i][i] - m[j][j] - m[k][k] + 1).squareRoot()
    var xyz = Vector3.zero
    xyz[i] = s * 0.5
    s = 0.5 / s
    xyz[j] = (m[j][i] + m[i][j]) * s
    xyz[k] = (m[k][i] + m[i][k]) * s
    return Quaternion(x: xyz.x, y: xyz.y, z: xyz.z, w: (m[k][j] - m[j][k]) * s)
  }

  /// The inverse of a rigid transform.
  public var inverse: Transform {
    let columns = (
      Vector3(row0.x, row1.x, row2.x), Vector3(row0.y, row1.y, row2.y),
      Vector3(row0.z, row1.z, row2.z)
    )
    let back = -origin
    return Transform(
      rows: columns,
      origin: Vector3(columns.0.dot(back), columns.1.dot(back), columns.2.dot(back)))
  }

  /// Turns a direction.
  public func rotate(_ v: Vector3) -> Vector3 {
    Vector3(row0.dot(v), row1.dot(v), row2.dot(v))
  }

  /// Moves a point.
  public func callAsFunction(_ v: Vector3) -> Vector3 { rotate(v) + origin }

  /// First `b`, then `a`.
  public static func * (a: Transform, b: Transform) -> Transform {
    func row(_ r: Vector3) -> Vector3 {
      Vector3(
        b.row0.x * r.x + b.row1.x * r.y + b.row2.x * r.z,
        b.row0.y * r.x + b.row1.y * r.y + b.row2.y * r.z,
        b.row0.z * r.x + b.row1.z * r.y + b.row2.z * r.z)
    }
    return Transform(rows: (row(a.row0), row(a.row1), row(a.row2)), origin: a(b.origin))
  }
}

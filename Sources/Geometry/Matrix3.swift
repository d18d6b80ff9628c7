/// A 3x3 matrix by rows, with Bullet's order of operations in every product.
public struct Matrix3: Hashable, Sendable {
  /// First row.
  public var row0: Vector3
  /// Second row.
  public var row1: Vector3
  /// Third row.
  public var row2: Vector3

  /// The matrix with these rows.
  @inlinable public init(_ row0: Vector3, _ row1: Vector3, _ row2: Vector3) {
    self.row0 = row0
    self.row1 = row1
    self.row2 = row2
  }

  /// No rotation.
  public static let identity = Matrix3(
    Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1))

  /// The rotation of a quaternion of any length (`btMatrix3x3::setRotation`).
  @inlinable public init(_ q: Quaternion) {
    let s = 2.0 / q.lengthSquared
    let xs = q.x * s
    let ys = q.y * s
    let zs = q.z * s
    let wx = q.w * xs
    let wy = q.w * ys
    let wz = q.w * zs
    let xx = q.x * xs
    let xy = q.x * ys
    let xz = q.x * zs
    let yy = q.y * ys
    let yz = q.y * zs
    let zz = q.z * zs
    row0 = Vector3(1.0 - (yy + zz), xy - wz, xz + wy)
    row1 = Vector3(xy + wz, 1.0 - (xx + zz), yz - wx)
    row2 = Vector3(xz - wy, yz + wx, 1.0 - (xx + yy))
  }

  /// Columns become rows.
  @inlinable public var transpose: Matrix3 {
    Matrix3(
      Vector3(row0.x, row1.x, row2.x), Vector3(row0.y, row1.y, row2.y),
      Vector3(row0.z, row1.z, row2.z))
  }

  /// The matrix product, each entry summed from the first term to the last.
  @inlinable public static func * (a: Matrix3, b: Matrix3) -> Matrix3 {
    Matrix3(a.row0 * b, a.row1 * b, a.row2 * b)
  }

  /// The matrix times a column vector.
  @inlinable public static func * (a: Matrix3, v: Vector3) -> Vector3 {
    Vector3(a.row0.dot(v), a.row1.dot(v), a.row2.dot(v))
  }

  /// A row vector times the matrix.
  @inlinable public static func * (v: Vector3, b: Matrix3) -> Vector3 {
    v.x * b.row0 + v.y * b.row1 + v.z * b.row2
  }
}

extension Quaternion {
  /// The quaternion of a rotation matrix (`btMatrix3x3::getRotation`).
  @inlinable public init(_ m: Matrix3) {
    let trace = m.row0.x + m.row1.y + m.row2.z
    if trace > 0 {
      let root = (trace + 1.0).squareRoot()
      let s = 0.5 / root
      self.init(
        x: (m.row2.y - m.row1.z) * s, y: (m.row0.z - m.row2.x) * s,
        z: (m.row1.x - m.row0.y) * s, w: root * 0.5)
    } else if m.row0.x < m.row1.y ? m.row1.y < m.row2.z : m.row0.x < m.row2.z {
      let root = (m.row2.z - m.row0.x - m.row1.y + 1.0).squareRoot()
      let s = 0.5 / root
      self.init(
        x: (m.row0.z + m.row2.x) * s, y: (m.row1.z + m.row2.y) * s, z: root * 0.5,
        w: (m.row1.x - m.row0.y) * s)
    } else if m.row0.x < m.row1.y {
      let root = (m.row1.y - m.row2.z - m.row0.x + 1.0).squareRoot()
      let s = 0.5 / root
      self.init(
        x: (m.row0.y + m.row1.x) * s, y: root * 0.5, z: (m.row2.y + m.row1.z) * s,
        w: (m.row0.z - m.row2.x) * s)
    } else {
      let root = (m.row0.x - m.row1.y - m.row2.z + 1.0).squareRoot()
      let s = 0.5 / root
      self.init(
        x: root * 0.5, y: (m.row1.x + m.row0.y) * s, z: (m.row2.x + m.row0.z) * s,
        w: (m.row2.y - m.row1.z) * s)
    }
  }
}

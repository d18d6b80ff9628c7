import Geometry

/// Four columns of a Jacobian in the frame of a link.
struct JacobianColumns {
  /// Three rows, a column per lane.
  struct Rows {
    var x: SIMD4<Double>
    var y: SIMD4<Double>
    var z: SIMD4<Double>

    static let zero = Rows(x: .zero, y: .zero, z: .zero)

    @inline(__always)
    static func * (m: Matrix3, v: Rows) -> Rows {
      Rows(
        x: m.row0.x * v.x + m.row0.y * v.y + m.row0.z * v.z,
        y: m.row1.x * v.x + m.row1.y * v.y + m.row1.z * v.z,
        z: m.row2.x * v.x + m.row2.y * v.y + m.row2.z * v.z)
    }
  }

  var linear: Rows
  var angular: Rows

  static let count = 4
  static let zero = JacobianColumns(linear: .zero, angular: .zero)

  /// Moves the point the linear rows are about.
  @inline(__always)
  mutating func move(by r: Vector3) {
    linear.x -= r.y * angular.z - r.z * angular.y
    linear.y -= r.z * angular.x - r.x * angular.z
    linear.z -= r.x * angular.y - r.y * angular.x
  }

  /// Expresses the columns in a turned frame.
  @inline(__always)
  mutating func turn(_ rotation: Matrix3) {
    linear = rotation * linear
    angular = rotation * angular
  }

  /// Sets a column that was zero.
  @inline(__always)
  mutating func set(_ column: Int, _ linear: Vector3, _ angular: Vector3) {
    let unit = SIMD4<Double>.zero.replacing(
      with: 1, where: SIMD4<Double>(0, 1, 2, 3) .== Double(column))
    self.linear.x += unit * linear.x
    self.linear.y += unit * linear.y
    self.linear.z += unit * linear.z
    self.angular.x += unit * angular.x
    self.angular.y += unit * angular.y
    self.angular.z += unit * angular.z
  }
}

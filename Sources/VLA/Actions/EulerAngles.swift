import Foundation
import Geometry

/// The two Euler conventions CALVIN's actions are written in, as rotation matrices.
extension Matrix3 {
  /// Rx(a) Ry(b) Rz(c): intrinsic rotations in the order X, Y, Z (pytorch3d's "XYZ"), radians.
  public init(intrinsicXYZ angles: Vector3) {
    self = .aboutX(angles.x) * .aboutY(angles.y) * .aboutZ(angles.z)
  }

  /// Rz(c) Ry(b) Rx(a): rotations about the fixed X, Y, Z (PyBullet's and `robot_obs`'), radians.
  public init(extrinsicXYZ angles: Vector3) {
    self = .aboutZ(angles.z) * .aboutY(angles.y) * .aboutX(angles.x)
  }

  /// Angles a, b, c with Rx(a) Ry(b) Rz(c) equal to this; b in ±π/2.
  public var intrinsicXYZ: Vector3 {
    Vector3(
      atan2(-row1.z, row2.z), asin(max(-1, min(1, row0.z))), atan2(-row0.y, row0.x))
  }

  /// Angles a, b, c with Rz(c) Ry(b) Rx(a) equal to this; b in ±π/2.
  public var extrinsicXYZ: Vector3 {
    Vector3(
      atan2(row2.y, row2.z), asin(max(-1, min(1, -row2.x))), atan2(row1.x, row0.x))
  }

  private static func aboutX(_ a: Double) -> Matrix3 {
    Matrix3(Vector3(1, 0, 0), Vector3(0, cos(a), -sin(a)), Vector3(0, sin(a), cos(a)))
  }
  private static func aboutY(_ a: Double) -> Matrix3 {
    Matrix3(Vector3(cos(a), 0, sin(a)), Vector3(0, 1, 0), Vector3(-sin(a), 0, cos(a)))
  }
  private static func aboutZ(_ a: Double) -> Matrix3 {
    Matrix3(Vector3(cos(a), -sin(a), 0), Vector3(sin(a), cos(a), 0), Vector3(0, 0, 1))
  }
}

/// The same angle in -π...π.
public func wrappedAngle(_ angle: Double) -> Double {
  angle - 2 * Double.pi * (angle / (2 * Double.pi)).rounded()
}

/// The same angles in -π...π.
func wrappedAngles(_ angles: Vector3) -> Vector3 {
  Vector3(wrappedAngle(angles.x), wrappedAngle(angles.y), wrappedAngle(angles.z))
}

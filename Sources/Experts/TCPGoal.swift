import Foundation
import Geometry

/// Where the tool centre point should be. The gripper points down; `yaw` turns it about the
/// vertical, `lean` tips the fingertips towards `leanYaw`.
struct TCPGoal: Equatable {
  /// Metres, world frame.
  var position: Vector3
  /// Radians; the fingers open along (sin yaw, -cos yaw).
  var yaw = TCPGoal.restingYaw
  /// Radians from the vertical.
  var lean = 0.0
  /// Level direction the fingertips are tipped towards, radians from x.
  var leanYaw = TCPGoal.restingYaw

  /// The fingers open along x, as in the robot's initial pose; leaning goes away from the robot's
  /// side of the table.
  static let restingYaw = Double.pi / 2

  /// A goal; without `leanYaw` it leans across the fingers, so that both stay at one height.
  init(
    _ position: Vector3, yaw: Double = TCPGoal.restingYaw, lean: Double = 0,
    leanYaw: Double? = nil
  ) {
    self.position = position
    self.yaw = yaw
    self.lean = lean
    self.leanYaw = leanYaw ?? yaw
  }

  /// Euler angles of the goal.
  var angles: Vector3 {
    guard leanYaw != yaw else { return Vector3(.pi, -lean, yaw) }
    // Turned to the lean's direction, tipped, turned back and on to the yaw.
    let tipped = Quaternion(euler: Vector3(.pi, -lean, leanYaw))
    let spin = Quaternion(euler: Vector3(0, 0, leanYaw - yaw))
    return Quaternion(Matrix3(tipped) * Matrix3(spin)).euler
  }

  /// Unit vector from the hand to the fingertips.
  var pointing: Vector3 {
    Vector3(cos(leanYaw) * sin(lean), sin(leanYaw) * sin(lean), -cos(lean))
  }
}

/// An angle into [-pi, pi].
func wrapped(_ angle: Double) -> Double {
  remainder(angle, 2 * .pi)
}

extension Vector3 {
  /// The vector with another height.
  func at(z: Double) -> Vector3 { Vector3(x, y, z) }
}

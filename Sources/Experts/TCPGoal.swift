import Foundation
import Geometry

/// Where the tool centre point should be. The gripper points down; `yaw` turns it about the
/// vertical, `lean` tips the fingertips forward (away from the robot's side of the table).
struct TCPGoal: Equatable {
  /// Metres, world frame.
  var position: Vector3
  /// Radians; the fingers open along (sin yaw, -cos yaw).
  var yaw = TCPGoal.restingYaw
  /// Radians from the vertical.
  var lean = 0.0

  /// The fingers open along x, as in the robot's initial pose.
  static let restingYaw = Double.pi / 2

  init(_ position: Vector3, yaw: Double = TCPGoal.restingYaw, lean: Double = 0) {
    self.position = position
    self.yaw = yaw
    self.lean = lean
  }

  /// Euler angles of the goal.
  var angles: Vector3 { Vector3(.pi, -lean, yaw) }
}

/// An angle into [-pi, pi].
func wrapped(_ angle: Double) -> Double {
  remainder(angle, 2 * .pi)
}

extension Vector3 {
  /// The vector with another height.
  func at(z: Double) -> Vector3 { Vector3(x, y, z) }
}

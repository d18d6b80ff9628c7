import Foundation
import Geometry

/// Where the tool centre point should be and how the gripper should be turned.
struct TCPGoal: Equatable {
  /// Metres, world frame.
  var position: Vector3
  /// Euler angles, radians.
  var angles: Vector3

  /// The fingers open along x, as in the robot's initial pose; leaning goes away from the robot's
  /// side of the table.
  static let restingYaw = Double.pi / 2

  /// A goal with these Euler angles.
  init(_ position: Vector3, angles: Vector3) {
    self.position = position
    self.angles = angles
  }

  /// A gripper that points down, the fingers open along (sin yaw, -cos yaw), then tipped by `lean`
  /// towards the level direction `leanYaw`; without one it leans across the fingers, so that both
  /// stay at one height.
  init(
    _ position: Vector3, yaw: Double = TCPGoal.restingYaw, lean: Double = 0,
    leanYaw: Double? = nil
  ) {
    self.position = position
    guard let leanYaw, leanYaw != yaw else {
      angles = Vector3(.pi, -lean, yaw)
      return
    }
    // Turned to the lean's direction, tipped, turned back and on to the yaw.
    let tipped = Quaternion(euler: Vector3(.pi, -lean, leanYaw))
    let spin = Quaternion(euler: Vector3(0, 0, leanYaw - yaw))
    angles = Quaternion(Matrix3(tipped) * Matrix3(spin)).euler
  }

  /// Unit vector from the hand to the fingertips.
  var pointing: Vector3 {
    let rotation = Matrix3(Quaternion(euler: angles))
    return Vector3(rotation.row0.z, rotation.row1.z, rotation.row2.z)
  }

  /// The goal moved back along the direction the fingers point, metres.
  func backed(by distance: Double) -> TCPGoal { moved(by: pointing * -distance) }

  /// The goal moved by an offset.
  func moved(by offset: Vector3) -> TCPGoal { TCPGoal(position + offset, angles: angles) }

  /// The goal turned about the vertical through it, radians.
  func turned(by angle: Double) -> TCPGoal {
    TCPGoal(position, angles: angles + Vector3(0, 0, angle))
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

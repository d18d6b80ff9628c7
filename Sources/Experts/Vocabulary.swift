import Foundation
import Geometry

/// The motions recipes are made of: approach, retreat, grasp, release, push, pull.
///
/// Heights and clearances are those of the gripper; everything about the scene comes from the bench.
struct Vocabulary {
  let bench: Workbench

  /// Fingertips below the TCP, metres.
  static let fingertip = Gripper.fingertip
  /// Half the thickness of the closed fingers along their own axis.
  static let closedHalfWidth = 0.028
  /// A block is approached from this far back along the fingers, metres.
  static let pregrasp = 0.07
  /// Height of the TCP above the table when travelling.
  static let travelHeight = 0.13
  /// The gripper passes in front of the door's handle this far from it.
  static let doorClearance = 0.05

  /// Height at which the TCP travels.
  var travelZ: Double { bench.tableHeight + Self.travelHeight }
  /// Travelling farther back than this y would touch the door's handle.
  var travelY: Double { bench.door.handle.lower.y - Self.doorClearance }

  /// Lets go of a block that is between the fingers or close to them, and backs off from it the way
  /// the gripper came, so that what has been put down stays where it is.
  func letGo(_ situation: Situation) -> [Motion] {
    let isNear = situation.blocks.contains {
      situation.touchesRobot($0) || ($0.pose.position - situation.tcp).length < 0.06
    }
    guard isNear else { return [] }
    let here = TCPGoal(situation.tcp, angles: situation.angles)
    let away = retreat(from: here, by: 0.08, .open)
    guard situation.opening < 0.075 else { return [away] }
    return [
      .fingers("release", .open, steps: 12) { _ in
        here
      } until: {
        $0.opening > 0.076
      }, away,
    ]
  }

  /// Back along the direction the gripper points.
  func retreat(from goal: TCPGoal, by distance: Double, _ gripper: Motion.Gripper) -> Motion {
    let away = goal.backed(by: distance)
    return .move("retreat", gripper, within: 0.02) { _ in away }
  }

  /// The lean that keeps hand and fingers clear of the cabinet's face above a point, or that lets
  /// the arm reach a point far from its base.
  func lean(at point: Vector3, yaw: Double = TCPGoal.restingYaw) -> Double {
    let start = travelY - 0.02
    let clear = min(max((point.y - start) / 0.08, 0), 1) * 0.4 * max(sin(yaw), 0)
    let stretch = (distance(to: point) + (point.z - bench.tableHeight) / 2 - 0.7) / 0.2
    let reach = min(max(stretch, 0), 1) * 0.7 * max(cos(yaw - outwardYaw(to: point)), 0)
    return max(clear, reach)
  }

  /// The goal at a point with the least lean away from the robot in which the arm reaches it.
  func reaching(_ point: Vector3, spare: Double = 0.02) -> TCPGoal {
    let yaw = outwardYaw(to: point)
    let goals = stride(from: 0.0, through: 1.2, by: 0.1).map {
      TCPGoal(point, yaw: yaw, lean: $0)
    }
    return goals.first { reserve(at: $0) > spare }
      ?? TCPGoal(point, yaw: yaw, lean: 0.8)
  }

  /// The yaw in which a lean points away from the robot's base.
  func outwardYaw(to point: Vector3) -> Double {
    atan2(point.y - bench.robotBase.y, point.x - bench.robotBase.x)
  }

  /// The yaw to prefer at a point: the resting one, far away the outward one.
  func preferredYaw(at point: Vector3) -> Double {
    let part = min(max((distance(to: point) - 0.6) / 0.15, 0), 1)
    return TCPGoal.restingYaw + part * (outwardYaw(to: point) - TCPGoal.restingYaw)
  }

  /// How far the arm is from the ends of its reach at a goal, metres.
  func reserve(at goal: TCPGoal) -> Double {
    Gripper.reserve(at: goal, robotBase: bench.robotBase)
  }

  /// Level distance from the robot's base, metres.
  func distance(to point: Vector3) -> Double {
    (point - bench.robotBase).at(z: 0).length
  }
}

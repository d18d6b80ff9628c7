import Foundation
import Geometry

/// The motions recipes are made of: approach, retreat, grasp, release, push, pull.
///
/// Heights and clearances are those of the gripper; everything about the scene comes from the bench.
struct Vocabulary {
  let bench: Workbench

  /// Fingertips below the TCP, metres.
  static let fingertip = 0.0148
  /// Half the thickness of the closed fingers along their own axis, and across it.
  static let closedHalfWidth = 0.028
  static let fingerHalfThickness = 0.0105
  /// Height of the TCP above the table when travelling.
  static let travelHeight = 0.13
  /// The gripper passes in front of the door's handle this far from it.
  static let doorClearance = 0.05

  /// Height at which the TCP travels.
  var travelZ: Double { bench.tableHeight + Self.travelHeight }
  /// Travelling farther back than this y would touch the door's handle.
  var travelY: Double { bench.door.handle.lower.y - Self.doorClearance }

  /// From wherever the TCP is to a place from which `goal` is reached in a straight line.
  func approach(_ situation: Situation, _ goal: TCPGoal, _ gripper: Motion.Gripper) -> [Motion] {
    let here = situation.tcp
    let level = Vector3(goal.position.x - here.x, goal.position.y - here.y, 0).length
    if level < 0.03 && here.z > goal.position.z - 0.01 {
      return [.move("approach", gripper, within: 0.012) { _ in goal }]
    }
    var motions: [Motion] = []
    let turned = situation.angles.z
    // Out of a drawer or from under a handle: first straight up, then back from the shelf.
    if here.z < bench.tableHeight + 0.06 && here.y < bench.tableFront {
      let up = here.at(z: bench.tableHeight + 0.08)
      motions.append(.move("retreat", gripper, within: 0.03) { _ in TCPGoal(up, yaw: turned) })
    }
    let out = Vector3(here.x, min(here.y, travelY), max(travelZ, min(here.z, travelZ + 0.05)))
    if (out - here).length > 0.02 {
      // A lean that is wanted again is kept on the way.
      let lean = min(max(-situation.angles.y, 0), goal.lean)
      motions.append(
        .move("retreat", gripper, within: 0.03) { _ in TCPGoal(out, yaw: turned, lean: lean) })
    }
    let over = Vector3(goal.position.x, min(goal.position.y, travelY), travelZ)
    if (over - goal.position).length > 0.03 {
      motions.append(
        .move("approach", gripper, within: 0.03) { _ in
          TCPGoal(over, yaw: goal.yaw, lean: goal.lean, leanYaw: goal.leanYaw)
        })
    }
    motions.append(.move("approach", gripper, within: 0.015) { _ in goal })
    return motions
  }

  /// Lets go of a block that is between the fingers or close to them, and backs off from it the way
  /// the gripper came, so that what has been put down stays where it is.
  func letGo(_ situation: Situation) -> [Motion] {
    let isNear = situation.blocks.contains {
      situation.touchesRobot($0) || ($0.pose.position - situation.tcp).length < 0.06
    }
    guard isNear else { return [] }
    let here = TCPGoal(
      situation.tcp, yaw: situation.angles.z, lean: -situation.angles.y)
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

  /// The yaw in which a lean points away from the robot's base.
  func outwardYaw(to point: Vector3) -> Double {
    atan2(point.y - bench.robotBase.y, point.x - bench.robotBase.x)
  }

  /// The yaw to prefer at a point: the resting one, far away the outward one.
  func preferredYaw(at point: Vector3) -> Double {
    let part = min(max((distance(to: point) - 0.6) / 0.15, 0), 1)
    return TCPGoal.restingYaw + part * (outwardYaw(to: point) - TCPGoal.restingYaw)
  }

  /// Level distance from the robot's base, metres.
  func distance(to point: Vector3) -> Double {
    (point - bench.robotBase).at(z: 0).length
  }
}

extension TCPGoal {
  /// The goal moved back along the direction the fingers point, metres.
  func backed(by distance: Double) -> TCPGoal {
    var goal = self
    goal.position -= pointing * distance
    return goal
  }
}

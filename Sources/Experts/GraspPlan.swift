import Calvin
import Foundation
import Geometry

/// How to take hold of a block that lies still: the fingers close across one of its level edges.
struct GraspPlan {
  /// TCP from the block's centre, world frame, metres.
  var offset: Vector3
  /// Yaw of the gripper.
  var yaw: Double
  /// Tip from the vertical and the level direction of it.
  var lean: Double
  var leanYaw: Double
  /// Opening of the gripper when it holds the block, metres.
  var width: Double
  /// What it costs to get there, in steps, and how little it is liked, in the same unit.
  var cost: Double

  /// The TCP goal around a block whose centre is at `center`.
  func goal(around center: Vector3) -> TCPGoal {
    TCPGoal(center + offset, yaw: yaw, lean: lean, leanYaw: leanYaw)
  }

  /// Widest edge the fingers close around, metres.
  private static let widest = 0.068
  /// Farthest the wrist turns from the resting yaw, radians.
  private static let reach = 2.1
  /// The fingertips stay this far above what the block lies on, metres.
  private static let above = 0.0018

  /// All ways to grasp a block, the cheapest first.
  static func all(
    _ block: SceneInfo.Block, size: Vector3, from situation: Situation, preferredYaw: Double,
    robotBase: Vector3
  ) -> [GraspPlan] {
    let columns = Matrix3(block.pose.orientation).transpose
    let axes = [columns.row0, columns.row1, columns.row2]
    guard let vertical = (0..<3).max(by: { abs(axes[$0].z) < abs(axes[$1].z) }) else { return [] }
    let center = block.pose.position
    let low = max(-0.002, Gripper.fingertip + above - size[vertical] / 2)
    var plans: [GraspPlan] = []
    for axis in 0..<3 where axis != vertical && size[axis] < widest {
      let along = 3 - axis - vertical
      // Long blocks can be held beside their middle.
      let free = max(0, size[along] / 2 - 0.015)
      var places: [(slide: Double, shift: Double)] = [(0, 0)]
      if free > 0.01 { places += [(free * 0.6, 0), (free * -0.6, 0)] }
      // A narrow block can be nearer to one finger, when there is no room beside it.
      let spare = max(0, (Gripper.open - size[axis]) / 2 - 0.006)
      if spare > 0 { places += [(0, spare), (0, -spare)] }
      // Fingers that close askew on an edge turn the block to fit, where nothing else does.
      let twist = size[axis] < 0.045 ? 0.35 : 0
      // The fingers open along (sin yaw, -cos yaw).
      let across = atan2(axes[axis].y, axes[axis].x) + .pi / 2
      let turns = (-2...2).map { across + Double($0) * .pi }
      var yaws = turns.map { (yaw: $0, twist: 0.0) }
      if twist > 0 { yaws += turns.flatMap { [($0 - twist, twist), ($0 + twist, twist)] } }
      for (yaw, twist) in yaws where abs(yaw - TCPGoal.restingYaw) <= reach {
        for (lean, leanYaw) in leans(yaw: yaw, outward: center - robotBase) {
          for raise in [0, 0.006, 0.012] {
            for (slide, shift) in places {
              let aside = axes[along].at(z: 0) * slide + axes[axis].at(z: 0) * shift
              var plan = GraspPlan(
                offset: aside + Vector3(0, 0, low + raise), yaw: yaw, lean: lean,
                leanYaw: leanYaw, width: size[axis], cost: 0)
              let goal = plan.goal(around: center)
              plan.cost =
                steps(from: situation, to: goal.backed(by: Vocabulary.pregrasp))
                + 12 * abs(yaw - preferredYaw) + 4 * abs(lean) + 300 * raise + 100 * abs(slide)
                + 400 * abs(shift) + 40 * twist + (size[axis] > 0.045 ? 5 : 0)
                + 1000 * max(0, 0.03 - Gripper.reserve(at: goal, robotBase: robotBase))
              plans.append(plan)
            }
          }
        }
      }
    }
    return plans.sorted { $0.cost < $1.cost }
  }

  /// Leans to try: across the fingers, so that both stay at one height, or away from the robot's
  /// side of the table.
  private static func leans(
    yaw: Double, outward: Vector3
  ) -> [(lean: Double, leanYaw: Double)] {
    let values = [0.2, 0.4, 0.6, 0.8, 1.0, 1.15]
    let sign = cos(yaw - atan2(outward.y, outward.x)) < 0 ? -1.0 : 1.0
    var leans: [(lean: Double, leanYaw: Double)] = ([0] + values).map { (sign * $0, yaw) }
    let aside = abs(yaw - TCPGoal.restingYaw)
    if aside > 0.05 && aside < 0.9 {
      leans += values.map { ($0, TCPGoal.restingYaw) }
    }
    return leans
  }

  /// Least number of steps to a goal.
  private static func steps(from situation: Situation, to goal: TCPGoal) -> Double {
    let way = goal.position - situation.tcp
    let angles = goal.angles
    let turn = (0..<3).map { abs(wrapped(angles[$0] - situation.angles[$0])) }.max() ?? 0
    return max(max(abs(way.x), abs(way.y), abs(way.z)) / 0.02, turn / 0.05)
  }
}

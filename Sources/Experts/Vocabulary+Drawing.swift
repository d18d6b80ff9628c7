import Calvin
import Foundation
import Geometry

/// Closed fingers on top of a block draw it out of where the hand does not fit.
extension Vocabulary {
  /// Draws a block out of the cabinet onto the table.
  func drawOut(_ situation: Situation, _ index: Int, attempt: Int) -> [Motion] {
    draw(situation, index, to: bench.shelf.lower.y - 0.05, attempt: attempt)
  }

  /// Draws a block on the table towards the robot, away from what crowds it; nil when it is near
  /// the table's edge.
  func drawNearer(_ situation: Situation, _ index: Int) -> [Motion]? {
    let block = situation.blocks[index]
    let y = block.pose.position.y - 0.06
    guard situation.touches(block, link: "base_link"), y > bench.tableFront + 0.04 else {
      return nil
    }
    return draw(situation, index, to: y, attempt: 0)
  }

  /// Draws a block along its surface towards the robot, the closed fingers on top of it; first
  /// aside, where something stands in its way.
  private func draw(
    _ situation: Situation, _ index: Int, to y: Double, attempt: Int
  ) -> [Motion] {
    let center = situation.blocks[index].pose.position
    let top = center.z + halfHeight(situation, index)
    // The harder it is pressed, the less it slips; too hard, and it sinks into the thin shelf.
    let pressure = 0.003 + 0.002 * Double(attempt % 4)
    let way = wayOut(situation, index, to: y)
    let hold = topHold(situation, index, along: way, attempt: attempt)
    let start = center.at(z: top) + hold.offset
    func tip(_ way: Vector3, above: Double) -> TCPGoal {
      hold.fist.tip(at: start + way + Vector3(0, 0, above))
    }
    var motions = letGo(situation)
    motions += approach(situation, tip(.zero, above: Self.hover), .closed)
    motions.append(
      press(index) { s in
        let block = s.blocks[index].pose.position
        return hold.fist.tip(at: block.at(z: top - pressure) + hold.offset)
      })
    motions += way.map { way in
      .move("pull out", .closed, within: 0.015, speed: 0.6) { _ in tip(way, above: -pressure) }
    }
    motions.append(retreat(from: tip(way.last ?? .zero, above: 0), by: 0.06, .closed))
    return motions
  }

  /// Closed fingers come down on a block from this far above it, metres.
  private static let hover = 0.04

  /// Where a block goes, from where it is, so that it touches nothing on its way out to `y`: out, or
  /// aside and out.
  private func wayOut(_ situation: Situation, _ index: Int, to y: Double) -> [Vector3] {
    let out = Vector3(0, y - situation.blocks[index].pose.position.y, 0)
    let obstacles = Obstacles(situation, bench, ignoring: [index])
    for aside in [0, 0.02, -0.02, 0.04, -0.04, 0.06, -0.06, 0.08, -0.08, 0.1, -0.1] {
      let side = Vector3(aside, 0, 0)
      let places = [side] + [0.2, 0.4, 0.6, 0.8, 1].map { side + out * $0 }
      if places.allSatisfy({ isFree(situation, index, at: $0, among: obstacles) }) {
        return side == .zero ? [out] : [side, side + out]
      }
    }
    return [out]
  }

  /// Closed fingers leaning away from the robot's side of the table, more or less.
  private struct Fist {
    var yaw: Double
    var lean: Double
    var leanYaw: Double

    /// The goal with the edge that comes down first at a point.
    func tip(at point: Vector3) -> TCPGoal {
      let turn = yaw - leanYaw
      let half =
        abs(cos(turn)) * Gripper.fingerHalfThickness + abs(sin(turn)) * Gripper.fingertipWidth
      let level = Vector3(cos(leanYaw), sin(leanYaw), 0)
      let edge = level * (cos(lean) * half) + Vector3(0, 0, sin(lean) * half)
      return TCPGoal(point + edge, yaw: yaw, lean: lean, leanYaw: leanYaw)
        .backed(by: Gripper.fingertip)
    }
  }

  /// Where on a block's top the fist that touches nothing along `way` comes down, from the middle.
  private func topHold(
    _ situation: Situation, _ index: Int, along way: [Vector3], attempt: Int
  ) -> (fist: Fist, offset: Vector3) {
    let obstacles = Obstacles(situation, bench, ignoring: [index])
    let center = situation.blocks[index].pose.position
    let top = center.at(z: center.z + halfHeight(situation, index))
    // Behind the middle of the block's top: drawn there, it slides; drawn in front, it tips over.
    let behind = attempt % 2 == 0 ? 0.008 : -0.002
    let fists = [0, -0.4, 0.4, -0.8, 0.8].flatMap { (aside: Double) in
      [0, -0.5, 0.5, -1, 1, -.pi / 2, .pi / 2].flatMap { (turn: Double) in
        [0.6, 0.7, 0.8, 0.9, 1, 0.4].map { (lean: Double) in
          let leanYaw = TCPGoal.restingYaw + aside
          return Fist(yaw: leanYaw + turn, lean: lean, leanYaw: leanYaw)
        }
      }
    }
    func isFree(_ fist: Fist, _ offset: Vector3) -> Bool {
      // How far the block is drawn matters less than that it is got hold of.
      let goals = ([.zero, Vector3(0, 0, Self.hover)] + way).map { fist.tip(at: top + offset + $0) }
      return goals.enumerated().allSatisfy { reserve(at: $1) > ($0 < 2 ? 0 : -0.03) }
        && goals.allSatisfy { !obstacles.touchGripper(at: $0, opening: 0, margin: 0.004) }
    }
    for aside in [0, -0.008, 0.008, -0.016, 0.016, -0.024, 0.024] {
      let offset = Vector3(aside, behind, 0)
      guard isOn(situation, index, offset) else { continue }
      if let fist = fists.first(where: { isFree($0, offset) }) { return (fist, offset) }
    }
    let upright = TCPGoal.restingYaw
    return (Fist(yaw: upright, lean: 0.6, leanYaw: upright), Vector3(0, behind, 0))
  }

  /// Whether a level offset from a block's middle is well within its top.
  private func isOn(_ situation: Situation, _ index: Int, _ offset: Vector3) -> Bool {
    let rotation = Matrix3(situation.blocks[index].pose.orientation).transpose
    let inside = rotation * offset
    let half = bench.blockSizes[index] * 0.5
    return (0..<3).allSatisfy { abs(inside[$0]) < half[$0] - 0.003 }
  }

  /// Comes down on a block until the fingers have touched it for a moment.
  private func press(_ index: Int, to goal: @escaping (Situation) -> TCPGoal) -> Motion {
    var motion = Motion.move("press", .closed, within: 0.003, speed: 0.5, to: goal)
    let isOver = motion.outcome
    var touching = 0
    motion.outcome = { s, goal, steps in
      touching += s.touchesRobot(s.blocks[index]) ? 1 : 0
      return touching > 2 ? .done : isOver(s, goal, steps)
    }
    return motion
  }
}

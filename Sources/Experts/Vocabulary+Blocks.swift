import Calvin
import Foundation
import Geometry

/// Blocks on the table: rotate and push.
extension Vocabulary {
  // MARK: Rotating and pushing

  /// Blocks are turned and moved this far above their surface, metres.
  private static let clearance = 0.006

  /// Turns a block about the vertical by more than 60 degrees; `turn` is +1 counter-clockwise.
  func rotate(_ situation: Situation, _ index: Int, turn: Double, attempt: Int) -> [Motion] {
    // A block lags behind the hand that turns it; success ends the turn earlier.
    let angle = turn * 1.5
    return grasp(
      situation, index, preferredYaw: TCPGoal.restingYaw - angle / 2, attempt: attempt,
      for: { goal in [0.45, 0.9].map { goal.turned(by: angle * $0) } },
      then: [turnHand(by: angle), putDown()])
  }

  /// Turns the hand and what it holds, a little above what that lay on.
  private func turnHand(by angle: Double) -> Motion {
    var goal: TCPGoal?
    return Motion(name: "rotate", gripper: .closed) { s in
      let raised = s.tcp + Vector3(0, 0, Self.clearance)
      let end = goal ?? TCPGoal(raised, angles: s.angles).turned(by: angle)
      goal = end
      return end
    } outcome: { s, goal, steps in
      Motion.isThere(s, goal, within: 0.03) || steps > 50 ? .done : .running
    }
  }

  /// Moves a block along x by more than 0.1 m and leaves it on its surface; `side` is +1 to the
  /// right, from `start` along x. It is dragged, or carried over what is in its way.
  func push(
    _ situation: Situation, _ index: Int, side: Double, from start: Double, attempt: Int
  ) -> [Motion] {
    let from = situation.blocks[index].pose.position
    let left = 0.125 - side * (from.x - start)
    let spots = spotsBeside(from, dx: side * max(left, 0.03))
    let obstacles = Obstacles(situation, bench, ignoring: [index])
    let ways = attempt % 2 == 0 ? [false, true] : [true, false]
    for isOver in ways {
      for spot in spots {
        let way = spot - from
        let parts = isOver ? [1] : [0.25, 0.5, 0.75, 1]
        guard parts.allSatisfy({ isFree(situation, index, at: way * $0, among: obstacles) }),
          let plan = graspPlan(
            situation, index, preferredYaw: preferredYaw(at: spot), attempt: attempt,
            then: { goal in parts.map { goal.moved(by: way * $0) } })
        else { continue }
        // At the table's edge the task must be over while the block still slides on it.
        let beyond = spot + Vector3(side * 0.04, 0, 0)
        let height = isOnTable(beyond, among: obstacles) ? Self.clearance : 0.002
        return letGo(situation) + grasp(situation, index, by: plan)
          + (isOver ? carry(index, along: way) : [drag(index, along: way, at: height)]) + [
            putDown()
          ]
      }
    }
    if attempt % 2 == 0, let nearer = drawNearer(situation, index) { return nearer }
    return letGo(situation) + nudge(situation, index, to: spots[0], side: side)
  }

  /// Whether a block moved by `way` along its surface touches nothing else.
  func isFree(
    _ situation: Situation, _ index: Int, at way: Vector3, among obstacles: Obstacles
  ) -> Bool {
    let room = 0.004
    var box = bench.box(of: index, at: situation.blocks[index].pose)
    box.half += Vector3(repeating: room)
    box.center += way + Vector3(0, 0, 2 * room)
    return !obstacles.touch(box)
  }

  /// Whether the table's top is under a point.
  private func isOnTable(_ point: Vector3, among obstacles: Obstacles) -> Bool {
    let half = Vector3(repeating: 0.005)
    let surface = Pose(position: point.at(z: bench.tableHeight), orientation: .identity)
    return obstacles.touch(OrientedBox(lower: Vector3.zero - half, upper: half, in: surface))
  }

  private func drag(_ index: Int, along way: Vector3, at height: Double) -> Motion {
    take("push along", index, along: way + Vector3(0, 0, height), speed: 0.7)
  }

  private func carry(_ index: Int, along way: Vector3) -> [Motion] {
    [
      take("lift", index, along: Vector3(0, 0, 0.06)), take("carry", index, along: way),
      take("put down", index, along: Vector3(0, 0, Self.clearance - 0.06), speed: 0.5),
    ]
  }

  /// Lets go of a block just above its surface: a task that asks for a block on its surface is over
  /// when it has landed, and then the hand holds nothing that the next task needs free.
  private func putDown() -> Motion {
    .fingers("release", .open, steps: 12) { s in
      TCPGoal(s.tcp, angles: s.angles)
    } until: {
      $0.opening > 0.076
    }
  }

  /// Pushes a block sideways with the closed fingers, following it.
  private func nudge(
    _ situation: Situation, _ index: Int, to target: Vector3, side: Double
  ) -> [Motion] {
    let from = situation.blocks[index].pose.position
    let rotation = Matrix3(situation.blocks[index].pose.orientation)
    let size = bench.blockSizes[index]
    let reach =
      (abs(rotation.row0.x) * size.x + abs(rotation.row0.y) * size.y
        + abs(rotation.row0.z) * size.z) / 2
    let z = bench.tableHeight + Self.fingertip + 0.008
    let yaw = preferredYaw(at: target)
    func fist(x: Double, y: Double) -> TCPGoal {
      let point = Vector3(x, y, z)
      return TCPGoal(point, yaw: yaw, lean: lean(at: target, yaw: yaw))
    }
    let start = fist(x: from.x - side * (reach + 0.04), y: from.y)
    var motions = approach(situation, start.backed(by: 0.06), .closed)
    motions.append(.move("approach", .closed, within: 0.012) { _ in start })
    let end = target.x - side * (reach - 0.01)
    motions.append(
      push("push along", speed: 0.6) { s in
        fist(x: end, y: s.blocks[index].pose.position.y)
      })
    motions.append(retreat(from: fist(x: end, y: target.y), by: 0.06, .closed))
    return motions
  }

  /// Where a block moved sideways may end up, the straightest way first.
  private func spotsBeside(_ from: Vector3, dx: Double) -> [Vector3] {
    let straight = from + Vector3(dx, 0, 0)
    return [0, -0.03, 0.03, -0.06, 0.06, -0.09, 0.09].map { straight + Vector3(0, $0, 0) }.filter {
      $0 == straight || ($0.y < bench.shelf.lower.y - 0.03 && $0.y > bench.tableFront + 0.035)
    }
  }
}

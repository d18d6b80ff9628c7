import Geometry

/// Ways from where the TCP is to where it should be.
extension Vocabulary {
  /// Room kept to everything while travelling, and where there is no such way, metres.
  private static let rooms = [0.008, 0.003]

  /// An arm that stops this far from where it should be does not get there, metres.
  private static let astray = 0.04

  /// From wherever the TCP is to `goal`; into the cabinet along the fingers, the hand already turned
  /// as there, if the arm can be. `held` is the block that comes along.
  func approach(
    _ situation: Situation, _ goal: TCPGoal, _ gripper: Motion.Gripper, holding held: Int? = nil
  ) -> [Motion] {
    let entry = goal.backed(by: 0.1)
    guard goal.position.y > travelY, reserve(at: entry) > 0 else {
      return freeWay(situation, goal, gripper, holding: held)
    }
    return freeWay(situation, entry, gripper, holding: held)
      + [.move("approach", gripper, within: 0.015, near: Self.astray) { _ in goal }]
  }

  /// Straight when nothing is in the way, otherwise over a place from which it is.
  private func freeWay(
    _ situation: Situation, _ goal: TCPGoal, _ gripper: Motion.Gripper, holding held: Int?
  ) -> [Motion] {
    let obstacles = Obstacles(situation, bench, ignoring: held.map { [$0] } ?? [])
    let opening =
      held == nil ? (gripper == .open ? Gripper.open : situation.opening) : situation.opening
    let carried = held.map { index in
      bench.box(of: index, at: situation.blocks[index].pose)
    }
    let here = situation.tcp
    let up = here.at(z: max(here.z, travelZ))
    let out = Vector3(here.x, min(here.y, travelY), up.z)
    let front = Vector3(goal.position.x, min(goal.position.y, travelY), goal.position.z)
    let over = front.at(z: max(travelZ, front.z))
    let ahead = goal.backed(by: 0.08).position
    let routes: [[Vector3]] = [
      [], [ahead], [front], [over], [up], [out], [up, over], [out, ahead], [out, front],
      [out, over],
    ]
    let free = Self.rooms.lazy.compactMap { room in
      routes.first { vias in
        isFree(
          vias, goal, from: situation, among: obstacles, opening: opening, carried: carried,
          room: room)
      }
    }.first
    var motions: [Motion] = (free ?? [out, over]).map { via in
      let there = passing(via, to: goal)
      return .move("approach", gripper, within: 0.03, passing: true, near: Self.astray) { _ in there
      }
    }
    motions.append(.move("approach", gripper, within: 0.015, near: Self.astray) { _ in goal })
    return motions
  }

  /// To the middle in front of the table, at the height of travel: from there the arm gets anywhere.
  func returnHome(_ situation: Situation) -> [Motion] {
    let front = bench.drawer.handle.center
    let home = TCPGoal(Vector3(front.x, bench.tableFront + 0.1, travelZ))
    let way = approach(
      situation, home, situation.opening > 0.07 ? .open : .closed, holding: held(situation))
    return way.map { motion in
      var motion = motion
      motion.name = "return"
      return motion
    }
  }

  /// A place on the way to `goal`, turned as there if the arm can be, else upright.
  private func passing(_ via: Vector3, to goal: TCPGoal) -> TCPGoal {
    let turned = TCPGoal(via, angles: goal.angles)
    return reserve(at: turned) > 0 ? turned : TCPGoal(via, yaw: goal.angles.z)
  }

  /// Whether hand, fingers and what they hold touch nothing on the way.
  private func isFree(
    _ vias: [Vector3], _ goal: TCPGoal, from situation: Situation, among obstacles: Obstacles,
    opening: Double, carried: OrientedBox?, room: Double
  ) -> Bool {
    var (position, angles) = (situation.tcp, situation.angles)
    for target in vias.map({ passing($0, to: goal) }) + [goal] {
      let (point, goalAngles) = (target.position, target.angles)
      let way = point - position
      // As the arm goes: straight, all angles at the same time.
      let steps = max(abs(way.x), abs(way.y), abs(way.z)) / 0.02
      let turns = (0..<3).map { wrapped(goalAngles[$0] - angles[$0]) }
      let last = point == goal.position
      let most = max(steps, last ? (turns.map(abs).max() ?? 0) / 0.05 : 0)
      for step in stride(from: 0.0, through: most + 1, by: 2) {
        let part = steps > 0 ? min(1, step / steps) : 1
        let there = position + way * part
        var turned = angles
        for axis in 0..<3 {
          turned[axis] += min(max(turns[axis], -0.05 * step), 0.05 * step)
        }
        // Where it is now it cannot help to be.
        if (there - situation.tcp).length < 0.02 { continue }
        if obstacles.touchGripper(at: there, turned, opening: opening, margin: room) {
          return false
        }
        if var box = carried {
          box.center += there - situation.tcp
          box.half += Vector3(repeating: 0.004)
          if obstacles.touch(box) { return false }
        }
        if step + 2 > most + 1 { angles = turned }
      }
      position = point
    }
    return true
  }
}

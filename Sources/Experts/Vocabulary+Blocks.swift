import Calvin
import Foundation
import Geometry

/// Blocks: grasp, lift, rotate, push, place, stack.
extension Vocabulary {
  // MARK: Rotating and pushing

  /// Turns a block about the vertical by more than 60 degrees; `turn` is +1 counter-clockwise.
  func rotate(_ situation: Situation, _ index: Int, turn: Double, attempt: Int) -> [Motion] {
    let angle = turn * 1.3
    let preferred = TCPGoal.restingYaw - angle / 2
    var motions = letGo(situation)
    motions += grasp(situation, index, preferredYaw: preferred) { goal in
      [0.5, 1].map { part in goal.turned(by: angle * part) }
    }
    var goal: TCPGoal?
    motions.append(
      Motion(name: "rotate", gripper: .closed) { s in
        if let goal { return goal }
        let end = TCPGoal(s.tcp, angles: s.angles).turned(by: angle)
        goal = end
        return end
      } outcome: { s, goal, steps in
        Motion.isThere(s, goal, within: 0.03) || steps > 50 ? .done : .running
      })
    return motions
  }

  /// Moves a block along x by more than 0.1 m and leaves it on its surface; `side` is +1 to the
  /// right. It is dragged, or carried over what is in its way.
  func push(_ situation: Situation, _ index: Int, side: Double, attempt: Int) -> [Motion] {
    let from = situation.blocks[index].pose.position
    let spots = spotsBeside(from, dx: side * 0.125)
    let obstacles = Obstacles(situation, bench, ignoring: [index])
    let ways = attempt % 2 == 0 ? [false, true] : [true]
    for isOver in ways {
      for spot in spots {
        let way = spot - from
        let parts = isOver ? [1] : [0.25, 0.5, 0.75, 1]
        guard parts.allSatisfy({ isFree(situation, index, at: way * $0, among: obstacles) }),
          let plan = graspPlan(
            situation, index, preferredYaw: preferredYaw(at: spot),
            then: { goal in parts.map { goal.moved(by: way * $0) } })
        else { continue }
        return letGo(situation) + grasp(situation, index, by: plan)
          + (isOver ? carry(index, along: way) : [drag(index, along: way)])
      }
    }
    return letGo(situation) + nudge(situation, index, to: spots[0], side: side)
  }

  /// Whether a block moved by `way` along its surface touches nothing else.
  private func isFree(
    _ situation: Situation, _ index: Int, at way: Vector3, among obstacles: Obstacles
  ) -> Bool {
    let room = 0.004
    var box = bench.box(of: index, at: situation.blocks[index].pose)
    box.half += Vector3(repeating: room)
    box.center += way + Vector3(0, 0, 2 * room)
    return !obstacles.touch(box)
  }

  private func drag(_ index: Int, along way: Vector3) -> Motion {
    take("push along", index, along: way + Vector3(0, 0, 0.002), speed: 0.7)
  }

  private func carry(_ index: Int, along way: Vector3) -> [Motion] {
    [
      take("lift", index, along: Vector3(0, 0, 0.06)), take("carry", index, along: way),
      take("put down", index, along: Vector3(0, 0, -0.065), speed: 0.5),
    ]
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

  // MARK: Placing

  /// Carries the block in the hand to `target` (its centre) and lets go.
  private func place(
    _ situation: Situation, _ index: Int, at target: Vector3, lean: Double
  ) -> [Motion] {
    let yaw = placingYaw(situation)
    // How the block sits in the hand does not change on the way.
    let offset = situation.tcp - situation.blocks[index].pose.position
    let goal = TCPGoal(target + offset, yaw: yaw, lean: lean)
    var motions = approach(situation, goal.backed(by: 0.09), .closed, holding: index)
    motions.append(
      .move("place", .closed, within: 0.006, speed: 0.7) { s in
        let held = s.tcp - s.blocks[index].pose.position
        return TCPGoal(target + held, yaw: yaw, lean: lean)
      })
    motions.append(
      .fingers("release", .open, steps: 12) { _ in
        goal
      } until: {
        $0.opening > 0.076
      })
    motions.append(retreat(from: goal, by: 0.1, .open))
    return motions
  }

  /// The yaw nearest the present one that keeps the fingers' axis within reach.
  private func placingYaw(_ situation: Situation) -> Double {
    let yaw = situation.angles.z
    return min(max(yaw, TCPGoal.restingYaw - 0.7), TCPGoal.restingYaw + 0.7)
  }

  /// Half the height of a block as it is held or lies.
  func halfHeight(_ situation: Situation, _ index: Int) -> Double {
    let rotation = Matrix3(situation.blocks[index].pose.orientation)
    let size = bench.blockSizes[index]
    let up = rotation.row2
    return (abs(up.x) * size.x + abs(up.y) * size.y + abs(up.z) * size.z) / 2
  }

  /// Puts the block in the hand on the part of the shelf the door leaves open.
  func placeOnShelf(_ situation: Situation, attempt: Int) -> [Motion] {
    guard let index = held(situation) else { return pickUpAgain(situation) }
    guard
      let open = openShelf(situation).max(by: {
        $0.upperBound - $0.lowerBound < $1.upperBound - $1.lowerBound
      })
    else { return [] }
    let width = open.upperBound - open.lowerBound
    let y = bench.shelf.lower.y + 0.055
    let z = bench.shelf.upper.z + halfHeight(situation, index) + 0.004
    let margin = min(0.1, width / 2)
    let spots = stride(from: 0.0, through: 1, by: 0.1).map {
      Vector3(open.lowerBound + margin + $0 * (width - 2 * margin), y, z)
    }
    let target = roomiest(situation, index, spots)
    return place(situation, index, at: target, lean: 0.3)
  }

  /// Puts the block in the hand into the open drawer.
  func placeInDrawer(_ situation: Situation, attempt: Int) -> [Motion] {
    guard let index = held(situation) else { return pickUpAgain(situation) }
    return place(situation, index, at: drawerSpot(situation, index), lean: 0)
  }

  private func drawerSpot(_ situation: Situation, _ index: Int) -> Vector3 {
    let floor = bench.drawer.floor.moved(
      by: bench.drawer.axis * situation.door(bench.drawer.joint))
    let back = min(floor.upper.y, bench.tableFront)
    let y = (floor.lower.y + back) / 2
    let z = floor.upper.z + halfHeight(situation, index) + 0.006
    let spots = stride(from: 0.2, through: 0.8, by: 0.1).map {
      Vector3(floor.lower.x + $0 * floor.size.x, y, z)
    }
    return roomiest(situation, index, spots)
  }

  /// The spot farthest from other blocks; among equals the most central.
  private func roomiest(_ situation: Situation, _ index: Int, _ spots: [Vector3]) -> Vector3 {
    let others = situation.blocks.indices.filter { $0 != index }.map {
      situation.blocks[$0].pose.position
    }
    let middle = spots.reduce(Vector3.zero, +) / Double(spots.count)
    func score(_ spot: Vector3) -> Double {
      let room = others.map { ($0 - spot).length }.min() ?? 1
      return min(room, 0.13) - 0.1 * (spot - middle).length
    }
    return spots.max { score($0) < score($1) } ?? middle
  }

  /// A block slipped out of the hand: take the nearest one again.
  private func pickUpAgain(_ situation: Situation) -> [Motion] {
    guard
      let nearest = situation.blocks.indices.min(by: {
        (situation.blocks[$0].pose.position - situation.tcp).length
          < (situation.blocks[$1].pose.position - situation.tcp).length
      })
    else { return [] }
    return lift(situation, nearest, attempt: 0)
  }

  /// Takes a block that lies on the table top to the edge and into the drawer.
  func pushIntoDrawer(_ situation: Situation, attempt: Int) -> [Motion] {
    if let index = held(situation) {
      return place(situation, index, at: drawerSpot(situation, index), lean: 0)
    }
    let onTable = situation.blocks.indices.filter {
      situation.touches(situation.blocks[$0], link: "base_link")
        && !situation.isStacked(situation.blocks[$0])
    }
    guard !onTable.isEmpty else { return [] }
    let center = bench.drawer.floor.center
    let sorted = onTable.sorted {
      (situation.blocks[$0].pose.position - center).length
        < (situation.blocks[$1].pose.position - center).length
    }
    return lift(situation, sorted[attempt / 2 % sorted.count], attempt: attempt)
  }

  // MARK: Stacking

  /// Puts the block in the hand on top of another one.
  func stack(_ situation: Situation, attempt: Int) -> [Motion] {
    guard let index = held(situation) else { return pickUpAgain(situation) }
    let bases = situation.blocks.indices.filter { base in
      base != index && !situation.isStacked(situation.blocks[base])
    }
    func cost(_ base: Int) -> Double {
      let block = situation.blocks[base]
      if situation.touches(block, link: "plank_link") {
        return sideToFree(situation, block.pose.position.x) == nil ? 1 : 3
      }
      return situation.touches(block, link: "drawer_link") ? 2 : 0
    }
    guard let base = bases.min(by: { cost($0) < cost($1) }) else { return [] }
    let under = situation.blocks[base].pose.position
    let z = under.z + halfHeight(situation, base) + halfHeight(situation, index) + 0.003
    return place(situation, index, at: under.at(z: z), lean: lean(at: under))
  }

  /// Takes the upper of two stacked blocks off.
  func unstack(_ situation: Situation, attempt: Int) -> [Motion] {
    let stacked = situation.blocks.indices.filter {
      situation.isStacked(situation.blocks[$0])
    }
    guard
      let index = stacked.max(by: {
        situation.blocks[$0].pose.position.z < situation.blocks[$1].pose.position.z
      })
    else { return [] }
    return lift(situation, index, attempt: attempt)
  }
}

import Calvin
import Foundation
import Geometry

/// Blocks: grasp, lift, rotate, push, place, stack.
extension Vocabulary {
  // MARK: Grasping

  /// The TCP goal that puts a block between the fingers.
  private func graspGoal(_ block: SceneInfo.Block, _ grasp: GraspPlan) -> TCPGoal {
    let center = block.pose.position
    // The fingertips stay just above what the block lies on.
    let lowest = center.z - grasp.halfHeight + Self.fingertip + 0.0018
    let z = max(center.z - 0.002, lowest)
    return TCPGoal(center.at(z: z), yaw: grasp.yaw, lean: lean(at: center, yaw: grasp.yaw))
  }

  /// The best way to grasp a block, nil when something is in the fingers' way.
  private func graspPlan(
    _ situation: Situation, _ index: Int, preferredYaw: Double
  ) -> GraspPlan? {
    let handle = bench.door.handle(at: situation.door(bench.door.joint))
    let others = situation.blocks.indices.filter {
      $0 != index && !situation.isStacked(situation.blocks[$0])
    }
    let height = situation.blocks[index].pose.position.z
    func isFree(_ finger: Vector3) -> Bool {
      handle.levelDistance(to: finger) > 0.02
        && others.allSatisfy {
          let other = situation.blocks[$0].pose.position
          return abs(other.z - height) > 0.045 || (other - finger).length > 0.042
        }
    }
    return grasps(situation, index, preferredYaw).first { $0.fingers.allSatisfy(isFree) }
  }

  private func grasps(
    _ situation: Situation, _ index: Int, _ preferredYaw: Double
  ) -> [GraspPlan] {
    GraspPlan.all(
      situation.blocks[index], size: bench.blockSizes[index], preferredYaw: preferredYaw)
  }

  /// Goes to a block, descends around it and closes the fingers.
  func grasp(
    _ situation: Situation, _ index: Int, preferredYaw: Double? = nil
  ) -> [Motion] {
    let block = situation.blocks[index]
    let position = block.pose.position
    let preferred = preferredYaw ?? self.preferredYaw(at: position)
    let free = graspPlan(situation, index, preferredYaw: preferred)
    // The door's handle is the one thing in the way that can be moved.
    let handle = bench.door.handle(at: situation.door(bench.door.joint))
    if free == nil, handle.levelDistance(to: position) < 0.1 {
      let middle = (bench.door.range.lowerBound + bench.door.range.upperBound) / 2
      let isAtLower = situation.door(bench.door.joint) < middle
      return slideDoor(situation, towards: (isAtLower ? 1 : -1) * (bench.door.axis.x > 0 ? 1 : -1))
    }
    // Between blocks that leave no room the fingers make some.
    guard let plan = free ?? grasps(situation, index, preferred).first else { return [] }
    let start = graspGoal(block, plan)
    var motions = approach(situation, start.backed(by: 0.07), .open)
    motions.append(
      Motion.move("grasp", .open, within: 0.006, speed: 0.8) { [self] s in
        graspGoal(s.blocks[index], plan)
      })
    motions.append(
      .fingers("grasp", .closed, steps: 10) { _ in
        start
      } until: { _ in
        false
      })
    motions.append(
      .fingers("grasp", .closed, steps: 1, at: { _ in start }, orFail: true) {
        $0.isGrasped($0.blocks[index])
      })
    return motions
  }

  /// The block that is in the hand.
  func held(_ situation: Situation) -> Int? {
    situation.blocks.indices.first { situation.isInHand(situation.blocks[$0]) }
      ?? situation.blocks.indices.first { situation.isGrasped(situation.blocks[$0]) }
  }

  // MARK: Lifting

  /// Lifts a block from table, shelf or drawer, after clearing what covers it. A door that had to be
  /// moved goes back to where it was at `doorAtStart` before the block is lifted.
  func lift(
    _ situation: Situation, _ index: Int, attempt: Int, doorAtStart: Double? = nil
  ) -> [Motion] {
    let block = situation.blocks[index]
    let position = block.pose.position
    let isOnShelf = position.y > bench.shelf.lower.y
    let doorMoved =
      situation.door(bench.door.joint) - (doorAtStart ?? situation.door(bench.door.joint))
    let isDoorMoved = abs(doorMoved) > 0.1
    if !isOnShelf && isDoorMoved && attempt < 6 {
      return slideDoor(situation, towards: doorMoved * bench.door.axis.x > 0 ? -1 : 1)
    }
    if isOnShelf, let side = sideToFree(situation, position.x) {
      return slideDoor(situation, towards: side)
    }
    if situation.touches(block, link: "drawer_link"), position.y > bench.tableFront - 0.03 {
      return openDrawer(situation)
    }
    if isOnShelf && (isDoorMoved || !fitsOnShelf(situation, index)) {
      return drawOut(situation, index, attempt: attempt)
    }
    var motions = letGo(situation)
    motions += grasp(situation, index)
    if isOnShelf {
      // Out of the cabinet first, so that the hand touches nothing but the block when it rises.
      motions.append(
        carry("pull out", index, speed: 0.7) { _ in
          Vector3(position.x, self.travelY + 0.02, position.z)
        })
    }
    motions.append(
      carry("lift", index, speed: 1) { s in
        Vector3(position.x, min(position.y, self.travelY + 0.02), position.z + 0.11)
      })
    return motions
  }

  /// Moves the block in the hand until its centre is at `target`.
  private func carry(
    _ name: String, _ index: Int, speed: Double, to target: @escaping (Situation) -> Vector3
  ) -> Motion {
    var start: (offset: Vector3, yaw: Double)?
    return Motion(name: name, gripper: .closed, speed: speed) { s in
      let held = start ?? (s.tcp - s.blocks[index].pose.position, s.angles.z)
      start = held
      let target = target(s)
      return TCPGoal(
        target + held.offset, yaw: held.yaw, lean: self.lean(at: target, yaw: held.yaw))
    } outcome: { s, goal, steps in
      if steps > 2 && !s.isGrasped(s.blocks[index]) { return .failed }
      return Motion.isThere(s, goal, within: 0.012) || steps > 45 ? .done : .running
    }
  }

  /// True when the open gripper has room around a block on the shelf.
  private func fitsOnShelf(_ situation: Situation, _ index: Int) -> Bool {
    let block = situation.blocks[index]
    guard
      let plan = graspPlan(situation, index, preferredYaw: TCPGoal.restingYaw),
      abs(plan.yaw - TCPGoal.restingYaw) < 0.5
    else { return false }
    let x = block.pose.position.x
    return openShelf(situation).contains { x - $0.lowerBound > 0.12 && $0.upperBound - x > 0.12 }
  }

  /// The parts of the shelf, along x, that the door leaves open.
  private func openShelf(_ situation: Situation) -> [ClosedRange<Double>] {
    let panel = bench.door.body(at: situation.door(bench.door.joint))
    let left = min(max(panel.lower.x, bench.shelf.lower.x), bench.shelf.upper.x)
    let right = max(min(panel.upper.x, bench.shelf.upper.x), bench.shelf.lower.x)
    return [bench.shelf.lower.x...left, right...bench.shelf.upper.x]
  }

  /// Draws a block out of the cabinet onto the table with the closed fingers on top of it.
  private func drawOut(_ situation: Situation, _ index: Int, attempt: Int) -> [Motion] {
    let center = situation.blocks[index].pose.position
    let top = center.z + halfHeight(situation, index)
    // Behind the middle of the block's top: drawn there, it slides; drawn in front, it tips over.
    let behind = attempt % 2 == 0 ? 0.008 : -0.002
    func tip(_ point: Vector3) -> TCPGoal {
      TCPGoal(point, lean: 0.6).backed(by: Self.fingertip)
    }
    func onTop(_ s: Situation, sunk: Double) -> Vector3 {
      let position = s.blocks[index].pose.position
      return Vector3(position.x, position.y + behind, top - sunk)
    }
    var motions = letGo(situation)
    let above = onTop(situation, sunk: 0) + Vector3(0, 0, 0.04)
    motions += approach(situation, tip(above), .closed)
    // Not a step longer than to the touch: pressed hard, a block sinks into the thin shelf.
    var press = push("press", speed: 0.4) { s in tip(onTop(s, sunk: 0.001)) }
    let isOver = press.outcome
    press.outcome = { s, goal, steps in
      s.touchesRobot(s.blocks[index]) ? .done : isOver(s, goal, steps)
    }
    motions.append(press)
    let out = Vector3(center.x, travelY, top - 0.003)
    motions.append(.move("pull out", .closed, within: 0.015, speed: 0.6) { _ in tip(out) })
    motions.append(retreat(from: tip(out), by: 0.06, .closed))
    return motions
  }

  /// The side the door must go to when it covers a point of the shelf, nil when it does not.
  private func sideToFree(_ situation: Situation, _ x: Double) -> Double? {
    let panel = bench.door.body(at: situation.door(bench.door.joint))
    let margin = 0.05
    guard x > panel.lower.x - margin && x < panel.upper.x + margin else { return nil }
    // The door leaves towards the end of its track that frees the point.
    let atLeft = bench.door.axis.x > 0 ? bench.door.range.lowerBound : bench.door.range.upperBound
    let atRight = bench.door.axis.x > 0 ? bench.door.range.upperBound : bench.door.range.lowerBound
    let roomWhenLeft = x - bench.door.body(at: atLeft).upper.x
    let roomWhenRight = bench.door.body(at: atRight).lower.x - x
    let side = roomWhenLeft > roomWhenRight ? -1.0 : 1.0
    let position = situation.door(bench.door.joint)
    let isThere = abs(position - (side < 0 ? atLeft : atRight)) < 0.01
    return isThere ? nil : side
  }

  // MARK: Rotating and pushing

  /// Turns a block about the vertical by more than 60 degrees; `turn` is +1 counter-clockwise.
  func rotate(_ situation: Situation, _ index: Int, turn: Double, attempt: Int) -> [Motion] {
    let angle = turn * 1.3
    let preferred = TCPGoal.restingYaw - angle / 2
    var motions = letGo(situation)
    motions += grasp(situation, index, preferredYaw: preferred)
    var goal: TCPGoal?
    motions.append(
      Motion(name: "rotate", gripper: .closed) { s in
        if let goal { return goal }
        let start = TCPGoal(s.tcp, yaw: s.angles.z, lean: -s.angles.y)
        let end = TCPGoal(start.position, yaw: start.yaw + angle, lean: start.lean)
        goal = end
        return end
      } outcome: { s, goal, steps in
        Motion.isThere(s, goal, within: 0.03) || steps > 50 ? .done : .running
      })
    return motions
  }

  /// Moves a block along x by more than 0.1 m without taking it off its surface; `side` is +1 to
  /// the right.
  func push(_ situation: Situation, _ index: Int, side: Double, attempt: Int) -> [Motion] {
    let from = situation.blocks[index].pose.position
    let target = freeSpot(situation, index, from: from, dx: side * 0.125)
    var motions = letGo(situation)
    if needsNudge(situation, index, target) {
      return motions + nudge(situation, index, to: target, side: side)
    }
    motions += grasp(situation, index, preferredYaw: preferredYaw(at: target))
    motions.append(
      carry("push along", index, speed: 0.6) { _ in target.at(z: from.z + 0.002) })
    return motions
  }

  /// True when a grasp that fits the block would not let the arm reach the target.
  private func needsNudge(_ situation: Situation, _ index: Int, _ target: Vector3) -> Bool {
    guard distance(to: target) > 0.7 else { return false }
    let preferred = preferredYaw(at: target)
    guard let plan = graspPlan(situation, index, preferredYaw: preferred) else { return true }
    return abs(plan.yaw - outwardYaw(to: target)) > 0.8
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

  /// Where a block dragged sideways ends up: straight, or beside what is in the way.
  private func freeSpot(
    _ situation: Situation, _ index: Int, from: Vector3, dx: Double
  ) -> Vector3 {
    let others =
      situation.blocks.indices.filter { $0 != index }.map { situation.blocks[$0].pose.position }
      + [bench.button.body.center]
    let offsets = [0, -0.03, 0.03, -0.06, 0.06, -0.09, 0.09]
    let spots = offsets.map { from + Vector3(dx, $0, 0) }.filter {
      $0.y < travelY + 0.05 && $0.y > bench.tableFront + 0.035
    }
    let clear = spots.first { spot in
      others.allSatisfy { other in
        Self.distance(from: other, toSegment: from, spot) > 0.085
          || (other - from).length < 0.085
      }
    }
    return clear ?? from + Vector3(dx, 0, 0)
  }

  /// Distance on the table plane.
  private static func distance(
    from point: Vector3, toSegment a: Vector3, _ b: Vector3
  ) -> Double {
    let (p, ab) = ((point - a).at(z: 0), (b - a).at(z: 0))
    let t = min(max(p.dot(ab) / max(ab.dot(ab), 1e-12), 0), 1)
    return (p - ab * t).length
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
    var motions = approach(situation, goal.backed(by: 0.09), .closed)
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
  private func halfHeight(_ situation: Situation, _ index: Int) -> Double {
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

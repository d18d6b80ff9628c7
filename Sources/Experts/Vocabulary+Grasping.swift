import Calvin
import Foundation
import Geometry

/// Blocks: take hold of them, and take them off what they lie on.
extension Vocabulary {
  // MARK: Planning

  /// What the gripper does with a block after it has grasped it, for the choice of the grasp.
  typealias Deed = (TCPGoal) -> [TCPGoal]

  /// The cheapest way to grasp a block in which neither hand nor fingers touch anything else,
  /// neither then nor in what follows; nil when there is none. Every second attempt, and each one
  /// made `carefully`, keeps as far away from everything as it can.
  func graspPlan(
    _ situation: Situation, _ index: Int, preferredYaw: Double? = nil, door: Double? = nil,
    attempt: Int = 0, carefully: Bool = false, then deed: Deed = { _ in [] }
  ) -> GraspPlan? {
    let block = situation.blocks[index]
    let obstacles = Obstacles(situation, bench, ignoring: [index], door: door)
    func isFree(_ plan: GraspPlan, margin: Double) -> Bool {
      let goal = plan.goal(around: block.pose.position)
      let before = [goal, goal.backed(by: Self.pregrasp / 2), goal.backed(by: Self.pregrasp)]
      let after = deed(goal)
      // Above a far block the arm need not get quite so high.
      return before.allSatisfy { reserve(at: $0) > -0.03 }
        && after.allSatisfy { reserve(at: $0) > 0 }
        && before.allSatisfy {
          !obstacles.touchGripper(at: $0, opening: Gripper.open, margin: margin)
        }
        && after.allSatisfy {
          !obstacles.touchGripper(at: $0, opening: plan.width, margin: margin)
        }
    }
    let plans = grasps(situation, index, preferredYaw)
    let roomy = plans.first { isFree($0, margin: 0.007) }
    if carefully || attempt % 2 == 1 {
      return roomy ?? plans.first { isFree($0, margin: 0.004) }
        ?? plans.first { isFree($0, margin: 0.0015) }
    }
    // A narrow way may be so much nearer that it is worth its risk.
    let dearest = (roomy?.cost ?? .infinity) - 15
    return plans.first { $0.cost < dearest && isFree($0, margin: 0.0015) } ?? roomy
  }

  private func grasps(
    _ situation: Situation, _ index: Int, _ preferredYaw: Double?
  ) -> [GraspPlan] {
    let block = situation.blocks[index]
    return GraspPlan.all(
      block, size: bench.blockSizes[index], from: situation,
      preferredYaw: preferredYaw ?? self.preferredYaw(at: block.pose.position),
      robotBase: bench.robotBase)
  }

  // MARK: Grasping

  /// Goes to a block, descends around it, closes the fingers and goes on with `next`; makes room
  /// instead when there is none for hand and fingers.
  func grasp(
    _ situation: Situation, _ index: Int, preferredYaw: Double? = nil, attempt: Int,
    for deed: Deed = { _ in [] }, then next: [Motion]
  ) -> [Motion] {
    let plan =
      graspPlan(situation, index, preferredYaw: preferredYaw, attempt: attempt, then: deed)
      ?? graspPlan(situation, index, preferredYaw: preferredYaw, attempt: attempt)
    if let plan { return letGo(situation) + grasp(situation, index, by: plan) + next }
    if attempt % 2 == 0, let nearer = drawNearer(situation, index) { return nearer }
    // The door's handle is the one thing in the way that can be moved.
    let position = situation.door(bench.door.joint)
    let handle = bench.door.handle(at: position)
    if handle.levelDistance(to: situation.blocks[index].pose.position) < 0.1 {
      let middle = (bench.door.range.lowerBound + bench.door.range.upperBound) / 2
      let side = position < middle ? bench.door.axis.x : -bench.door.axis.x
      return slideDoor(situation, towards: side > 0 ? 1 : -1)
    }
    // Between blocks that leave no room the fingers make some.
    guard let plan = grasps(situation, index, preferredYaw).first else { return [] }
    return letGo(situation) + grasp(situation, index, by: plan) + next
  }

  /// Carries out a grasp.
  func grasp(_ situation: Situation, _ index: Int, by plan: GraspPlan) -> [Motion] {
    let start = plan.goal(around: situation.blocks[index].pose.position)
    var motions = approach(situation, start.backed(by: Self.pregrasp), .open)
    motions.append(descend(to: index, by: plan))
    motions.append(.close("grasp") { _ in start })
    motions.append(
      .fingers("grasp", .closed, steps: 1, at: { _ in start }, orFail: true) {
        $0.isGrasped($0.blocks[index])
      })
    return motions
  }

  /// Moves the open fingers around a block, no deeper than they are beside it; fails when a finger
  /// comes down on the block.
  private func descend(to index: Int, by plan: GraspPlan) -> Motion {
    var motion = Motion.move("grasp", .open, within: 0.006) { s in
      let goal = plan.goal(around: s.blocks[index].pose.position)
      let depth = min(max((s.tcp - goal.position).dot(goal.pointing) * -1, 0), Self.pregrasp)
      let aside = (s.tcp - goal.backed(by: depth).position).length
      return goal.backed(by: min(max(0, aside - 0.006) * 6, Self.pregrasp))
    }
    let isOver = motion.outcome
    motion.outcome = { s, goal, steps in
      let block = s.blocks[index]
      let isAbove = (s.tcp - plan.goal(around: block.pose.position).position).length > 0.02
      return isAbove && s.touchesRobot(block) && steps > 2 ? .failed : isOver(s, goal, steps)
    }
    return motion
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
    let door = situation.door(bench.door.joint)
    let isOnShelf = position.y > bench.shelf.lower.y
    if isOnShelf, let side = sideToFree(situation, position.x) {
      return slideDoor(situation, towards: side)
    }
    if situation.touches(block, link: "drawer_link"), position.y > bench.tableFront - 0.03 {
      return openDrawer(situation)
    }
    // Up from table and drawer, out of the cabinet back the way the hand came.
    let upwards: Deed = { goal in [0.04, 0.08].map { goal.moved(by: Vector3(0, 0, $0)) } }
    if !isOnShelf, let doorAtStart, abs(door - doorAtStart) > 0.1,
      graspPlan(situation, index, door: doorAtStart, then: upwards) != nil
    {
      let side = (doorAtStart - door) * bench.door.axis.x
      return slideDoor(situation, towards: side > 0 ? 1 : -1)
    }
    guard isOnShelf else {
      return grasp(
        situation, index, attempt: attempt, for: upwards,
        then: [take("lift", index, along: Vector3(0, 0, 0.11))])
    }
    // A hand that brushes the cabinet has not taken the block alone.
    guard attempt % 3 != 2, let plan = graspPlan(situation, index, carefully: true) else {
      return drawOut(situation, index, attempt: attempt)
    }
    let goal = plan.goal(around: position)
    return letGo(situation) + grasp(situation, index, by: plan)
      + [take("pull out", index, holding: goal, along: goal.pointing * -0.1 + Self.outOfCabinet)]
  }

  /// Moves the block in the hand by `way`, the hand turned as it is.
  func take(
    _ name: String, _ index: Int, holding goal: TCPGoal? = nil, along way: Vector3,
    speed: Double = 1
  ) -> Motion {
    var end: TCPGoal?
    return Motion(name: name, gripper: .closed, speed: speed) { s in
      if let end { return end }
      let there = TCPGoal(s.tcp + way, angles: goal?.angles ?? s.angles)
      end = there
      return there
    } outcome: { s, goal, steps in
      if steps > 2 && !s.isGrasped(s.blocks[index]) { return .failed }
      return Motion.isThere(s, goal, within: 0.012) || steps > 45 ? .done : .running
    }
  }

  // MARK: The shelf

  /// Added to the way back out of the cabinet, away from its back wall, metres.
  private static let outOfCabinet = Vector3(0, -0.03, 0)

  /// The parts of the shelf, along x, that the door leaves open.
  func openShelf(_ situation: Situation) -> [ClosedRange<Double>] {
    let panel = bench.door.body(at: situation.door(bench.door.joint))
    let left = min(max(panel.lower.x, bench.shelf.lower.x), bench.shelf.upper.x)
    let right = max(min(panel.upper.x, bench.shelf.upper.x), bench.shelf.lower.x)
    return [bench.shelf.lower.x...left, right...bench.shelf.upper.x]
  }

  /// The side the door must go to when it covers a point of the shelf, nil when it does not.
  func sideToFree(_ situation: Situation, _ x: Double) -> Double? {
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
}

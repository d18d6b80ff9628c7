import Geometry

/// One piece of a recipe: where to go with the gripper open or closed, and when it is over.
struct Motion {
  /// How a motion ended.
  enum Outcome {
    /// Go on in this motion.
    case running
    /// The next motion's turn.
    case done
    /// The recipe is of no use any more; make a new plan.
    case failed
    /// The arm got stuck on a free way; make a new plan from a place it reaches easily.
    case stuck
  }

  enum Gripper: Double {
    case open = 1
    case closed = -1
  }

  /// The word of the vocabulary it stands for, e.g. `approach`.
  var name: String
  var gripper: Gripper
  /// Largest translation per step, as a part of the largest relative action.
  var speed = 1.0
  /// Where to be, given what is seen now.
  var goal: (Situation) -> TCPGoal
  /// Whether it is over, given what is seen now and the steps spent in it.
  var outcome: (_ situation: Situation, _ goal: TCPGoal, _ steps: Int) -> Outcome
}

extension Motion {
  /// Longest any motion may take, steps.
  private static let patience = 45

  /// Whether the TCP is at the goal.
  static func isThere(
    _ situation: Situation, _ goal: TCPGoal, within tolerance: Double
  ) -> Bool {
    let angles = goal.angles
    return (situation.tcp - goal.position).length < tolerance
      && (0..<3).allSatisfy { abs(wrapped(situation.angles[$0] - angles[$0])) < 0.06 }
  }

  /// Moves the TCP until it is within `tolerance`, metres, or stops getting anywhere. A goal that
  /// is only passed need not be reached in its angles; one that is not reached `near`, metres,
  /// leaves the arm stuck.
  static func move(
    _ name: String, _ gripper: Gripper, within tolerance: Double = 0.01, speed: Double = 1,
    passing: Bool = false, near: Double = .infinity, to goal: @escaping (Situation) -> TCPGoal
  ) -> Motion {
    var stalled = 0
    var last: (tcp: Vector3, angles: Vector3)?
    return Motion(name: name, gripper: gripper, speed: speed, goal: goal) {
      situation, goal, steps in
      let isStill = last.map { last in
        (situation.tcp - last.tcp).length < 0.0005
          && (0..<3).allSatisfy { abs(wrapped(situation.angles[$0] - last.angles[$0])) < 0.004 }
      }
      stalled = isStill == true ? stalled + 1 : 0
      last = (situation.tcp, situation.angles)
      let isThere =
        passing
        ? (situation.tcp - goal.position).length < tolerance
        : isThere(situation, goal, within: tolerance)
      if isThere { return .done }
      guard stalled > 4 || steps >= patience else { return .running }
      return (situation.tcp - goal.position).length < near ? .done : .stuck
    }
  }

  /// Closes the fingers until they meet something or each other.
  static func close(_ name: String, at goal: @escaping (Situation) -> TCPGoal) -> Motion {
    var still = 0
    var last: Double?
    return Motion(name: name, gripper: .closed, goal: goal) { situation, _, steps in
      if steps == 0 { (still, last) = (0, nil) }
      if let last, abs(situation.opening - last) < 0.0005 { still += 1 } else { still = 0 }
      last = situation.opening
      return (steps > 3 && still > 2) || steps >= 12 ? .done : .running
    }
  }

  /// Holds the pose reached so far and moves the fingers until `isDone`, `steps` at most.
  static func fingers(
    _ name: String, _ gripper: Gripper, steps limit: Int, at goal: @escaping (Situation) -> TCPGoal,
    orFail: Bool = false, until isDone: @escaping (Situation) -> Bool
  ) -> Motion {
    Motion(name: name, gripper: gripper, goal: goal) { situation, _, steps in
      if isDone(situation) { return .done }
      return steps < limit ? .running : orFail ? .failed : .done
    }
  }
}

extension TaskPredicate {
  /// The predicate with its thresholds in one line of plain words.
  public var summary: String {
    switch self {
    case .rotate(let block, let degrees, let tilt, let limit, let travel):
      "\(block) turns \(degrees > 0 ? "left" : "right") by \(number(abs(degrees)))° to "
        + "\(number(limit))°, tilts less than \(number(tilt))°, moves at most \(number(travel)) m, "
        + "and ends on something besides the gripper"
    case .push(let block, let x, let y):
      "\(block) moves more than \(number(abs(x + y))) m along \(x + y < 0 ? "-" : "+")"
        + "\(x != 0 ? "x" : "y") and keeps touching what it lay on"
    case .lift(let block, let height, let surface):
      "\(block) rises more than \(number(height)) m"
        + (surface.map { " from \(spelled($0))" } ?? "") + ", touched only by the robot"
    case .place(let surface):
      "the one block the robot held is let go and touches \(spelled(surface))"
    case .pushInto(let blocks, let source, let destination):
      "one of \(blocks.joined(separator: ", ")) goes from \(spelled(source)) alone to "
        + spelled(destination)
    case .moveDoorAbsolutely(let joint, let start, let end):
      "\(joint) goes from \(start < end ? "below" : "above") \(number(start)) m to "
        + "\(start < end ? "above" : "below") \(number(end)) m"
    case .moveDoor(let joint, let threshold):
      "\(joint) moves by \(threshold > 0 ? "more than +" : "less than ")\(number(threshold)) m"
    case .toggleLight(let name, let start, let end):
      "\(name) goes from \(start == 1 ? "on" : "off") to \(end == 1 ? "on" : "off")"
    case .stack(let speed):
      "a block that touched no block touches only blocks, slower than \(number(speed)) m/s and "
        + "rad/s on every axis"
    case .unstack(let speed):
      "a block that touched only blocks, slower than \(number(speed)) m/s and rad/s on every axis, "
        + "touches none"
    }
  }

  private func number(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }
}

extension SkillTable.Transition {
  /// The conditions in one line: `red_block: slider_left, slider: right`.
  public var needsSummary: String {
    needs.map { "\($0.key): \($0.values.map(\.description).joined(separator: "/"))" }
      .joined(separator: ", ")
  }
}

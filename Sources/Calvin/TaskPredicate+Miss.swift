import Geometry

extension TaskPredicate {
  /// Why the predicate does not hold: what was reached of what was asked, and which other
  /// conditions failed. Nil when it holds.
  public func miss(from start: SceneInfo, to end: SceneInfo) -> String? {
    guard !holds(from: start, to: end) else { return nil }
    let reasons = reasons(from: start, to: end)
    return reasons.isEmpty ? "the scene lacks what the task names" : joined(reasons)
  }

  private func joined(_ reasons: [String]) -> String { reasons.joined(separator: ", ") }

  private func reasons(from start: SceneInfo, to end: SceneInfo) -> [String] {
    var reasons: [String] = []
    func require(_ condition: Bool, _ reason: @autoclosure () -> String) {
      if !condition { reasons.append(reason()) }
    }
    let robot = start.names.robot
    switch self {
    case .rotate(let name, let degrees, let tilt, let limit, let travel):
      guard let before = start.block(name), let after = end.block(name) else { return [] }
      let turn = eulerDegrees(from: before.pose.orientation, to: after.pose.orientation)
      let moved = (after.pose.position - before.pose.position).length
      let isEnough =
        degrees > 0 ? turn.z > degrees && turn.z < limit : turn.z < degrees && turn.z > -limit
      require(isEnough, "turned \(rounded(turn.z, 1))° of \(rounded(degrees, 1))°")
      require(
        abs(turn.x) < tilt && abs(turn.y) < tilt,
        "tilted \(rounded(max(abs(turn.x), abs(turn.y)), 1))° (less than \(rounded(tilt, 1))°)")
      require(!(moved > travel), "moved \(rounded(moved)) m (at most \(rounded(travel)) m)")
      require(
        after.contacts.contains { $0.body != robot },
        after.contacts.isEmpty ? "touches nothing" : "touches only the robot")

    case .push(let name, let x, let y):
      guard let before = start.block(name), let after = end.block(name) else { return [] }
      let moved = after.pose.position - before.pose.position
      let (axis, way, goal) = x != 0 ? ("x", moved.x, x) : ("y", moved.y, y)
      require(
        goal > 0 ? way > goal : way < goal,
        "moved \(rounded(way)) m of \(rounded(goal)) m along \(axis)")
      let surfaces = before.contacts.filter { $0.body != robot }
      require(!surfaces.isEmpty, "touched nothing but the robot at the start")
      let lost = surfaces.filter { !after.contacts.contains($0) }
      require(lost.isEmpty, "no longer touches \(listed(lost, end))")

    case .lift(let name, let height, let surface):
      guard let before = start.block(name), let after = end.block(name) else { return [] }
      let rise = after.pose.position.z - before.pose.position.z
      require(rise > height, "rose \(rounded(rise)) m of \(rounded(height)) m")
      let others = after.contacts.filter { $0.body != robot }
      require(others.isEmpty, "still touches \(listed(others, end))")
      require(after.contacts.contains { $0.body == robot }, "is not held by the robot")
      if let surface {
        require(before.touches(surface, in: start), "was not on \(spelled(surface)) at the start")
      }

    case .place(let surface):
      guard let held = start.bodyTheRobotTouchesAlone,
        let before = start.blocks.first(where: { $0.body == held }),
        let after = end.block(before.name)
      else { return ["the robot did not hold one block alone at the start"] }
      require(
        before.touchesOnly(robot),
        "\(before.name) touched \(listed(before.contacts, start)) at the start")
      require(
        !end.robotContacts.contains { $0.body == held }, "the robot still touches \(before.name)")
      require(
        after.touches(surface, in: end),
        after.contacts.isEmpty
          ? "\(before.name) touches nothing, not \(spelled(surface))"
          : "\(before.name) touches \(listed(after.contacts, end)), not \(spelled(surface))")

    case .pushInto(let names, let source, let destination):
      for name in names {
        guard let before = start.block(name), let after = end.block(name),
          before.touches(source, in: start)
        else { continue }
        require(
          before.contacts.count == 1,
          "\(name) touched \(listed(before.contacts, start)) at the start")
        require(
          after.touches(destination, in: end),
          "\(name) touches \(after.contacts.isEmpty ? "nothing" : listed(after.contacts, end)), "
            + "not \(spelled(destination))")
      }
      require(!reasons.isEmpty, "no block lay on \(spelled(source)) at the start")

    case .moveDoorAbsolutely(let joint, let from, let to):
      guard let before = start.door(joint), let after = end.door(joint) else { return [] }
      require(
        false,
        "\(joint) went from \(rounded(before)) to \(rounded(after)) m "
          + "(from beyond \(rounded(from)) to beyond \(rounded(to)) m)")

    case .moveDoor(let joint, let threshold):
      guard let before = start.door(joint), let after = end.door(joint) else { return [] }
      require(false, "\(joint) moved \(rounded(after - before)) m of \(rounded(threshold)) m")

    case .toggleLight(let name, let from, let to):
      guard let before = start.light(name), let after = end.light(name) else { return [] }
      func word(_ state: Int) -> String { state == 1 ? "on" : state == 0 ? "off" : "\(state)" }
      require(before == from, "\(name) was \(word(before)) at the start")
      require(after == to, "\(name) is \(word(after)), not \(word(to))")

    case .stack(let speed):
      let touching = end.blocks.filter { $0.touchesBlock(of: start) }
      require(!touching.isEmpty, "no block touches another")
      for after in touching {
        guard let before = start.block(after.name) else { continue }
        let others = after.contacts.filter { contact in
          !start.blocks.contains { $0.body == contact.body }
        }
        if before.touchesBlock(of: start) {
          reasons.append("\(after.name) touched a block from the start")
        } else if !others.isEmpty {
          reasons.append("\(after.name) still touches \(listed(others, end))")
        } else if !after.isSlower(than: speed) {
          reasons.append("\(after.name) is too fast (\(rounded(speed)) m/s, rad/s)")
        }
      }

    case .unstack(let speed):
      let stacked = start.blocks.filter { $0.touchesOnlyBlocks(of: start) }
      require(!stacked.isEmpty, "no block was stacked at the start")
      for before in stacked {
        guard let after = end.block(before.name) else { continue }
        if after.touchesBlock(of: start) {
          reasons.append("\(before.name) still touches \(listed(after.contacts, end))")
        } else if !before.isSlower(than: speed) {
          reasons.append("\(before.name) was too fast at the start (\(rounded(speed)) m/s, rad/s)")
        }
      }
    }
    return reasons
  }

  func spelled(_ surface: Surface) -> String {
    surface.link.map { "\(surface.body)/\($0)" } ?? surface.body
  }

  private func listed(_ contacts: [SceneInfo.Contact], _ info: SceneInfo) -> String {
    var names: [String] = []
    for name in contacts.map(info.name(of:)) where !names.contains(name) { names.append(name) }
    return names.joined(separator: " and ")
  }

  /// A figure with at most `digits` decimals and no trailing zeros.
  private func rounded(_ value: Double, _ digits: Int = 3) -> String {
    guard value.isFinite else { return "\(value)" }
    let scale = digits == 1 ? 10.0 : 1000.0
    // Adding zero turns -0.0 into 0.0.
    let text = "\((value * scale).rounded() / scale + 0)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

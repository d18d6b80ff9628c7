import Geometry

/// Doors, drawer, switch and button.
extension Vocabulary {
  /// Pushes the door's handle sideways; `side` is +1 to the right (+x), -1 to the left.
  func slideDoor(_ situation: Situation, towards side: Double) -> [Motion] {
    let door = bench.door
    let handle = door.handle(at: situation.door(door.joint))
    // Beside the handle, near its lower end, where it sticks out most; above blocks on the table.
    let gap = Self.closedHalfWidth + 0.02
    let x = side > 0 ? handle.lower.x - gap : handle.upper.x + gap
    let z = max(handle.lower.z + 0.02, bench.tableHeight + 0.055) + Self.fingertip
    let beside = TCPGoal(Vector3(x, handle.lower.y + 0.018, z))
    var motions = letGo(situation)
    motions += approach(
      situation, TCPGoal(Vector3(x, travelY, z)), .closed)
    motions.append(.move("approach", .closed, within: 0.012) { _ in beside })
    let travel = side * (door.range.upperBound - door.range.lowerBound + 0.1)
    let end = TCPGoal(beside.position + Vector3(travel, 0, 0))
    motions.append(push("push along", to: end))
    motions.append(
      .move("retreat", .closed, within: 0.03) { s in
        TCPGoal(Vector3(s.tcp.x, self.travelY, z))
      })
    return motions
  }

  /// Moves towards `goal` with closed fingers until the TCP stops getting anywhere.
  private func push(_ name: String, to goal: TCPGoal) -> Motion {
    push(name, speed: 1) { _ in goal }
  }

  /// Moves towards a goal that may follow what is pushed, until the TCP stops getting anywhere.
  func push(
    _ name: String, speed: Double, to goal: @escaping (Situation) -> TCPGoal
  ) -> Motion {
    var stalled = 0
    var last: Vector3?
    return Motion(name: name, gripper: .closed, speed: speed, goal: goal) {
      situation, goal, steps in
      if steps == 0 { (stalled, last) = (0, nil) }
      if let last, (situation.tcp - last).length < 0.001 { stalled += 1 } else { stalled = 0 }
      last = situation.tcp
      return Motion.isThere(situation, goal, within: 0.01) || (steps > 6 && stalled > 4)
        || steps > 60 ? .done : .running
    }
  }

  /// Hooks the closed fingers behind the drawer's handle and pulls it out.
  func openDrawer(_ situation: Situation) -> [Motion] {
    let drawer = bench.drawer
    let handle = drawer.handle(at: situation.door(drawer.joint))
    let x = handle.center.x
    let y = handle.upper.y + 0.022
    let z = handle.upper.z - 0.012
    var motions = letGo(situation)
    motions += approach(
      situation, TCPGoal(Vector3(x, y, bench.tableHeight + 0.06)), .closed)
    motions.append(.move("approach", .closed, within: 0.012) { _ in TCPGoal(Vector3(x, y, z)) })
    let out = drawer.handle(at: drawer.range.upperBound).upper.y
    motions.append(push("pull handle", to: TCPGoal(Vector3(x, out, z))))
    motions.append(
      .move("retreat", .closed, within: 0.03) { s in
        TCPGoal(s.tcp.at(z: self.bench.tableHeight + 0.06))
      })
    return motions
  }

  /// Pushes the drawer's handle in from the front.
  func closeDrawer(_ situation: Situation) -> [Motion] {
    let drawer = bench.drawer
    let handle = drawer.handle(at: situation.door(drawer.joint))
    let x = handle.center.x
    let y = handle.lower.y - 0.035
    let z = handle.center.z + 0.005
    var motions = letGo(situation)
    motions += approach(
      situation, TCPGoal(Vector3(x, y, bench.tableHeight + 0.06)), .closed)
    motions.append(.move("approach", .closed, within: 0.015) { _ in TCPGoal(Vector3(x, y, z)) })
    let home = drawer.handle(at: drawer.range.lowerBound).lower.y
    motions.append(push("push along", to: TCPGoal(Vector3(x, home + 0.01, z))))
    motions.append(
      .move("retreat", .closed, within: 0.03) { s in
        TCPGoal(Vector3(s.tcp.x, s.tcp.y - 0.04, self.bench.tableHeight + 0.06))
      })
    return motions
  }

  /// Pushes the switch's lever along its slot, from below and in front or from above.
  func flipSwitch(_ situation: Situation, up: Bool, attempt: Int) -> [Motion] {
    let lever = bench.switchLever
    let body = lever.body(at: situation.switchPosition)
    let travel = lever.range.upperBound - lever.range.lowerBound
    // Another place along the lever each time.
    let x = body.center.x + [0, -0.025, 0.025][attempt % 3]
    var motions = letGo(situation)
    if up {
      let touching = Vector3(
        x, body.lower.y + 0.012, body.lower.z + 0.005 + Self.fingertip)
      let end = reaching(touching + lever.axis * (travel + 0.05))
      func fist(_ point: Vector3) -> TCPGoal { TCPGoal(point, angles: end.angles) }
      motions += approach(situation, fist(touching + Vector3(0, -0.06, 0)), .closed)
      motions.append(.move("approach", .closed, within: 0.015) { _ in fist(touching) })
      motions.append(push("flip", to: end))
      motions.append(
        .move("retreat", .closed, within: 0.03) { s in
          fist(Vector3(s.tcp.x, self.travelY, s.tcp.z))
        })
    } else {
      // The lever's bar is its front part.
      let bar = Vector3(x, body.lower.y + 0.018, body.upper.z)
      let yaw = preferredYaw(at: bar)
      func tip(at point: Vector3) -> TCPGoal {
        TCPGoal(point, yaw: yaw, lean: lean(at: point, yaw: yaw)).backed(by: Self.fingertip)
      }
      motions += approach(situation, tip(at: bar + Vector3(0, -0.01, 0.05)), .closed)
      motions.append(
        .move("approach", .closed, within: 0.012) { _ in
          tip(at: bar + Vector3(0, 0, 0.015))
        })
      motions.append(push("flip", to: tip(at: bar - lever.axis * (travel + 0.03))))
      motions.append(
        .move("retreat", .closed, within: 0.03) { s in
          TCPGoal(Vector3(s.tcp.x, self.travelY, s.tcp.z + 0.03))
        })
    }
    return motions
  }

  /// Presses the button and comes up again.
  func pressButton(_ situation: Situation) -> [Motion] {
    let button = bench.button.body
    let top = Vector3(button.center.x, button.center.y, button.upper.z + Self.fingertip)
    var motions = letGo(situation)
    let above = TCPGoal(top + Vector3(0, 0, 0.03))
    motions += approach(situation, above, .closed)
    motions.append(push("press", to: TCPGoal(top - Vector3(0, 0, 0.03))))
    motions.append(.move("retreat", .closed, within: 0.01) { _ in above })
    return motions
  }
}

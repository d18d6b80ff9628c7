import Geometry

/// How to do one task: makes a plan from what is seen.
struct Recipe {
  /// The motions to make from here; called again when they are over without success.
  let plan: (_ situation: Situation, _ attempt: Int) -> [Motion]

  /// The recipe of an official task name.
  init(task: String, _ words: Vocabulary) throws(ExpertError) {
    guard let plan = Self.plan(of: task, words) else {
      throw .unknownTask(task)
    }
    self.plan = plan
  }

  private typealias Plan = (Situation, Int) -> [Motion]

  private static func plan(of task: String, _ words: Vocabulary) -> Plan? {
    switch task {
    case "move_slider_left": return { s, _ in words.slideDoor(s, towards: -1) }
    case "move_slider_right": return { s, _ in words.slideDoor(s, towards: 1) }
    case "open_drawer": return { s, _ in words.openDrawer(s) }
    case "close_drawer": return { s, _ in words.closeDrawer(s) }
    case "turn_on_lightbulb": return { s, n in words.flipSwitch(s, up: true, attempt: n) }
    case "turn_off_lightbulb": return { s, n in words.flipSwitch(s, up: false, attempt: n) }
    case "turn_on_led", "turn_off_led": return { s, _ in words.pressButton(s) }
    case "place_in_slider": return { s, n in words.placeOnShelf(s, attempt: n) }
    case "place_in_drawer": return { s, n in words.placeInDrawer(s, attempt: n) }
    case "push_into_drawer": return { s, n in words.pushIntoDrawer(s, attempt: n) }
    case "stack_block": return { s, n in words.stack(s, attempt: n) }
    case "unstack_block": return { s, n in words.unstack(s, attempt: n) }
    default: break
    }
    let parts = task.split(separator: "_").map(String.init)
    guard parts.count == 4, parts[2] == "block" else { return nil }
    let name = "block_" + parts[1]
    func block(_ situation: Situation) -> Int? {
      situation.blocks.firstIndex { $0.name == name }
    }
    switch (parts[0], parts[3]) {
    case ("rotate", "left"), ("rotate", "right"):
      let turn = parts[3] == "left" ? 1.0 : -1.0
      return { s, n in block(s).map { words.rotate(s, $0, turn: turn, attempt: n) } ?? [] }
    case ("push", "left"), ("push", "right"):
      let side = parts[3] == "left" ? -1.0 : 1.0
      var xAtStart: Double?
      return { s, n in
        guard let block = block(s) else { return [] }
        let x = xAtStart ?? s.blocks[block].pose.position.x
        xAtStart = x
        return words.push(s, block, side: side, from: x, attempt: n)
      }
    case ("lift", "table"), ("lift", "slider"), ("lift", "drawer"):
      var doorAtStart: Double?
      return { s, n in
        let door = doorAtStart ?? s.door(words.bench.door.joint)
        doorAtStart = door
        return block(s).map { words.lift(s, $0, attempt: n, doorAtStart: door) } ?? []
      }
    default:
      return nil
    }
  }
}

import NumPy
import Yams

extension TaskOracle {
  /// Reads a tasks file in the official form: `tasks:` maps a name to a predicate of calvin_env's
  /// `Tasks` class and its arguments (`open_drawer: [move_door_rel, 'base__drawer', 0.12]`).
  public init(tasksFile path: String) throws(CalvinError) {
    try self.init(yaml: try readText(path), source: path)
  }

  /// Reads the text of a tasks file; `source` names it in errors.
  public init(yaml text: String, source: String) throws(CalvinError) {
    let root = try YAMLNode(text: text, source: source)
    var tasks: [Task] = []
    for (name, arguments) in try root.required("tasks").mapping() {
      tasks.append(Task(name: name, predicate: try TaskPredicate(arguments)))
    }
    self.init(tasks: tasks)
  }
}

extension TaskPredicate {
  /// A predicate from `[function, argument, ...]`.
  fileprivate init(_ node: YAMLNode) throws(CalvinError) {
    var arguments = Arguments(try node.sequence(), node: node)
    let function = try arguments.next("a function").string()
    switch function {
    case "rotate_object":
      self = .rotate(
        block: try arguments.next("a block").string(),
        degrees: try arguments.next("degrees").number(),
        tilt: try arguments.optional()?.number() ?? 30,
        limit: try arguments.optional()?.number() ?? 180,
        travel: try arguments.optional()?.number() ?? 0.1)
    case "push_object":
      let block = try arguments.next("a block").string()
      let x = try arguments.next("metres along x").number()
      let y = try arguments.next("metres along y").number()
      guard x * y == 0, x + y != 0 else {
        throw node.error("push_object: exactly one of x and y must be 0, not \(x) and \(y)")
      }
      self = .push(block: block, x: x, y: y)
    case "lift_object":
      let block = try arguments.next("a block").string()
      let height = try arguments.next("metres").number()
      guard height > 0 else { throw node.error("lift_object: \(height) m is not above 0") }
      self = .lift(block: block, height: height, surface: try arguments.optionalSurface())
    case "place_object":
      self = .place(
        Surface(
          body: try arguments.next("a body").string(), link: try arguments.optional()?.string()))
    case "push_object_into":
      let blocks = try arguments.next("a block or a list of blocks")
      self = .pushInto(
        blocks: try blocks.strings(), source: try arguments.surface(),
        destination: try arguments.surface())
    case "move_door_abs":
      let joint = try arguments.next("a joint").string()
      let start = try arguments.next("the start threshold").number()
      let end = try arguments.next("the end threshold").number()
      guard start != end else { throw node.error("move_door_abs: both thresholds are \(start)") }
      self = .moveDoorAbsolutely(joint: joint, start: start, end: end)
    case "move_door_rel":
      self = .moveDoor(
        joint: try arguments.next("a joint").string(),
        threshold: try arguments.next("metres").number())
    case "toggle_light":
      self = .toggleLight(
        name: try arguments.next("a light").string(),
        start: try arguments.next("the start state").integer(),
        end: try arguments.next("the end state").integer())
    case "stack_objects": self = .stack(speed: try arguments.optional()?.number() ?? 1)
    case "unstack_objects": self = .unstack(speed: try arguments.optional()?.number() ?? 1)
    default:
      throw node.error(
        "no predicate is called '\(function)' (rotate_object, push_object, lift_object, "
          + "place_object, push_object_into, move_door_abs, move_door_rel, toggle_light, "
          + "stack_objects, unstack_objects)")
    }
    try arguments.end(of: function)
  }

  private struct Arguments {
    private var rest: ArraySlice<YAMLNode>
    private let node: YAMLNode

    init(_ arguments: [YAMLNode], node: YAMLNode) {
      rest = arguments[...]
      self.node = node
    }

    mutating func next(_ meaning: String) throws(CalvinError) -> YAMLNode {
      guard let first = rest.popFirst() else { throw node.error("expected \(meaning) here") }
      return first
    }

    mutating func optional() -> YAMLNode? { rest.popFirst() }

    mutating func surface() throws(CalvinError) -> Surface {
      Surface(body: try next("a body").string(), link: try next("a link").string())
    }

    mutating func optionalSurface() throws(CalvinError) -> Surface? {
      guard let body = optional() else { return nil }
      return Surface(body: try body.string(), link: try optional()?.string())
    }

    func end(of function: String) throws(CalvinError) {
      guard rest.isEmpty else { throw node.error("\(function): \(rest.count) arguments too many") }
    }
  }
}

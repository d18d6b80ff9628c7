import NumPy

/// Reads and writes lists of chains in the form of RoboVLMs' `eval_sequences.json`:
/// `[[initial_state, [task, task, task, task, task]], ...]`.
public enum SequenceFile {
  /// Reads the chains of a file; tasks must be among `tasks`.
  public static func read(_ path: String, tasks: [String]) throws(CalvinError) -> [Chain] {
    let bytes: [UInt8]
    do { bytes = try readFile(path) } catch { throw CalvinError(path, error.message) }
    return try parse(bytes, source: path, tasks: tasks)
  }

  /// Reads chains from JSON text; `source` names it in errors.
  public static func parse(
    _ bytes: [UInt8], source: String, tasks: [String]
  ) throws(CalvinError) -> [Chain] {
    guard let list = try OrderedJSON(parsing: bytes, source: source).elements else {
      throw CalvinError(source, "expected a list of [initial state, [five tasks]]")
    }
    guard !list.isEmpty else { throw CalvinError(source, "holds no chain") }
    var chains: [Chain] = []
    for (index, element) in list.enumerated() {
      let place = "\(source): chain \(index)"
      guard let pair = element.elements, pair.count == 2 else {
        throw CalvinError(place, "expected [initial state, [five tasks]]")
      }
      let state = try initialState(pair[0], place: place)
      guard let names = pair[1].strings, names.count == ChainGenerator.length else {
        throw CalvinError(place, "expected a list of \(ChainGenerator.length) task names")
      }
      if let unknown = names.first(where: { !tasks.contains($0) }) {
        throw CalvinError(
          place, "no task is called '\(unknown)' (\(tasks.joined(separator: ", ")))")
      }
      chains.append(Chain(index: index, initialState: state, subtasks: names))
    }
    return chains
  }

  /// The list as Python's `json.dump` writes it.
  public static func text(of chains: [Chain]) -> String {
    OrderedJSON.array(chains.map { .array([$0.initialState.json, $0.subtaskList]) }).pythonText
  }

  private static func initialState(
    _ json: OrderedJSON, place: String
  ) throws(CalvinError) -> InitialState {
    guard case .object(let members) = json else {
      throw CalvinError(place, "expected an initial state as an object")
    }
    var entries: [InitialState.Entry] = []
    for member in members {
      guard let choices = choices[member.key] else {
        throw CalvinError(
          place,
          "unknown key '\(member.key)' in the initial state "
            + "(\(choices.keys.sorted().joined(separator: ", ")))")
      }
      let value =
        member.value.integer.map(InitialState.Value.number)
        ?? member.value.string.map(InitialState.Value.word)
      guard let value, choices.contains(value) else {
        throw CalvinError(
          place,
          "\(member.key) is \(member.value.pythonText), expected one of "
            + choices.map(\.description).joined(separator: ", "))
      }
      entries.append(InitialState.Entry(key: member.key, value: value))
    }
    let missing = choices.keys.filter { key in !entries.contains { $0.key == key } }
    guard missing.isEmpty else {
      throw CalvinError(
        place, "the initial state lacks \(missing.sorted().joined(separator: ", "))")
    }
    try checkPlaces(of: entries, place: place)
    return InitialState(entries: entries)
  }

  /// Blocks that would start inside each other are refused: the table has two places, a shelf one.
  private static func checkPlaces(
    of entries: [InitialState.Entry], place: String
  ) throws(CalvinError) {
    for (surface, room) in [("table", 2), ("slider_left", 1), ("slider_right", 1)] {
      let count = entries.filter { $0.value == .word(surface) }.count
      if count > room {
        throw CalvinError(place, "\(count) blocks at \(surface), which has room for \(room)")
      }
    }
  }

  private static let choices: [String: [InitialState.Value]] = {
    let places: [InitialState.Value] = [
      .word("table"), .word("slider_right"), .word("slider_left"),
    ]
    return [
      "led": [.number(0), .number(1)], "lightbulb": [.number(0), .number(1)],
      "slider": [.word("right"), .word("left")], "drawer": [.word("closed"), .word("open")],
      "red_block": places, "blue_block": places, "pink_block": places, "grasped": [.number(0)],
    ]
  }()
}

extension InitialState {
  /// A state from a JSON object of whole numbers and words; nil for anything else. Keys and values
  /// are not judged (`SequenceFile` does).
  public init?(json: OrderedJSON) {
    guard case .object(let members) = json else { return nil }
    let entries = members.compactMap { member -> Entry? in
      let value = member.value.integer.map(Value.number) ?? member.value.string.map(Value.word)
      return value.map { Entry(key: member.key, value: $0) }
    }
    guard entries.count == members.count else { return nil }
    self.init(entries: entries)
  }

  /// The state as a JSON object in its key order.
  public var json: OrderedJSON {
    .object(
      entries.map { entry in
        switch entry.value {
        case .number(let number): .init(key: entry.key, value: .integer(number))
        case .word(let word): .init(key: entry.key, value: .string(word))
        }
      })
  }
}

extension Chain {
  /// The task names as a JSON list.
  public var subtaskList: OrderedJSON { .array(subtasks.map(OrderedJSON.string)) }
}

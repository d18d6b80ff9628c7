/// What each task needs and changes in a chain's symbolic state, in the official order.
public struct SkillTable: Sendable, Equatable {
  /// One task's symbolic side.
  public struct Skill: Sendable, Equatable {
    /// Official task name.
    public var task: String
    /// A chain holds no two tasks of one category, e.g. `lights`.
    public var category: String
    /// The ways it can be done; it fits a state only when exactly one does.
    public var transitions: [Transition]

    /// A skill of these parts.
    public init(task: String, category: String, transitions: [Transition]) {
      self.task = task
      self.category = category
      self.transitions = transitions
    }
  }

  /// A symbolic change: what must hold before, and what holds after.
  public struct Transition: Sendable, Equatable {
    /// Allowed values by key of the state.
    public var needs: [(key: String, values: [InitialState.Value])]
    /// New values by key of the state.
    public var gives: [InitialState.Entry]

    /// A transition of these parts.
    public init(
      needs: [(key: String, values: [InitialState.Value])], gives: [InitialState.Entry]
    ) {
      self.needs = needs
      self.gives = gives
    }

    /// Equal needs in equal order and equal changes.
    public static func == (a: Self, b: Self) -> Bool {
      a.gives == b.gives && a.needs.count == b.needs.count
        && zip(a.needs, b.needs).allSatisfy { $0.key == $1.key && $0.values == $1.values }
    }

    /// True when the state has an allowed value for every key.
    public func fits(_ state: InitialState) -> Bool {
      needs.allSatisfy { need in state[need.key].map(need.values.contains) ?? false }
    }
  }

  /// Skills in the official order, by which the chain generator draws.
  public let skills: [Skill]

  /// A table of these skills.
  public init(skills: [Skill]) {
    self.skills = skills
  }

  /// The named task's skill, nil when there is none.
  public subscript(task: String) -> Skill? { skills.first { $0.task == task } }
}

extension SkillTable {
  /// Reads `skills.yaml`: task -> `category` and `transitions`, each with `needs` and `gives`.
  public init(file path: String) throws(CalvinError) {
    try self.init(yaml: try readText(path), source: path)
  }

  /// Reads the text of such a file; `source` names it in errors.
  public init(yaml text: String, source: String) throws(CalvinError) {
    var skills: [Skill] = []
    for (task, node) in try YAMLNode(text: text, source: source).mapping() {
      var transitions: [Transition] = []
      for transition in try node.required("transitions").sequence() {
        var needs: [(key: String, values: [InitialState.Value])] = []
        for (key, values) in try transition.required("needs").mapping() {
          needs.append((key, try values.strings().map(InitialState.Value.init(spelled:))))
        }
        var gives: [InitialState.Entry] = []
        for (key, value) in try transition.required("gives").mapping() {
          let value = InitialState.Value(spelled: try value.string())
          gives.append(InitialState.Entry(key: key, value: value))
        }
        transitions.append(Transition(needs: needs, gives: gives))
      }
      skills.append(
        Skill(
          task: task, category: try node.required("category").string(), transitions: transitions))
    }
    self.init(skills: skills)
  }
}

extension InitialState.Value {
  /// A number when the text is one, else a word.
  init(spelled text: String) {
    self = Int(text).map(Self.number) ?? .word(text)
  }
}

extension InitialState.Value: CustomStringConvertible {
  /// `1` or `left`.
  public var description: String {
    switch self {
    case .number(let number): String(number)
    case .word(let word): word
    }
  }
}

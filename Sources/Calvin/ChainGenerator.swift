import Dispatch
import NumPy

/// Draws evaluation chains as upstream's `get_sequences`, chain for chain.
public struct ChainGenerator: Sendable {
  /// Number of chains in the official evaluation.
  public static let officialCount = 1000
  /// Subtasks per chain.
  public static let length = 5

  private let skills: SkillTable

  /// A generator that draws from these skills.
  public init(skills: SkillTable) {
    self.skills = skills
  }

  /// `get_sequences(count)`. A smaller count is not a prefix of a larger one.
  public func sequences(_ count: Int) -> [Chain] {
    let states = Self.initialStates
    let symbols = SymbolTable(skills: skills, states: states)
    // Each state has a generator of its own, so the order of the work cannot matter.
    var drawn = concurrentMap(states.count) { index in
      // numpy's array_split: the first `count % states` parts hold one more.
      let share = count / states.count + (index < count % states.count ? 1 : 0)
      return symbols.sequences(from: states[index], count: share, seed: UInt32(index))
        .map { (state: states[index], tasks: $0) }
    }.flatMap { $0 }
    var random = RandomState(seed: 0)
    random.shuffle(&drawn)
    return drawn.enumerated().map { index, chain in
      Chain(
        index: index, initialState: chain.state,
        subtasks: chain.tasks.map { skills.skills[$0].task })
    }
  }

  /// The chains of an evaluation over `count` of them: the first `count` of the official 1000, or
  /// `get_sequences(count)` when that is more.
  public func evaluationChains(_ count: Int) -> [Chain] {
    count > Self.officialCount
      ? sequences(count) : Array(sequences(Self.officialCount).prefix(count))
  }

  /// All symbolic states official chains start from, in upstream's order: one or two blocks on the
  /// table, at most one in each half of the cabinet.
  public static let initialStates: [InitialState] = {
    let conditions: [(key: String, values: [InitialState.Value])] = [
      ("led", [.number(0), .number(1)]), ("lightbulb", [.number(0), .number(1)]),
      ("slider", [.word("right"), .word("left")]), ("drawer", [.word("closed"), .word("open")]),
      ("red_block", blockPlaces), ("blue_block", blockPlaces), ("pink_block", blockPlaces),
      ("grasped", [.number(0)]),
    ]
    var combinations: [[InitialState.Entry]] = [[]]
    for (key, values) in conditions {
      combinations = combinations.flatMap { entries in
        values.map { entries + [InitialState.Entry(key: key, value: $0)] }
      }
    }
    return combinations.filter { entries in
      func count(_ place: String) -> Int { entries.filter { $0.value == .word(place) }.count }
      return (1...2).contains(count("table")) && count("slider_right") < 2
        && count("slider_left") < 2
    }.map(InitialState.init(entries:))
  }()

  private static let blockPlaces: [InitialState.Value] = [
    .word("table"), .word("slider_right"), .word("slider_left"),
  ]
}

/// States and skills as bits: eight per key, one of them set for the key's value.
private struct SymbolTable: Sendable {
  private struct Transition: Sendable {
    let forbidden: UInt64
    let cleared: UInt64
    let given: UInt64
  }

  private let keys: [String]
  private let values: [[InitialState.Value]]
  /// All skills' transitions in a row, and where each skill's end (one more than skills).
  private let transitions: [Transition]
  private let ends: [Int]
  private let categories: [UInt64]

  init(skills: SkillTable, states: [InitialState]) {
    let keys = states.first?.entries.map(\.key) ?? []
    precondition(keys.count <= 8, "a state has at most eight keys")
    let values = keys.map { key in
      var values: [InitialState.Value] = []
      func add(_ value: InitialState.Value?) {
        if let value, !values.contains(value) { values.append(value) }
      }
      states.forEach { add($0[key]) }
      for transition in skills.skills.flatMap(\.transitions) {
        transition.needs.filter { $0.key == key }.flatMap(\.values).forEach(add)
        transition.gives.filter { $0.key == key }.forEach { add($0.value) }
      }
      precondition(values.count <= 8, "a key has at most eight values")
      return values
    }
    let names = skills.skills.map(\.category)
    self.keys = keys
    self.values = values
    categories = names.map { name in 1 << UInt64(names.firstIndex(of: name) ?? 0) }
    var transitions: [Transition] = []
    var ends = [0]
    for skill in skills.skills {
      for transition in skill.transitions {
        var (forbidden, cleared, given) = (UInt64(0), UInt64(0), UInt64(0))
        for (lane, key) in keys.enumerated() {
          let whole = UInt64(0xff) << UInt64(8 * lane)
          for need in transition.needs where need.key == key {
            forbidden |= whole & ~Self.bits(need.values, among: values[lane], lane: lane)
          }
          for entry in transition.gives where entry.key == key {
            cleared |= whole
            given |= Self.bits([entry.value], among: values[lane], lane: lane)
          }
        }
        transitions.append(Transition(forbidden: forbidden, cleared: cleared, given: given))
      }
      ends.append(transitions.count)
    }
    self.transitions = transitions
    self.ends = ends
  }

  private static func bits(
    _ some: [InitialState.Value], among all: [InitialState.Value], lane: Int
  ) -> UInt64 {
    var bits: UInt64 = 0
    for (index, value) in all.enumerated() where some.contains(value) {
      bits |= 1 << UInt64(8 * lane + index)
    }
    return bits
  }

  /// `count` task sequences that fit `state`, by rejection as upstream draws them.
  func sequences(from state: InitialState, count: Int, seed: UInt32) -> [[Int]] {
    var start: UInt64 = 0
    for (lane, key) in keys.enumerated() {
      start |= Self.bits([state[key]].compactMap { $0 }, among: values[lane], lane: lane)
    }
    var random = RandomState(seed: seed)
    var found: [[Int]] = []
    var drawn = [Int](repeating: 0, count: ChainGenerator.length)
    while found.count < count {
      random.choiceWithoutReplacement(categories.count, into: &drawn)
      if fits(drawn, from: start) { found.append(drawn) }
    }
    return found
  }

  private func fits(_ tasks: [Int], from start: UInt64) -> Bool {
    var state = start
    var seen: UInt64 = 0
    for task in tasks {
      guard seen & categories[task] == 0, let next = onlySuccessor(of: state, by: task) else {
        return false
      }
      seen |= categories[task]
      state = next
    }
    return true
  }

  /// The state after the task, nil unless exactly one of its transitions fits.
  private func onlySuccessor(of state: UInt64, by task: Int) -> UInt64? {
    var successor: UInt64?
    for index in ends[task]..<ends[task + 1] {
      let transition = transitions[index]
      guard state & transition.forbidden == 0 else { continue }
      guard successor == nil else { return nil }
      successor = (state & ~transition.cleared) | transition.given
    }
    return successor
  }
}

/// `transform` of 0..<count, computed on all cores; the result is in order.
private func concurrentMap<Result: Sendable>(
  _ count: Int, _ transform: @Sendable (Int) -> Result
) -> [Result] {
  let results = UnsafeMutableBufferPointer<Result?>.allocate(capacity: count)
  results.initialize(repeating: nil)
  defer {
    results.deinitialize()
    results.deallocate()
  }
  // Every iteration writes an element of its own.
  nonisolated(unsafe) let elements = results
  DispatchQueue.concurrentPerform(iterations: count) { elements[$0] = transform($0) }
  return results.compactMap { $0 }
}

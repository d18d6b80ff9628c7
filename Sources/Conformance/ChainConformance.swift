import Calvin

/// Compares the chain generator and the start states with recorded ones.
public struct ChainConformance: Sendable {
  private let library: TaskLibrary

  /// A comparison with chains drawn from these tasks.
  public init(library: TaskLibrary) {
    self.library = library
  }

  /// Compares every `chains_N.json` and `chains_N_states.json` in `reference`: chains must be
  /// equal, states equal to the last bit.
  public func run(reference: String, dump: String? = nil) throws -> ConformanceReport {
    let folder = try ReferenceFolder(path: reference)
    let output = try DumpFolder(dump)
    let files = try folder.files("chains_N.json or chains_N_states.json") {
      Self.count(inNameOf: $0) != nil
    }
    var report = ConformanceReport(agrees: true)
    var counts = (files: 0, chains: 0, equalChains: 0, states: 0, equalStates: 0)
    for name in files {
      guard let count = Self.count(inNameOf: name) else { continue }
      let source = "\(reference)/\(name)"
      let json = try OrderedJSON(parsing: folder.bytes(name), source: source)
      let recorded = try Self.list(json, count: count, name: name)
      let hasStates = name.hasSuffix("_states.json")
      let computed = try library.chains.sequences(count).map {
        hasStates ? try Self.stateRecord(of: $0) : Self.pair(of: $0)
      }
      try output.write(Array(OrderedJSON.array(computed).pythonText.utf8), as: name)
      let equal = zip(recorded, computed).filter { Self.agrees($0, $1) }.count
      counts.files += equal == count ? 1 : 0
      counts.chains += count
      counts.equalChains +=
        zip(recorded, computed).filter { Self.chain($0) == Self.chain($1) }.count
      if hasStates {
        counts.states += count
        counts.equalStates += equal
      }
      report.lines.append(
        "\(name): \(equal) of \(count) \(hasStates ? "chains with states" : "chains") equal")
      report.agrees = report.agrees && equal == count
    }
    report.totals = [
      ("files", Double(files.count)), ("files_equal", Double(counts.files)),
      ("chains", Double(counts.chains)), ("chains_equal", Double(counts.equalChains)),
      ("states", Double(counts.states)), ("states_equal", Double(counts.equalStates)),
    ]
    return report
  }

  /// N of `chains_N.json` and `chains_N_states.json`, nil for other names.
  private static func count(inNameOf file: String) -> Int? {
    guard file.hasPrefix("chains_"), file.hasSuffix(".json") else { return nil }
    var stem = file.dropFirst("chains_".count).dropLast(".json".count)
    if stem.hasSuffix("_states") { stem = stem.dropLast("_states".count) }
    return Int(stem).flatMap { (1...100_000).contains($0) ? $0 : nil }
  }

  private static func list(
    _ json: OrderedJSON, count: Int, name: String
  ) throws -> [OrderedJSON] {
    guard let elements = json.elements, elements.count == count else {
      throw ConformanceError("\(name): expected a list of \(count) chains")
    }
    for (index, element) in elements.enumerated() where chain(element) == nil {
      throw ConformanceError("\(name): chain \(index) has no initial state and task list")
    }
    return elements
  }

  private static func pair(of chain: Chain) -> OrderedJSON {
    .array([chain.initialState.json, chain.subtaskList])
  }

  private static func stateRecord(of chain: Chain) throws -> OrderedJSON {
    let state = try chain.initialState.startState(in: .official)
    return .object([
      .init(key: "initial_state", value: chain.initialState.json),
      .init(key: "chain", value: chain.subtaskList),
      .init(key: "seed", value: .integer(Int(chain.initialState.seed))),
      .init(key: "robot_obs", value: .array(state.robotObservation.map(OrderedJSON.number))),
      .init(key: "scene_obs", value: .array(state.sceneObservation.map(OrderedJSON.number))),
    ])
  }

  /// Initial state and tasks of a recorded or computed chain, in either form.
  private static func chain(_ json: OrderedJSON) -> [OrderedJSON]? {
    if let pair = json.elements { return pair.count == 2 ? pair : nil }
    guard let state = json["initial_state"], let tasks = json["chain"] else { return nil }
    return [state, tasks]
  }

  /// Numbers compare by value to the last bit (Python may print a whole double as `1` or `1.0`).
  private static func agrees(_ recorded: OrderedJSON, _ computed: OrderedJSON) -> Bool {
    chain(recorded) == chain(computed) && recorded["seed"] == computed["seed"]
      && recorded["robot_obs"]?.doubles == computed["robot_obs"]?.doubles
      && recorded["scene_obs"]?.doubles == computed["scene_obs"]?.doubles
  }
}

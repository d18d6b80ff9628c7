import Calvin
import NumPy

extension Recording {
  /// Path of a chain's recording in a folder, without `.npz` and `.json`.
  public static func stem(of chain: Int, in folder: String) -> String {
    let digits = String(chain)
    return "\(folder)/chain_" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// Writes both files; the folder must exist. Each is complete or absent.
  public func write(to folder: String) throws {
    let stem = Self.stem(of: chain.index, in: folder)
    let shape = [actions.count, actions.first?.count ?? 7]
    let numbers = actions.flatMap { $0 }
    var arrays = [
      (
        "actions",
        actionKind == .cartesianRelativeSingle
          ? NPYArray(numbers.map { Float($0) }, shape: shape) : NPYArray(numbers, shape: shape)
      ),
      ("robot_obs", Self.matrix(states.map(\.robotObservation))),
      ("scene_obs", Self.matrix(states.map(\.sceneObservation))),
      ("subtask", NPYArray(positions)),
    ]
    if let preparation {
      arrays += [
        (
          "preparation",
          NPYArray(preparation.actions.flatMap { $0 }, shape: [preparation.actions.count, 7])
        ),
        ("reset_robot_obs", NPYArray(preparation.start.robotObservation)),
        ("reset_scene_obs", NPYArray(preparation.start.sceneObservation)),
      ]
    }
    try writeNPZ(arrays, to: stem + ".npz")
    try writeFileAtomically(Array((json.pythonText + "\n").utf8), to: stem + ".json")
  }

  /// Reads a chain's recording; the two files must fit each other.
  public init(chain: Int, in folder: String) throws {
    let stem = Self.stem(of: chain, in: folder)
    let names = try Self.names(in: stem + ".json")
    let archive = try NPZArchive(path: stem + ".npz")
    let actions = try archive.array("actions")
    guard actions.shape.count == 2, [7, 8].contains(actions.shape[1]) else {
      throw RecordingError(actions.source, "shape is \(actions.shape), expected [steps, 7 or 8]")
    }
    let steps = actions.shape[0]
    let robot = try archive.array("robot_obs").expectingShape([steps + 1, 15]).doubles()
    let scene = try archive.array("scene_obs").expectingShape([steps + 1, 24]).doubles()
    let positions = try archive.array("subtask").expectingShape([steps]).integers()
    guard positions.allSatisfy((0..<names.chain.subtasks.count).contains) else {
      throw RecordingError(
        stem + ".npz/subtask",
        "holds a position outside 0..<\(names.chain.subtasks.count)")
    }
    guard names.chain.index == chain else {
      throw RecordingError(stem + ".json", "is of chain \(names.chain.index), not \(chain)")
    }
    self = Recording(
      chain: names.chain, scene: names.scene, assets: names.assets, actionKind: names.actionKind,
      actions: Self.rows(try actions.doubles(), width: actions.shape[1]), positions: positions,
      states: zip(Self.rows(robot, width: 15), Self.rows(scene, width: 24)).map {
        EnvironmentState(robotObservation: $0, sceneObservation: $1)
      }, outcomes: names.outcomes)
  }

  /// The JSON file alone: everything but the numbers.
  static func names(in path: String) throws -> Recording {
    let bytes: [UInt8]
    do { bytes = try readFile(path) } catch { throw RecordingError(path, error.message) }
    let json: OrderedJSON
    do { json = try OrderedJSON(parsing: bytes, source: path) } catch {
      throw RecordingError(path, error.message)
    }
    func required<Value>(_ key: String, _ value: Value?, _ meaning: String) throws -> Value {
      guard let value else { throw RecordingError(path, "'\(key)' is missing or not \(meaning)") }
      return value
    }
    let index = try required("chain", json["chain"]?.integer, "a whole number")
    let tasks = try required("subtasks", json["subtasks"]?.strings, "a list of names")
    let initial = try required(
      "initial_state", json["initial_state"].flatMap(InitialState.init(json:)), "a state")
    let outcomes = try required(
      "results", json["results"]?.elements.flatMap(Self.outcomes), "a list of outcomes")
    let kind = try required(
      "action_kind",
      ActionKind(rawValue: json["action_kind"]?.string ?? ActionKind.cartesianRelative.rawValue),
      "one of " + ActionKind.allCases.map(\.rawValue).joined(separator: ", "))
    return Recording(
      chain: Chain(index: index, initialState: initial, subtasks: tasks),
      scene: try required("scene", json["scene"]?.string, "a name"),
      assets: try required("assets", json["assets"]?.string, "a digest"), actionKind: kind,
      actions: [], positions: [], states: [], outcomes: outcomes)
  }

  private var json: OrderedJSON {
    .object([
      .init(key: "chain", value: .integer(chain.index)),
      .init(key: "initial_state", value: chain.initialState.json),
      .init(key: "subtasks", value: chain.subtaskList),
      .init(key: "scene", value: .string(scene)),
      .init(key: "assets", value: .string(assets)),
      .init(key: "action_kind", value: .string(actionKind.rawValue)),
      .init(
        key: "results",
        value: .array(
          outcomes.map { outcome in
            .object([
              .init(key: "task", value: .string(outcome.task)),
              .init(key: "success", value: .bool(outcome.success)),
              .init(key: "first_step", value: .integer(outcome.firstStep)),
              .init(key: "last_step", value: .integer(outcome.lastStep)),
            ])
          })),
    ])
  }

  private static func outcomes(_ elements: [OrderedJSON]) -> [Outcome]? {
    let outcomes = elements.compactMap { element -> Outcome? in
      guard let task = element["task"]?.string, case .bool(let success)? = element["success"],
        let first = element["first_step"]?.integer, let last = element["last_step"]?.integer
      else { return nil }
      return Outcome(task: task, success: success, firstStep: first, lastStep: last)
    }
    return outcomes.count == elements.count ? outcomes : nil
  }

  private static func matrix(_ rows: [[Double]]) -> NPYArray {
    NPYArray(rows.flatMap { $0 }, shape: [rows.count, rows.first?.count ?? 0])
  }

  private static func rows(_ numbers: [Double], width: Int) -> [[Double]] {
    stride(from: 0, to: numbers.count, by: width).map { Array(numbers[$0..<($0 + width)]) }
  }
}

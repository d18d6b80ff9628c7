import Assets
import Calvin
import Simulation

/// Replays recorded episodes of calvin_env and compares every number bit for bit.
public struct PhysicsConformance: Sendable {
  /// The folder of recordings.
  public var reference: String
  /// The official assets.
  public var root: AssetRoot
  /// Folder for what we computed, nil to write nothing.
  public var dump: String?
  /// Episodes replayed at a time.
  public var workers: Int

  /// A comparison with these recordings.
  public init(reference: String, root: AssetRoot, dump: String? = nil, workers: Int = 1) {
    self.reference = reference
    self.root = root
    self.dump = dump
    self.workers = workers
  }

  /// A scene's bodies with the oracle that judges it.
  private struct Scene: Sendable {
    var models: SceneModels
    var oracle: TaskOracle
  }

  /// Replays all episodes; throws when the reference is empty or partly unreadable.
  public func run() async throws -> ConformanceReport {
    let names = try recordingNames(in: ReferenceFolder(path: reference))
    let dump = try DumpFolder(dump)
    let recordings = try names.map { try PhysicsRecording(name: $0, folder: reference) }
    var scenes: [String: Scene] = [:]
    for recording in recordings where scenes[recording.sceneKey] == nil {
      scenes[recording.sceneKey] = try load(recording.header)
    }
    let loaded = scenes
    let comparisons = try await concurrentMap(recordings, workers: workers) { recording in
      guard let scene = loaded[recording.sceneKey] else {
        throw ConformanceError("\(recording.name): its scene was not loaded")
      }
      return try compare(recording, scene, dump)
    }
    return report(Array(zip(names, comparisons)))
  }

  private func load(_ header: PhysicsRecording.Header) throws -> Scene {
    let assets = try SceneAssets.load(root: root, scene: header.scene, robot: header.robot)
    let tasks = "\(root.path)/conf/tasks/new_playtable_tasks.yaml"
    return Scene(models: try SceneModels(assets), oracle: try TaskOracle(tasksFile: tasks))
  }

  private func compare(
    _ recording: PhysicsRecording, _ scene: Scene, _ dump: DumpFolder
  ) throws -> PhysicsComparison {
    let environment = try Environment(models: scene.models)
    var track = PhysicsTrack(blocks: recording.header.load_poses.count)
    var fault: String?
    do {
      try replay(recording, in: environment, oracle: scene.oracle, onto: &track)
    } catch let error as SimulationError {
      fault = error.description
    }
    if dump.isWanted { try recording.write(track, to: dump) }
    return PhysicsComparison(computed: track, recorded: recording.track, fault: fault)
  }

  private func replay(
    _ recording: PhysicsRecording, in environment: Environment, oracle: TaskOracle,
    onto track: inout PhysicsTrack
  ) throws {
    try environment.reset(
      to: recording.resetState, gripperAction: recording.initialGripperAction)
    track.loadPoses = PhysicsTrack.loadPoses(environment.loadPoses)
    var start = environment.info
    track.append(environment, achieved: oracle.achieved(from: start, to: environment.info))
    for step in 0..<recording.stepCount {
      try environment.step(recording.action(step))
      track.append(environment, achieved: oracle.achieved(from: start, to: environment.info))
      if recording.segmentStarts.contains(step + 1) { start = environment.info }
    }
  }

  private func report(_ results: [(String, PhysicsComparison)]) -> ConformanceReport {
    let all = results.map(\.1)
    func sum(_ value: (PhysicsComparison) -> Int) -> Double {
      Double(all.reduce(0) { $0 + value($1) })
    }
    return ConformanceReport(
      lines: results.map { $1.line($0) },
      totals: [
        ("episodes", Double(all.count)), ("bit-exact episodes", sum { $0.isExact ? 1 : 0 }),
        ("rows", sum(\.rows)), ("bit-exact rows", sum(\.exactRows)),
        ("equal contact rows", sum(\.equalContactRows)),
        ("equal verdict rows", sum(\.equalVerdictRows)),
        ("equal load poses", sum { $0.hasEqualLoadPoses ? 1 : 0 }),
        ("largest difference", all.compactMap { $0.largest?.difference }.max() ?? 0),
      ], agrees: all.allSatisfy(\.isExact))
  }
}

extension PhysicsRecording {
  /// Episodes with equal keys share a scene's bodies.
  fileprivate var sceneKey: String { "\(header.scene) \(header.robot)" }
}

/// Names of the recordings in a folder, each with a `.json` and a `.npz` file.
private func recordingNames(in folder: ReferenceFolder) throws -> [String] {
  let files = try folder.files("recordings (NAME.json with NAME.npz)") {
    $0.hasSuffix(".json") || $0.hasSuffix(".npz")
  }
  let names = Set(files.compactMap { $0.split(separator: ".").first.map(String.init) }).sorted()
  for file in names.flatMap({ ["\($0).json", "\($0).npz"] }) where !files.contains(file) {
    throw ConformanceError("\(folder.path)/\(file) is missing")
  }
  return names
}

/// Maps in parallel, at most `workers` at a time; results in the order of the input.
func concurrentMap<Input: Sendable, Output: Sendable>(
  _ inputs: [Input], workers: Int, _ body: @escaping @Sendable (Input) throws -> Output
) async throws -> [Output] {
  try await withThrowingTaskGroup(of: (Int, Output).self) { group in
    var results: [Output?] = Array(repeating: nil, count: inputs.count)
    var next = 0
    func start() {
      guard next < inputs.count else { return }
      let index = next
      let input = inputs[index]
      group.addTask { (index, try body(input)) }
      next += 1
    }
    for _ in 0..<max(workers, 1) { start() }
    while let (index, output) = try await group.next() {
      results[index] = output
      start()
    }
    return results.compactMap { $0 }
  }
}

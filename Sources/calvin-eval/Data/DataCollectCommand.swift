import ArgumentParser
import Assets
import Datasets
import Experts
import Foundation
import NumPy
import Rendering
import Results
import Rollouts
import Synchronization

/// `calvin-eval data collect`: demonstrations in CALVIN's layout.
struct DataCollectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Record demonstrations as a dataset in CALVIN's official layout.",
    discussion: """
      A policy does every task from drawn start states (those of `skills`); what the official oracle
      confirms is kept, with a sentence of the training annotations. Both cameras, depth, actions and
      states are written, frame by frame, into DIR/training and DIR/validation.

      The same options give the same bytes for any number of workers. Started again on the same
      folder, it goes on where it was stopped or killed.

      Examples:
        calvin-eval data collect --out demos --episodes 20
        calvin-eval data collect --out demos --tasks open_drawer,lift_red_block_table \\
          --scenes A,B,C --episodes 100 --noise 0.1 --calvin-env ~/calvin/calvin_env
      """)

  @Option(help: ArgumentHelp("Folder of the dataset.", valueName: "dir"))
  var out: String

  @OptionGroup(title: "Policy") var policy: PolicyOptions

  @Option(help: ArgumentHelp("Tasks to demonstrate, or all.", valueName: "a,b,c"))
  var tasks = "all"

  @Option(help: "Demonstrations of each task in each scene.")
  var episodes = 10

  @Option(help: ArgumentHelp("Scenes to demonstrate in.", valueName: "A,B,C"))
  var scenes = "D"

  @Option(
    name: .customLong("calvin-env"),
    help: "A calvin_env checkout to read scenes from (default: the embedded Scenes/).")
  var calvinEnv: String?

  @Option(
    help: ArgumentHelp(
      "Share of the demonstrations that becomes the validation split.", valueName: "share"))
  var validation = 0.1

  @Option(help: "Seed of start states, sentences, noise and stochastic policies.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Standard deviation of a wandering disturbance of the TCP's target, in units of the relative "
        + "action (0.1 is 2 mm and 0.3 degrees); the arm also starts from other poses then.",
      valueName: "x"))
  var noise = 0.0

  @Option(
    name: .customLong("largest-action"),
    help: ArgumentHelp(
      "The expert's largest relative action. Training clips at 0.65; what is slower is kept whole.",
      valueName: "x"))
  var largestAction = 0.65

  @Option(
    name: .customLong("steps-per-subtask"),
    help: "Env steps a demonstration may take; upstream: 360.")
  var stepsPerSubtask = 360

  @Flag(help: "Deflate frames: half the size, but a third slower to write and slower to read.")
  var deflated = false

  @OptionGroup(title: "Rendering") var renderer: RendererOptions
  @OptionGroup(title: "Work") var work: WorkOptions
  @OptionGroup(title: "Policy servers") var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard episodes > 0 else { throw ValidationError("--episodes is at least 1.") }
    guard (0..<1).contains(validation) else {
      throw ValidationError("--validation is a share of 0 to less than 1, not \(validation).")
    }
    guard (0...1).contains(noise) else {
      throw ValidationError("--noise is 0 to 1, not \(noise).")
    }
    guard 0 < largestAction, largestAction <= 1 else {
      throw ValidationError("--largest-action is more than 0 and at most 1, not \(largestAction).")
    }
    try require("--steps-per-subtask", stepsPerSubtask, in: stepsPerSubtaskRange)
    if work.shard != nil { throw ValidationError("--shard is for chains; split --tasks here.") }
  }

  func run() async throws {
    try exitingOnBadInput {
      let setups = try scenesInOrder()
      guard let library = setups.first?.setup.tasks else { return }
      let names = try chosenTasks(library.taskNames)
      let policies = try policies(for: setups)
      let settings = CollectionSettings(
        scenes: setups.map(\.name), assets: setups.map(\.setup.assets.digest), tasks: names,
        episodes: episodes, validation: validation, policy: Self.text(policies[0].record),
        seed: seed, noise: noise, largestAction: largestAction,
        stepsPerSubtask: stepsPerSubtask,
        packing: deflated ? "deflated" : "stored",
        renderer: setups[0].setup.renderers.selection.kind
          + (renderer.shadows ? "" : ", no shadows") + ", depth \(renderer.depthBits) bits")
      let folder = try CollectionFolder(path: out, settings: settings)
      if !folder.isComplete { try collect(settings, Array(zip(setups, policies)), into: folder) }
      let record = try JSONValue(parsing: DurableFile.read(folder.recordFile))
      print(output.json ? record.canonical : Self.text(record, out))
      if case .array(let missing)? = record["missing"], !missing.isEmpty {
        throw ExitCode.incomplete
      }
    }
  }

  // MARK: Preparation

  private typealias NamedSetup = (name: String, setup: SceneSetup)

  private func scenesInOrder() throws -> [NamedSetup] {
    let names = Self.list(scenes)
    guard Set(names).count == names.count, !names.isEmpty else {
      throw InputError("--scenes \(scenes): expected different scenes such as A,B,C")
    }
    return try names.map { name in
      var options = SceneOptions()
      options.scene = name
      options.calvinEnv = calvinEnv
      options.dataset = nil
      return (name, try SceneSetup(options, renderer))
    }
  }

  private func chosenTasks(_ known: [String]) throws -> [String] {
    guard tasks != "all" else { return known }
    let names = Self.list(tasks)
    guard !names.isEmpty else { throw InputError("--tasks: expected all or names of tasks") }
    for name in names where !known.contains(name) {
      throw InputError(
        "--tasks: no task is called '\(name)'; expected some of \(known.joined(separator: ", "))")
    }
    // The library's order, so that the order of naming does not make another dataset.
    return known.filter(names.contains)
  }

  private static func list(_ text: String) -> [String] {
    text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// One per scene; the expert alone knows scenes, others are opened once.
  private func policies(for setups: [NamedSetup]) throws -> [PolicySetup] {
    func setUp(_ setup: SceneSetup) throws -> PolicySetup {
      try policy.setUp(
        seed: seed, assets: setup.assets, chains: [], work: work, server: server,
        largestExpertAction: largestAction)
    }
    if try policy.choice == .expert { return try setups.map { try setUp($0.setup) } }
    return Array(repeating: try setUp(setups[0].setup), count: setups.count)
  }

  private static func text(_ policy: PolicyRecord) -> String {
    ([policy.kind] + [policy.weights].compactMap { $0 }).joined(separator: " ")
  }

  // MARK: Work

  private func collect(
    _ settings: CollectionSettings, _ scenes: [(NamedSetup, PolicySetup)],
    into folder: CollectionFolder
  ) throws {
    let planned = settings.demonstrations
    let made = Mutex<[Int: Demonstration]>([:])
    for demonstration in planned {
      guard let complete = try folder.completed(demonstration) else { continue }
      made.withLock { $0[demonstration.index] = complete }
    }
    let before = made.withLock { $0 }
    let progress = CollectionProgress(total: planned.count, before: before.count)
    let stop = StopRequest()
    let signals = StopSignals { stop.request() }
    defer { signals.cancel() }
    for (ordinal, (scene, policy)) in scenes.enumerated() {
      let open = planned.filter { $0.scene == scene.name && before[$0.index] == nil }
      guard !open.isEmpty else { continue }
      try collect(
        open, settings, scene.setup, policy, ordinal: ordinal, into: folder, until: stop
      ) { index, demonstration in
        made.withLock { $0[index] = demonstration }
        progress.finished(demonstration)
      }
    }
    progress.end(workers: work.workerCount)
    let complete = made.withLock { $0 }
    let all = planned.compactMap { planned in complete[planned.index].map { (planned, $0) } }
    guard all.count == planned.count else {
      FileHandle.standardError.write(
        Data("\(planned.count - all.count) demonstrations could not be made\n".utf8))
      throw ExitCode.incomplete
    }
    let root = try calvinEnv.map { try AssetRoot(calvinEnv: $0) } ?? AssetRoot.embedded()
    try folder.finish(all) { try SceneAssets.mergedConfig(root: root, scene: $0) }
  }

  private func collect(
    _ planned: [PlannedDemonstration], _ settings: CollectionSettings, _ setup: SceneSetup,
    _ policy: PolicySetup, ordinal: Int, into folder: CollectionFolder, until stop: StopRequest,
    finished: @escaping @Sendable (Int, Demonstration) -> Void
  ) throws {
    let bench = try Workbench(setup.assets)
    let runner = DemonstrationRunner(
      starts: SkillStartGenerator(
        skills: setup.tasks.skills, scene: setup.assets.scene, bench: bench,
        seed: seed &+ UInt64(ordinal) << 40),
      rules: ChainRunner(oracle: setup.tasks.oracle, stepsPerSubtask: stepsPerSubtask),
      sentences: Dictionary(
        uniqueKeysWithValues: settings.tasks.map {
          ($0, setup.tasks.training.sentences(of: $0))
        }), noise: noise,
      seedWords: [
        UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32), UInt32(ordinal),
      ])
    let byIndex = Dictionary(uniqueKeysWithValues: planned.map { ($0.index, $0) })
    let largest = largestAction
    let packing = deflated ? FrameEncoder.deflated : .stored
    let pool = WorkerPool(
      chains: planned.map(\.index), settings: work.poolSettings, log: standardErrorLogger(),
      equip: {
        let world = try setup.makeWorld()
        let actor = try policy.make()
        let lifter = ExpertPolicy(bench: bench, largestAction: largest)
        let encoder = try FrameEncoder(packing)
        return { index in
          guard let planned = byIndex[index] else {
            preconditionFailure("only planned demonstrations are handed out")
          }
          let demonstration = try runner.run(
            planned, policy: actor, lifter: lifter, world: world,
            folder: try folder.begin(planned), encoder: encoder)
          try folder.complete(planned, with: demonstration)
          finished(index, demonstration)
          return ChainRunner.Outcome(
            result: ChainResult(chain: index, tasks: [planned.task], subtasks: []),
            steps: demonstration.sizes.count, frames: demonstration.sizes.count, seconds: 0,
            phases: ChainTiming.Phases())
        }
      }, report: { _ in })
    stop.reach(pool)
    switch try pool.run() {
    case .finished: return
    case .stopped: throw ExitCode.stopped
    case .gaveUp(let reason):
      FileHandle.standardError.write(Data("error: \(reason)\n".utf8))
      throw ExitCode.incomplete
    }
  }

  private static func text(_ record: JSONValue, _ folder: String) -> String {
    func count(_ key: String) -> Int {
      if case .int(let number)? = record[key] { number } else { 0 }
    }
    var lines = [
      folder,
      "demonstrations  \(count("demonstrations")), \(count("frames")) frames",
      "spans           \(count("spans")), each confirmed by the oracle",
      "attempts        \(count("failed_attempts")) failed and were made again, "
        + "\(count("refused_starts")) starts refused",
    ]
    if case .array(let missing)? = record["missing"] {
      for case .string(let text) in missing { lines.append("MISSING         \(text)") }
    }
    return lines.joined(separator: "\n")
  }
}

/// A user's wish to stop, for the pools that work one after the other on different scenes.
private final class StopRequest: Sendable {
  private let state = Mutex<(pool: WorkerPool?, isRequested: Bool)>((nil, false))

  func request() {
    state.withLock { state in
      state.isRequested = true
      state.pool?.stop()
    }
  }

  /// Makes the request stop this pool from now on.
  func reach(_ pool: WorkerPool) {
    state.withLock { state in
      state.pool = pool
      if state.isRequested { pool.stop() }
    }
  }
}

/// Progress on standard error, at most a line every few seconds.
private final class CollectionProgress: Sendable {
  private struct State {
    var done: Int
    var frames = 0
    var shown = Date.distantPast
  }

  private let total: Int
  private let before: Int
  private let began = Date()
  private let processorBefore = processorSeconds()
  private let state: Mutex<State>

  init(total: Int, before: Int) {
    self.total = total
    self.before = before
    state = Mutex(State(done: before))
    if before > 0 { Self.line("\(before) of \(total) demonstrations were complete before") }
  }

  func finished(_ demonstration: Demonstration) {
    let (done, frames, isDue) = state.withLock { state in
      state.done += 1
      state.frames += demonstration.sizes.count
      let isDue = Date().timeIntervalSince(state.shown) > 5
      if isDue { state.shown = Date() }
      return (state.done, state.frames, isDue)
    }
    guard isDue else { return }
    let elapsed = Date().timeIntervalSince(began)
    let remaining = Int(Double(total - done) * elapsed / Double(max(1, done - before)))
    Self.line(
      "[\(done)/\(total)] \(frames) frames, "
        + String(format: "%.0f frames/s, ", Double(frames) / elapsed)
        + String(
          format: "ETA %d:%02d:%02d", remaining / 3600, remaining / 60 % 60, remaining % 60))
  }

  func end(workers: Int) {
    let frames = state.withLock { $0.frames }
    guard frames > 0 else { return }
    let elapsed = Date().timeIntervalSince(began)
    let busy = processorSeconds() - processorBefore
    Self.line(
      String(
        format: "%d frames in %.1f s: %.0f frames/s, %.0f per second of processor time", frames,
        elapsed, Double(frames) / elapsed, Double(frames) / busy))
  }

  private static func line(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}

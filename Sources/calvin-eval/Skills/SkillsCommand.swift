import ArgumentParser
import Experts
import Foundation
import Results
import Rollouts
import Synchronization

/// `calvin-eval skills`: every skill from its own start states.
struct SkillsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "skills",
    abstract: "Evaluate a policy skill by skill, and against a baseline.",
    discussion: """
      Start states are drawn from each skill's pre-conditions with blocks anywhere on the scene's
      surfaces; a start that does not hold or already satisfies the task is drawn again.

      Examples:
        calvin-eval skills --episodes 50 --policy expert
        calvin-eval skills --tasks open_drawer,lift_red_block_table --json > baseline.json
        calvin-eval skills --policy path/to/checkpoint --baseline baseline.json --junit skills.xml
      """)

  @OptionGroup(title: "Scene") var scene: SceneOptions
  @OptionGroup(title: "Rendering") var renderer: RendererOptions

  @OptionGroup(title: "Policy") var policy: PolicyOptions

  @Option(help: ArgumentHelp("Skills to run (default: all 34).", valueName: "a,b,c"))
  var tasks: String?

  @Option(help: "Episodes per skill.")
  var episodes = 50

  @Option(help: "Seed of start states and of stochastic policies.")
  var seed: UInt64 = 0

  @Option(
    name: .customLong("steps-per-subtask"), help: "Env steps an episode may take; upstream: 360.")
  var stepsPerSubtask = 360

  @Option(
    help: ArgumentHelp(
      "Output of an earlier --json: exit 1 when a skill is significantly worse than there.",
      valueName: "file"))
  var baseline: String?

  @Option(
    name: .customLong("min-success"),
    help: ArgumentHelp("Exit 1 when a skill succeeds less often than this.", valueName: "share"))
  var minSuccess: Double?

  @Option(help: ArgumentHelp("Write the skills as JUnit test cases here.", valueName: "file"))
  var junit: String?

  @Option(
    help: ArgumentHelp(
      "Write every episode's actions and states here, a folder for each skill.", valueName: "dir"))
  var record: String?

  @OptionGroup(title: "Work") var work: WorkOptions
  @OptionGroup(title: "Policy servers") var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard episodes > 0 else { throw ValidationError("--episodes is at least 1.") }
    try require("--steps-per-subtask", stepsPerSubtask, in: stepsPerSubtaskRange)
    if work.shard != nil { throw ValidationError("--shard is for chains; use --tasks here.") }
    if let minSuccess, !(0...1).contains(minSuccess) {
      throw ValidationError("--min-success is a share of 0 to 1, not \(minSuccess).")
    }
  }

  func run() async throws {
    try exitingOnBadInput {
      // Read before the work, so that a wrong file name costs nothing.
      let former = try baseline.map { file in
        try SkillResults(
          json: try JSONValue(parsing: DurableFile.read(file)), source: file)
      }
      let setup = try SceneSetup(scene, renderer)
      let names = try chosenTasks(setup)
      let (results, ending) = try evaluate(names, setup)
      let report = SkillReport(
        results: results, tasks: names,
        comparison: former.map { SkillComparison(results, baseline: $0) },
        minSuccess: minSuccess)
      print(output.json ? results.json.canonical : report.text)
      if let junit { try DurableFile.write(report.junit, to: junit) }
      switch ending {
      case .stopped: throw ExitCode.stopped
      case .gaveUp(let reason):
        FileHandle.standardError.write(Data("error: \(reason)\n".utf8))
        throw ExitCode.incomplete
      case .finished where results.episodes.values.contains { $0.count < episodes }:
        throw ExitCode.incomplete
      case .finished:
        if !report.problems.isEmpty {
          FileHandle.standardError.write(
            Data(report.problems.map { "\($0)\n" }.joined().utf8))
          throw ExitCode.mismatch
        }
      }
    }
  }

  private func chosenTasks(_ setup: SceneSetup) throws -> [String] {
    let known = setup.tasks.taskNames
    guard let tasks else { return known }
    let names = tasks.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    for name in names where !known.contains(name) {
      throw InputError(
        "--tasks: no skill is called '\(name)'; expected some of \(known.joined(separator: ", "))")
    }
    return names
  }

  private func evaluate(
    _ names: [String], _ setup: SceneSetup
  ) throws -> (SkillResults, WorkerPool.Ending) {
    let bench = try Workbench(setup.assets)
    let runner = SkillRunner(
      starts: SkillStartGenerator(
        skills: setup.tasks.skills, scene: setup.assets.scene, bench: bench, seed: seed),
      rules: ChainRunner(oracle: setup.tasks.oracle, stepsPerSubtask: stepsPerSubtask),
      instructions: Dictionary(
        uniqueKeysWithValues: try names.map {
          ($0, try setup.tasks.validation.instruction(for: $0))
        }))
    let policySetup = try policy.setUp(
      seed: seed, assets: setup.assets, chains: [], work: work,
      server: server)
    let log = standardErrorLogger()
    let collected = SkillCollection()
    let folders = record.map { record in
      Dictionary(uniqueKeysWithValues: names.map { ($0, "\(record)/\($0)") })
    }
    for folder in folders?.values.sorted() ?? [] { try DurableFile.createFolder(folder) }
    let episodes = episodes
    let pool = WorkerPool(
      chains: Array(0..<names.count * episodes),
      settings: policySetup.pool(work, log: log),
      log: log,
      equip: {
        let world = try setup.makeWorld()
        let policy = try policySetup.make()
        let lifter = ExpertPolicy(bench: bench)
        return { index in
          let task = names[index / episodes]
          let recorder = folders?[task].map {
            ChainRecorder(folder: $0, scene: setup.assets.scene.name, assets: setup.assets.digest)
          }
          let (episode, frames, phases) = try runner.run(
            task, episode: index % episodes, policy: policy, lifter: lifter, world: world,
            observers: recorder.map { [$0] } ?? [])
          collected.add(episode, to: task)
          return ChainRunner.Outcome(
            result: ChainResult(chain: index, tasks: [task], subtasks: [episode.result]),
            steps: episode.result.steps, frames: frames, seconds: 0, phases: phases)
        }
      }, report: { _ in })
    let signals = StopSignals { pool.stop() }
    defer { signals.cancel() }
    let ending = try pool.run()
    let starts = "\(setup.assets.scene.name) \(setup.assets.digest) seed \(seed)"
    return (collected.results(starts: starts, tasks: names), ending)
  }
}

/// Episodes as workers finish them.
private final class SkillCollection: Sendable {
  private let episodes = Mutex<[String: [SkillRunner.Episode]]>([:])

  func add(_ episode: SkillRunner.Episode, to task: String) {
    episodes.withLock { $0[task, default: []].append(episode) }
  }

  func results(starts: String, tasks: [String]) -> SkillResults {
    let episodes = episodes.withLock { $0 }
    let lists = tasks.map { task in
      (
        task,
        (episodes[task] ?? []).sorted { $0.episode < $1.episode }.map { episode in
          SkillResults.Episode(
            steps: episode.result.success ? episode.result.steps : nil,
            redraws: episode.redraws, reason: episode.result.fault ?? episode.result.miss)
        }
      )
    }
    return SkillResults(
      starts: starts, episodes: Dictionary(lists, uniquingKeysWith: { first, _ in first }))
  }
}

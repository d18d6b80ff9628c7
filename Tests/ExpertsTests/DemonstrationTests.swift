import Assets
import Calvin
import Datasets
import Foundation
import Policies
import Simulation
import Testing

@testable import Experts
@testable import Rollouts

/// Demonstrations in the embedded scene, without pictures.
@Suite struct DemonstrationTests {
  private let environment: Environment
  private let bench: Workbench
  private let tasks: TaskLibrary
  private let assets: SceneAssets

  init() throws {
    assets = try SceneAssets.load(root: embeddedScenes, scene: "D")
    environment = try Environment(models: SceneModels(assets))
    bench = try Workbench(assets)
    tasks = try TaskLibrary(folder: "\(packageRoot)/Tasks")
  }

  private func demonstrate(
    _ task: String, noise: Double, folder: String
  ) throws -> (made: Demonstration, frames: [DatasetFrame]) {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let runner = DemonstrationRunner(
      starts: SkillStartGenerator(
        skills: tasks.skills, scene: assets.scene, bench: bench, seed: 1),
      rules: ChainRunner(oracle: tasks.oracle, stepsPerSubtask: 360),
      sentences: Dictionary(
        uniqueKeysWithValues: tasks.taskNames.map { ($0, tasks.training.sentences(of: $0)) }),
      noise: noise, seedWords: [1, 2, 3])
    let made = try runner.run(
      PlannedDemonstration(index: 0, part: .training, scene: "D", task: task, episode: 0),
      policy: ExpertPolicy(bench: bench, largestAction: 0.65),
      lifter: ExpertPolicy(bench: bench, largestAction: 0.65), world: BlindWorld(environment),
      folder: folder, encoder: FrameEncoder(.stored))
    let frames = try made.sizes.indices.map {
      try DatasetFrame(
        file: DemonstrationRecorder.file($0, in: folder), number: $0, fields: [.actions, .state])
    }
    return (made, frames)
  }

  @Test(arguments: [("open_drawer", 0.0), ("place_in_drawer", 0.0), ("turn_on_led", 0.2)])
  func whatIsRecordedReplaysAndEarnsItsLabel(task: String, noise: Double) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "demo-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (made, frames) = try demonstrate(task, noise: noise, folder: folder)
    #expect(made.spans.last?.task == task)
    #expect(made.spans.count == (task.hasPrefix("place") ? 2 : 1))
    for span in made.spans {
      #expect(tasks.training.sentences(of: span.task).contains(span.instruction))
      // Stepped from the span's recorded state with its recorded actions.
      try environment.reset(to: frames[span.first].state)
      let start = environment.info
      var isSolved = false
      for frame in frames[span.first...] {
        if !isSolved { try environment.step(.cartesianRelative(frame.relativeAction)) }
        isSolved = isSolved || tasks.oracle.achieves(span.task, from: start, to: environment.info)
      }
      #expect(isSolved, "\(span.task)")
    }
    // From one observation to the next the TCP makes about the motion asked for.
    let limit = noise > 0 ? 1 : 0.65
    #expect(frames.allSatisfy { $0.relativeAction.prefix(6).allSatisfy { abs($0) <= limit } })
  }
}

/// The simulator with pictures of one dot.
private final class BlindWorld: RolloutWorld {
  private let environment: Environment

  init(_ environment: Environment) { self.environment = environment }

  var state: EnvironmentState { environment.state }
  var info: SceneInfo { environment.info }
  func reset(to state: EnvironmentState) throws { try environment.reset(to: state) }
  func step(_ action: Action) throws { try environment.step(action) }
  func frame(_ camera: String, depth: Bool) throws -> Frame {
    Frame(width: 1, height: 1, rgb: [1, 2, 3], depth: depth ? [1] : [])
  }
}

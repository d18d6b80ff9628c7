import ArgumentParser
import Assets
import Calvin
import Experts
import Foundation
import Policies
import Results
import Rollouts
import Simulation

/// Which motion a benchmark repeats; shared by `bench step` and `bench render`.
struct MotionOptions: ParsableArguments {
  enum Motion: String, CaseIterable, ExpressibleByArgument {
    case expert, random
  }

  @Option(
    help: """
      expert: what the scripted expert does on the official chains, from chain 0 on; random: \
      relative actions that hold a random direction for ten steps, which throws blocks about.
      """)
  var motion = Motion.expert

  @Option(help: "Control steps of the motion.")
  var steps = 300

  mutating func validate() throws {
    guard steps > 0 else { throw ValidationError("--steps must be at least 1") }
  }

  /// The motion in a scene; an expert acts once to find it, untimed.
  func make(_ models: SceneModels) throws -> BenchMotion {
    switch motion {
    case .expert: try .expert(steps, models)
    case .random: try .random(steps, models)
    }
  }
}

/// Actions to measure with, in stretches that each start from a state.
struct BenchMotion: Sendable {
  struct Segment: Sendable {
    var start: EnvironmentState
    /// Relative Cartesian actions.
    var actions: [Action]
  }

  var name: String
  var segments: [Segment]

  /// Random relative actions from a random reset.
  static func random(_ steps: Int, _ models: SceneModels) throws -> BenchMotion {
    let start = try Environment(models: models).state
    return BenchMotion(
      name: "random motion",
      segments: [Segment(start: start, actions: PhysicsBenchCommand.randomMotion(steps))])
  }

  /// The scripted expert on the official chains, one stretch each.
  static func expert(_ steps: Int, _ models: SceneModels) throws -> BenchMotion {
    let tasks = try taskLibrary()
    let assets = models.assets
    let layout = SceneLayout(assets.scene)
    let expert = ExpertPolicy(bench: try Workbench(assets))
    let runner = ChainRunner(oracle: tasks.oracle, stepsPerSubtask: 360)
    let world = SceneWorld(environment: try Environment(models: models)) {
      throw ValidationError("the expert looks at no pictures")
    }
    var segments: [Segment] = []
    var left = steps
    for chain in tasks.chains.evaluationChains(ChainGenerator.officialCount) where left > 0 {
      let plan = PlannedChain(
        chain: chain, start: try chain.initialState.startState(in: layout),
        instructions: try chain.subtasks.map { try tasks.validation.instruction(for: $0) })
      let collector = ActionCollector()
      _ = try runner.run(plan, policy: expert, observers: [collector]) { world }
      segments.append(Segment(start: plan.start, actions: Array(collector.actions.prefix(left))))
      left -= segments[segments.count - 1].actions.count
    }
    return BenchMotion(name: "the expert's official chains", segments: segments)
  }

  /// Writes what `scripts/time_calvin_env.py` reads.
  func write(to path: String, scene: String) throws {
    struct File: Encodable {
      struct Segment: Encodable {
        var robot_obs: [Double]
        var scene_obs: [Double]
        var actions: [[Double]]
      }
      var scene: String
      var segments: [Segment]
    }
    let file = File(
      scene: scene,
      segments: segments.map {
        File.Segment(
          robot_obs: $0.start.robotObservation, scene_obs: $0.start.sceneObservation,
          actions: $0.actions.map(\.values))
      })
    try JSONEncoder().encode(file).write(to: URL(fileURLWithPath: path))
  }
}

private final class ActionCollector: ChainObserver {
  private(set) var actions: [Action] = []

  func began(_ plan: PlannedChain, state: EnvironmentState, cameras: any CameraSource) {
    actions = []
  }

  func stepped(
    _ action: Action, position: Int, state: EnvironmentState, cameras: any CameraSource
  ) {
    actions.append(action)
  }

  func ended(_ result: ChainResult) {}
}

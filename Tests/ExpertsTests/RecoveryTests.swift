import Assets
import Calvin
import Policies
import Simulation
import Testing

@testable import Experts
@testable import Rollouts

@Suite("The expert when something goes wrong")
struct RecoveryTests {
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

  /// What an episode came to, and the motions acted out in it, each named once in a row.
  private struct Episode {
    var isSolved = false
    var motions: [String] = []
  }

  /// Acts out a task from a drawn start; `interfere` may change each action before it is taken, and
  /// the world, too.
  private func act(
    _ task: String, seed: UInt64,
    interfere: (_ action: inout Action, _ motions: [String]) throws -> Void
  ) throws -> Episode {
    let starts = SkillStartGenerator(
      skills: tasks.skills, scene: assets.scene, bench: bench, seed: seed)
    let start = try #require(
      (0..<20).lazy.compactMap { starts.start(of: task, episode: 0, draw: $0) }.first {
        (try? environment.reset(to: $0.state)) != nil
          && SkillRunner.holds($0.symbols, environment.info)
      })
    try environment.reset(to: start.state)
    let expert = ExpertPolicy(bench: bench)
    try expert.reset(for: SubtaskContext(task: task, instruction: task, chain: 0, position: 0))
    let before = environment.info
    var episode = Episode()
    for step in 0..<360 {
      var action = try expert.act(
        Observation(
          state: environment.state, info: environment.info, cameras: NoCameras(), step: step))
      if let name = expert.motionName, name != episode.motions.last { episode.motions.append(name) }
      try interfere(&action, episode.motions)
      try environment.step(action)
      if tasks.oracle.achieves(task, from: before, to: environment.info) {
        episode.isSolved = true
        break
      }
    }
    return episode
  }

  @Test(
    "A grasp made to slip is tried again and succeeds",
    arguments: ["lift_red_block_table", "lift_blue_block_table", "push_pink_block_left"])
  func slip(task: String) throws {
    let moving = task.hasPrefix("lift") ? "lift" : "push along"
    var slips = 0
    let episode = try act(task, seed: 4) { action, motions in
      // While the block is on its way for the first time, the fingers are open.
      guard motions.last == moving, motions.count(where: { $0 == moving }) == 1 else { return }
      slips += 1
      var values = action.values
      values[6] = 1
      action = .cartesianRelative(values)
    }
    #expect(slips > 0)
    #expect(episode.isSolved)
    #expect(episode.motions.count { $0 == "grasp" } == 2, "\(episode.motions)")
  }

  @Test("A block moved while the hand comes down is followed", arguments: [-0.03, 0.03])
  func follow(distance: Double) throws {
    let red = try #require(environment.info.blocks.firstIndex { $0.name == "block_red" })
    var isMoved = false
    let episode = try act("lift_red_block_table", seed: 5) { _, motions in
      guard motions.last == "grasp", !isMoved else { return }
      isMoved = true
      // Scene numbers: six of doors, button, switch and lights, then six of each block.
      var state = environment.state
      state.sceneObservation[6 + 6 * red] += distance
      try environment.reset(to: state)
    }
    #expect(isMoved)
    #expect(episode.isSolved)
    #expect(episode.motions.count { $0 == "grasp" } == 1, "\(episode.motions)")
  }

  @Test("An arm that gets nowhere on a free way returns to the middle and comes again")
  func stuck() throws {
    var heldFor = 0
    let episode = try act("turn_on_led", seed: 6) { action, motions in
      // The arm is held where it is, as by a joint at its limit.
      guard motions.last == "approach", heldFor < 12 else { return }
      heldFor += 1
      action = .cartesianRelative([0, 0, 0, 0, 0, 0, -1])
    }
    #expect(heldFor == 12)
    #expect(episode.isSolved)
    #expect(episode.motions.contains("return"), "\(episode.motions)")
  }
}

import Assets
import Calvin
import Physics
import Policies
import Simulation
import Testing

@testable import Experts
@testable import Rollouts

@Suite("The scripted expert")
struct ExpertPolicyTests {
  private let assets: SceneAssets
  private let bench: Workbench
  private let oracle: TaskOracle

  init() throws {
    assets = try SceneAssets.load(root: embeddedScenes, scene: "D")
    bench = try Workbench(assets)
    oracle = try TaskOracle(tasksFile: "\(packageRoot)/Tasks/tasks.yaml")
  }

  @Test("Every task of the oracle has a recipe")
  func recipes() throws {
    #expect(oracle.tasks.count == 34)
    for task in oracle.tasks {
      #expect(throws: Never.self) { try Recipe(task: task.name, Vocabulary(bench: bench)) }
    }
  }

  @Test(
    "A task nobody knows is refused by name",
    arguments: ["", "fly", "lift_red_block", "lift_red_block_moon", "rotate_red_block_table"])
  func unknown(task: String) throws {
    #expect(throws: ExpertError.unknownTask(task)) {
      try Recipe(task: task, Vocabulary(bench: bench))
    }
  }

  @Test(
    "Solves skills from drawn starts in the embedded scene",
    arguments: [
      "open_drawer", "turn_on_led", "move_slider_left", "lift_red_block_table",
      "push_blue_block_right",
    ])
  func solves(task: String) throws {
    let environment = try Environment(models: SceneModels(assets))
    let skills = try SkillTable(file: "\(packageRoot)/Tasks/skills.yaml")
    let starts = SkillStartGenerator(
      skills: skills, scene: assets.scene, bench: bench, seed: 3)
    let draws = (0..<20).lazy.compactMap { starts.start(of: task, episode: 0, draw: $0) }
    let start = try #require(
      draws.first { start in
        guard (try? environment.reset(to: start.state)) != nil else { return false }
        let info = environment.info
        return SkillRunner.holds(start.symbols, info)
          && !oracle.achieves(task, from: info, to: info)
      })
    let expert = ExpertPolicy(bench: bench)
    try expert.reset(for: SubtaskContext(task: task, instruction: task, chain: 0, position: 0))
    let before = environment.info
    var steps = 0
    while steps < 360, !oracle.achieves(task, from: before, to: environment.info) {
      let seen = Observation(
        state: environment.state, info: environment.info, cameras: NoCameras(), step: steps)
      let action = try expert.act(seen)
      #expect(action.values.allSatisfy { abs($0) <= 1 })
      try environment.step(action)
      steps += 1
    }
    #expect(steps < 360, "\(start.task) not solved")
  }
}

/// The expert looks at the scene's state only.
final class NoCameras: CameraSource {
  struct Blind: Error {}
  func frame(_ camera: String, depth: Bool) throws -> Frame { throw Blind() }
}

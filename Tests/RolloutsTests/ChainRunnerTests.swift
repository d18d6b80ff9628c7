import Calvin
import Policies
import Results
import Rollouts
import Testing

@Suite struct ChainRunnerTests {
  func run(
    _ policy: ToyPolicy, observers: [any ChainObserver] = [], cameras: [String] = []
  ) throws -> ChainRunner.Outcome {
    let runner = ChainRunner(
      oracle: try toyOracle(), stepsPerSubtask: 30, renderedCameras: cameras)
    return try runner.run(toyChain(5), policy: policy, observers: observers) { ToyWorld() }
  }

  @Test func subtasksFollowEachOtherInOneWorld() throws {
    let policy = ToyPolicy { context, _ in
      [context.task == "open_drawer" ? 1 : -1, 0, 0, 0, 0, 0, 0.001]
    }
    let outcome = try run(policy)
    #expect(outcome.result.successes == 5)
    // Each subtask needs 0.12 m at 0.01 m per step; success is seen after the step that reaches it.
    #expect(outcome.result.subtasks.map(\.steps).allSatisfy { (12...13).contains($0) })
    #expect(policy.resets.map(\.position) == [0, 1, 2, 3, 4])
    #expect(policy.resets.map(\.instruction) == toyChain(5).instructions)
    #expect(policy.resets.allSatisfy { $0.chain == 5 })
    #expect(outcome.steps == outcome.result.subtasks.map(\.steps).reduce(0, +))
    #expect(outcome.frames == 0)
  }

  @Test func theBudgetIsSpentAndTheMissNamed() throws {
    let outcome = try run(ToyPolicy { _, _ in [0.1, 0, 0, 0, 0, 0, 1] })
    let subtask = try #require(outcome.result.subtasks.first)
    #expect(outcome.result.subtasks.count == 1)
    #expect(subtask.steps == 30 && subtask.policyCalls == 30 && !subtask.success)
    #expect(subtask.fault == nil)
    #expect(try #require(subtask.miss).contains("0.03"))
  }

  @Test func theLastStepOfTheBudgetCounts() throws {
    let outcome = try run(ToyPolicy { _, step in [step == 29 ? 20 : 0, 0, 0, 0, 0, 0, 1] })
    #expect(outcome.result.subtasks.first?.success == true)
    #expect(outcome.result.subtasks.first?.steps == 30)
  }

  @Test func theGripperIsBinarisedAsUpstreamDoes() throws {
    final class Grippers: ChainObserver {
      var seen: [Double] = []
      func began(_ plan: PlannedChain, state: EnvironmentState, cameras: any CameraSource) {}
      func stepped(
        _ action: Action, position: Int, state: EnvironmentState, cameras: any CameraSource
      ) { seen.append(action.values[6]) }
      func ended(_ result: ChainResult) {}
    }
    let grippers = Grippers()
    let wishes = [0.4, 0.0, -0.0, -3, 1e-300, 1]
    _ = try run(
      ToyPolicy { _, step in [0, 0, 0, 0, 0, 0, step < wishes.count ? wishes[step] : 1] },
      observers: [grippers])
    #expect(grippers.seen.prefix(6) == [1, -1, -1, -1, 1, 1])
  }

  @Test(arguments: [
    ([Double.nan, 0, 0, 0, 0, 0, 1], "policy: action[0] is nan"),
    ([0, 0, 0], "policy: an action of 3 numbers; cartesian_rel takes 7"),
    ([0, 9, 0, 0, 0, 0, 1], "physics: exploded"),
    ([0, 0, 9, 0, 0, 0, 1], "physics: robot_obs[0] is nan"),
  ])
  func deterministicFaultsFailTheSubtask(action: [Double], fault: String) throws {
    let outcome = try run(ToyPolicy { _, step in step < 3 ? [0, 0, 0, 0, 0, 0, 1] : action })
    let subtask = try #require(outcome.result.subtasks.first)
    #expect(!subtask.success && subtask.fault == fault && subtask.miss == nil)
    #expect(outcome.result.successes == 0)
  }

  @Test func aPolicyFaultIsScoredAndOtherErrorsAreNot() throws {
    let faulty = try run(ToyPolicy { _, _ in throw PolicyFault("NaN in layer 3") })
    #expect(faulty.result.subtasks.first?.fault == "policy: NaN in layer 3")
    #expect(throws: ToyError.self) { try run(ToyPolicy { _, _ in throw ToyError.exploded }) }
    #expect(throws: InfrastructureFailure.self) {
      try run(unevenPolicy(), cameras: ["broken"])
    }
  }

  @Test func renderingEveryStepRendersEachCameraOncePerStep() throws {
    let outcome = try run(unevenPolicy(), cameras: ["static", "gripper"])
    #expect(outcome.frames == 2 * outcome.steps)
  }

  @Test func recordedActionsBringTheChainBack() throws {
    try withTemporaryFolder { folder in
      let record = RunDirectory(path: folder)
      try DurableFile.createFolder(record.tracesFolder)
      final class Recorder: ChainObserver {
        var actions = RecordedActions()
        func began(_ plan: PlannedChain, state: EnvironmentState, cameras: any CameraSource) {}
        func stepped(
          _ action: Action, position: Int, state: EnvironmentState, cameras: any CameraSource
        ) { actions.append(action) }
        func ended(_ result: ChainResult) {}
      }
      let recorder = Recorder()
      let outcome = try run(unevenPolicy(), observers: [recorder])
      let file = RecordedActions.file(of: 5, in: record)
      try recorder.actions.write(to: file)
      let actions = try RecordedActions(path: file)
      #expect(actions == recorder.actions)
      var single = RecordedActions()
      single.append(.cartesianRelative([1, 0, 0, 0, 0, 0, 1], precision: .single))
      single.append(.cartesianRelative([1, 0, 0, 0, 0, 0, 1], precision: .half))
      try single.write(to: file)
      #expect(try RecordedActions(path: file) == single)
      let runner = ChainRunner(oracle: try toyOracle(), stepsPerSubtask: 30)
      let strip = try FilmStrips.take(
        toyChain(5), result: outcome.result, actions: actions, runner: runner
      ) { ToyWorld() }
      #expect(strip.moments.first?.step == 0)
      #expect(strip.moments.last?.step == outcome.steps)
      #expect(strip.moments.map(\.step) == strip.moments.map(\.step).sorted())
      var other = outcome.result
      other.subtasks[0].steps += 1
      #expect(throws: InfrastructureFailure.self) {
        try FilmStrips.take(toyChain(5), result: other, actions: actions, runner: runner) {
          ToyWorld()
        }
      }
    }
  }

  @Test func stripsShowThreeFailuresAndOneSuccess() {
    let results = (0..<12).map { chain in
      ChainResult(
        chain: chain, tasks: ["a"],
        subtasks: [
          SubtaskResult(task: "a", success: chain % 4 == 3, steps: 1, policyCalls: 1)
        ])
    }
    #expect(FilmStrips.chains(of: results.reversed()) == [0, 1, 2, 3])
    #expect(FilmStrips.chains(of: []) == [])
  }
}

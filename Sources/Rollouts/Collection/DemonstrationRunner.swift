import Calvin
import Datasets
import NumPy
import Policies
import Results
import Simulation

/// Lets a policy demonstrate single tasks from their start states, and keeps what succeeded.
public struct DemonstrationRunner: Sendable {
  /// Failed attempts after which a demonstration is given up.
  public static let mostFailures = 20
  /// Frames recorded from the one at which the task is solved, holding still.
  static let framesAfterwards = 3

  /// Where demonstrations start.
  public var starts: SkillStartGenerator
  /// Judge and step budget.
  public var rules: ChainRunner
  /// Sentences to choose from, by task; tasks without are not annotated.
  public var sentences: [String: [String]]
  /// Standard deviation of the noise on actions.
  public var noise: Double
  /// Seed and scene, for sentences and noise.
  public var seedWords: [UInt32]

  /// A runner of these parts.
  public init(
    starts: SkillStartGenerator, rules: ChainRunner, sentences: [String: [String]], noise: Double,
    seedWords: [UInt32]
  ) {
    self.starts = starts
    self.rules = rules
    self.sentences = sentences
    self.noise = noise
    self.seedWords = seedWords
  }

  /// Attempts the demonstration until it succeeds, writing its frames into an existing folder;
  /// `lifter` does the lift that some tasks begin with.
  public func run(
    _ planned: PlannedDemonstration, policy: any Policy, lifter: any Policy,
    world: any RolloutWorld, folder: String, encoder: FrameEncoder
  ) throws -> Demonstration {
    let recorder = DemonstrationRecorder(world: world, folder: folder, encoder: encoder)
    for draw in 0..<SkillRunner.mostDraws {
      guard let start = starts.start(of: planned.task, episode: planned.episode, draw: draw),
        try SkillRunner.place(start, in: world)
      else {
        recorder.restart(afterFailure: false)
        continue
      }
      var attempt = Attempt(
        runner: self, recorder: recorder, world: world, planned: planned,
        seedWords: seedWords + [UInt32(planned.index), UInt32(draw)])
      let isSolved = try attempt.run(start, policy: policy, lifter: lifter)
      if isSolved { return recorder.demonstration }
      recorder.restart(afterFailure: true)
      if recorder.demonstration.failures == Self.mostFailures { break }
    }
    recorder.giveUp()
    return recorder.demonstration
  }

  /// One attempt from one start state.
  private struct Attempt {
    let runner: DemonstrationRunner
    let recorder: DemonstrationRecorder
    let world: any RolloutWorld
    let planned: PlannedDemonstration
    var random: RandomState
    var noise: ActionNoise

    init(
      runner: DemonstrationRunner, recorder: DemonstrationRecorder, world: any RolloutWorld,
      planned: PlannedDemonstration, seedWords: [UInt32]
    ) {
      self.runner = runner
      self.recorder = recorder
      self.world = world
      self.planned = planned
      random = RandomState(seed: seedWords + [0])
      noise = ActionNoise(
        deviation: runner.noise, random: RandomState(seed: seedWords + [1]))
    }

    /// True when everything succeeded.
    mutating func run(
      _ start: SkillStart, policy: any Policy, lifter: any Policy
    ) throws -> Bool {
      do {
        for action in noise.detour() { try world.step(.cartesianRelative(action)) }
        guard SkillRunner.holds(start.symbols, world.info) else { return false }
        if let lift = start.lift {
          guard try demonstrate(lift, by: lifter, position: 0) else { return false }
        }
        let info = world.info
        guard !runner.rules.oracle.achieves(start.task, from: info, to: info),
          try demonstrate(start.task, by: policy, position: start.lift == nil ? 0 : 1)
        else { return false }
        let hold = [0, 0, 0, 0, 0, 0, world.state.robotObservation[14]]
        for _ in 0..<DemonstrationRunner.framesAfterwards {
          try make(.cartesianRelative(hold))
        }
        return true
      } catch is PolicyFault {
        return false
      } catch let error as SimulationError where error.isPolicyFault {
        return false
      }
    }

    /// Acts until the oracle reports the task or the steps are spent.
    private mutating func demonstrate(
      _ task: String, by policy: any Policy, position: Int
    ) throws -> Bool {
      let sentences = runner.sentences[task] ?? []
      let instruction = sentences.isEmpty ? task : random.choice(sentences)
      try policy.reset(
        for: SubtaskContext(
          task: task, instruction: instruction, chain: planned.index, position: position))
      let (first, start) = (recorder.nextFrame, world.info)
      for step in 0..<runner.rules.stepsPerSubtask {
        try recorder.observe()
        let wish = try policy.act(
          Observation(state: world.state, info: world.info, cameras: recorder, step: step))
        var action = try SubtaskRollout.checked(wish)
        if case .cartesianRelative(let numbers, _) = action {
          // Made in the precision it is recorded in.
          action = .cartesianRelative(noise.disturbing(numbers))
        }
        try recorder.record(action)
        try world.step(action)
        if runner.rules.oracle.achieves(task, from: start, to: world.info) {
          if !sentences.isEmpty {
            recorder.annotate(from: first, task: task, instruction: instruction)
          }
          return true
        }
      }
      return false
    }

    private func make(_ action: Action) throws {
      try recorder.observe()
      try recorder.record(action)
      try world.step(action)
    }
  }
}

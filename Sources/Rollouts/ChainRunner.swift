import Calvin
import Policies
import Results

/// Runs chains exactly as upstream's `evaluate_policy` does.
public struct ChainRunner: Sendable {
  /// Judges every step.
  public var oracle: TaskOracle
  /// Env steps allowed per subtask (360).
  public var stepsPerSubtask: Int
  /// Cameras rendered at every step whether or not anybody looks.
  public var renderedCameras: [String]

  /// A runner with these rules.
  public init(oracle: TaskOracle, stepsPerSubtask: Int, renderedCameras: [String] = []) {
    self.oracle = oracle
    self.stepsPerSubtask = stepsPerSubtask
    self.renderedCameras = renderedCameras
  }

  /// A chain's verdict with where the time went.
  public struct Outcome: Sendable {
    /// The verdict.
    public var result: ChainResult
    /// Env steps made.
    public var steps: Int
    /// Frames rendered.
    public var frames: Int
    /// Wall-clock seconds.
    public var seconds: Double
    /// Seconds by phase.
    public var phases: ChainTiming.Phases

    /// An outcome of these parts.
    public init(
      result: ChainResult, steps: Int, frames: Int, seconds: Double, phases: ChainTiming.Phases
    ) {
      self.result = result
      self.steps = steps
      self.frames = frames
      self.seconds = seconds
      self.phases = phases
    }
  }

  /// Runs one chain in a freshly loaded world: at most `stepsPerSubtask` steps for each subtask,
  /// stopping at the first failed one. Policy and physics faults fail the subtask; any error thrown
  /// is one of infrastructure and no verdict.
  public func run(
    _ plan: PlannedChain, policy: any Policy, observers: [any ChainObserver] = [],
    loadWorld: () throws -> any RolloutWorld
  ) throws -> Outcome {
    let start = Stopwatch.now
    var watch = Stopwatch()
    let world = try loadWorld()
    try world.reset(to: plan.start)
    let cameras = StepCameras(world: world)
    watch.lap(\.reset)
    for observer in observers {
      try observer.began(plan, state: world.state, cameras: cameras)
    }
    var rollout = SubtaskRollout(
      world: world, cameras: cameras, policy: policy, observers: observers, watch: watch)
    var result = ChainResult(
      chain: plan.chain.index, tasks: plan.chain.subtasks, subtasks: [])
    for (position, task) in plan.chain.subtasks.enumerated() {
      let context = SubtaskContext(
        task: task, instruction: plan.instructions[position], chain: plan.chain.index,
        position: position)
      let subtask = try rollout.run(context, rules: self)
      result.subtasks.append(subtask)
      if !subtask.success { break }
    }
    for observer in observers { try observer.ended(result) }
    return Outcome(
      result: result, steps: result.subtasks.reduce(0) { $0 + $1.steps },
      frames: cameras.rendered, seconds: Stopwatch.now - start, phases: rollout.phases)
  }
}

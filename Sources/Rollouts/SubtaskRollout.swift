import Calvin
import Policies
import Results
import Simulation

/// Runs subtasks in one world, one after the other.
struct SubtaskRollout {
  private let world: any RolloutWorld
  private let cameras: StepCameras
  private let policy: any Policy
  private let observers: [any ChainObserver]
  private var watch: Stopwatch

  init(
    world: any RolloutWorld, cameras: StepCameras, policy: any Policy,
    observers: [any ChainObserver], watch: Stopwatch
  ) {
    self.world = world
    self.cameras = cameras
    self.policy = policy
    self.observers = observers
    self.watch = watch
  }

  /// Seconds by phase so far.
  var phases: ChainTiming.Phases {
    var phases = watch.phases
    phases.render = cameras.seconds
    return phases
  }

  /// `rollout` upstream: resets the policy, then acts until the oracle reports the task against the
  /// info at the subtask's start, or the steps are spent.
  mutating func run(_ context: SubtaskContext, rules: ChainRunner) throws -> SubtaskResult {
    var outcome = SubtaskResult(task: context.task, success: false, steps: 0, policyCalls: 0)
    var renderedBefore = cameras.seconds
    var info = world.info
    let start = info
    watch.lap(\.info)
    do {
      try policy.reset(for: context)
      watch.lap(\.policy, except: cameras.seconds - renderedBefore)
      while outcome.steps < rules.stepsPerSubtask {
        renderedBefore = cameras.seconds
        for camera in rules.renderedCameras { _ = try cameras.frame(camera, depth: false) }
        outcome.policyCalls += 1
        let wish = try policy.act(
          Observation(state: world.state, info: info, cameras: cameras, step: outcome.steps))
        let action = try Self.checked(wish)
        watch.lap(\.policy, except: cameras.seconds - renderedBefore)
        try advance(action)
        watch.lap(\.physics)
        outcome.steps += 1
        cameras.advance()
        info = world.info
        let state = world.state
        watch.lap(\.info)
        for observer in observers {
          try observer.stepped(
            action, position: context.position, state: state, cameras: cameras)
        }
        try Self.check(state)
        watch.skip()
        let achieved = rules.oracle.achieves(context.task, from: start, to: info)
        watch.lap(\.oracle)
        if achieved {
          outcome.success = true
          return outcome
        }
      }
      outcome.miss = rules.oracle.miss(context.task, from: start, to: info)
    } catch let fault as PolicyFault {
      outcome.fault = "policy: \(fault)"
    } catch let fault as PhysicsFault {
      outcome.fault = fault.description
    }
    return outcome
  }

  private func advance(_ action: Action) throws(PhysicsFault) {
    do {
      try world.step(action)
    } catch {
      let fromPolicy = (error as? SimulationError)?.isPolicyFault == true
      throw PhysicsFault(description: "\(fromPolicy ? "policy" : "physics"): \(error)")
    }
  }

  /// The action as the environment receives it: the gripper is +1 when its number is positive and
  /// -1 otherwise, as upstream's wrapper makes it.
  static func checked(_ action: Action) throws(PolicyFault) -> Action {
    let (lengths, kind) =
      switch action {
      case .cartesianRelative: ([7], "cartesian_rel")
      case .cartesianAbsolute: ([7, 8], "cartesian_abs")
      case .jointRelative: ([8], "joint_rel")
      case .jointAbsolute: ([8], "joint_abs")
      }
    var values = action.values
    guard lengths.contains(values.count) else {
      throw PolicyFault(
        "an action of \(values.count) numbers; \(kind) takes "
          + lengths.map(String.init).joined(separator: " or "))
    }
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw PolicyFault("action[\(index)] is \(values[index])")
    }
    values[values.count - 1] = values[values.count - 1] > 0 ? 1 : -1
    return switch action {
    case .cartesianRelative(_, let precision): .cartesianRelative(values, precision: precision)
    case .cartesianAbsolute: .cartesianAbsolute(values)
    case .jointRelative: .jointRelative(values)
    case .jointAbsolute: .jointAbsolute(values)
    }
  }

  private static func check(_ state: EnvironmentState) throws(PhysicsFault) {
    if let index = state.robotObservation.firstIndex(where: { !$0.isFinite }) {
      throw PhysicsFault(
        description: "physics: robot_obs[\(index)] is \(state.robotObservation[index])")
    }
    if let index = state.sceneObservation.firstIndex(where: { !$0.isFinite }) {
      throw PhysicsFault(
        description: "physics: scene_obs[\(index)] is \(state.sceneObservation[index])")
    }
  }
}

/// The simulation cannot go on; deterministic, so the subtask fails.
struct PhysicsFault: Error {
  var description: String
}

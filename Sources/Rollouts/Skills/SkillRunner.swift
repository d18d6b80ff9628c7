import Calvin
import Policies
import Results
import Simulation

/// Runs episodes of single skills.
public struct SkillRunner: Sendable {
  /// Starts refused for one episode before the skill counts as impossible here.
  static let mostDraws = 1000

  /// Where episodes start.
  public var starts: SkillStartGenerator
  /// Judge and step budget.
  public var rules: ChainRunner
  /// The instruction of each task.
  public var instructions: [String: String]

  /// A runner with these starts and rules.
  public init(starts: SkillStartGenerator, rules: ChainRunner, instructions: [String: String]) {
    self.starts = starts
    self.rules = rules
    self.instructions = instructions
  }

  /// One episode's verdict.
  public struct Episode: Sendable, Equatable {
    /// Episode number.
    public var episode: Int
    /// The verdict.
    public var result: SubtaskResult
    /// Starts that were drawn and refused.
    public var redraws: Int

    /// A verdict of these parts.
    public init(episode: Int, result: SubtaskResult, redraws: Int) {
      self.episode = episode
      self.result = result
      self.redraws = redraws
    }
  }

  /// Draws starts until one holds, then lets the policy try the task. `lifter` does the lift that
  /// some skills begin with; its steps do not count. Observers see a chain of one subtask whose
  /// number is the episode's.
  public func run(
    _ task: String, episode: Int, policy: any Policy, lifter: any Policy,
    world: any RolloutWorld, observers: [any ChainObserver] = []
  ) throws -> (episode: Episode, frames: Int, phases: ChainTiming.Phases) {
    var watch = Stopwatch()
    for draw in 0..<Self.mostDraws {
      guard let start = starts.start(of: task, episode: episode, draw: draw),
        let preparation = try prepare(start, world, lifter)
      else { continue }
      watch.lap(\.reset)
      let cameras = StepCameras(world: world)
      let context = SubtaskContext(
        task: task, instruction: instructions[task] ?? task, chain: episode, position: 0)
      var plan = PlannedChain(
        chain: Chain(index: episode, initialState: start.symbols, subtasks: [task]),
        start: start.state, instructions: [context.instruction])
      plan.preparation = preparation
      for observer in observers {
        try observer.began(plan, state: world.state, cameras: cameras)
      }
      var rollout = SubtaskRollout(
        world: world, cameras: cameras, policy: policy, observers: observers, watch: watch)
      let result = try rollout.run(context, rules: rules)
      for observer in observers {
        try observer.ended(ChainResult(chain: episode, tasks: [task], subtasks: [result]))
      }
      return (
        Episode(episode: episode, result: result, redraws: draw), cameras.rendered,
        rollout.phases
      )
    }
    throw InfrastructureFailure(
      "\(task): none of \(Self.mostDraws) start states holds in this scene")
  }

  /// Puts the world into the start state and returns the steps made for it; nil when it does not
  /// hold: a block touches what it should not, is not where it should be, slips from the hand, or
  /// the task is solved already.
  private func prepare(
    _ start: SkillStart, _ world: any RolloutWorld, _ lifter: any Policy
  ) throws -> [Action]? {
    guard try Self.place(start, in: world) else { return nil }
    let steps = ActionList([Action](repeating: Self.idle, count: start.settlingSteps))
    if let lift = start.lift {
      var rollout = SubtaskRollout(
        world: world, cameras: StepCameras(world: world), policy: lifter, observers: [steps],
        watch: Stopwatch())
      let context = SubtaskContext(
        task: lift, instruction: instructions[lift] ?? lift, chain: start.episode, position: 0)
      guard try rollout.run(context, rules: rules).success else { return nil }
    }
    let info = world.info
    return rules.oracle.achieves(start.task, from: info, to: info) ? nil : steps.actions
  }

  /// No motion, the fingers open.
  private static let idle = Action.cartesianRelative([0, 0, 0, 0, 0, 0, 1])

  /// Resets the world to the start and lets it come to rest, before any lift; false when the start
  /// does not hold.
  static func place(_ start: SkillStart, in world: any RolloutWorld) throws -> Bool {
    do {
      try world.reset(to: start.state)
      for _ in 0..<start.settlingSteps {
        try world.step(idle)
      }
    } catch let error as SimulationError {
      guard case .diverged = error else { throw error }
      return false
    }
    return holds(start.symbols, world.info)
  }

  /// True when every block touches just what its place says.
  static func holds(_ symbols: InitialState, _ info: SceneInfo) -> Bool {
    guard let (table, tableBody) = info.names.fixedBodies.min(by: { $0.value < $1.value }),
      let links = info.names.links[table]
    else { return false }
    func body(of block: String) -> Int32? {
      info.block("block_" + block.dropLast("_block".count))?.body
    }
    func key(_ place: String) -> String? {
      symbols.entries.first { $0.value == .word(place) }?.key
    }
    for entry in symbols.entries {
      guard case .word(let place) = entry.value,
        let block = info.block("block_" + entry.key.dropLast("_block".count))
      else { continue }
      let stacked = place == "stacked_top" ? "stacked_bottom" : "stacked_top"
      let partner = place.hasPrefix("stacked") ? key(stacked).flatMap { body(of: $0) } : nil
      let floor = place == "drawer" ? links["drawer_link"] : nil
      for contact in block.contacts {
        let isPartner = contact.body == partner
        let isFloor =
          contact.body == tableBody
          && (floor.map { $0 == contact.link }
            ?? (place != "stacked_top"
              && [links["base_link"] ?? -1, links["plank_link"]].contains(contact.link)))
        guard isPartner || isFloor else { return false }
      }
      if let floor, !block.contacts.contains(.init(body: tableBody, link: floor)) { return false }
      if let partner, !block.contacts.contains(where: { $0.body == partner }) { return false }
    }
    return true
  }
}

/// Notes the actions taken.
private final class ActionList: ChainObserver {
  private(set) var actions: [Action]

  init(_ actions: [Action]) {
    self.actions = actions
  }

  func began(_ plan: PlannedChain, state: EnvironmentState, cameras: any CameraSource) {}

  func stepped(
    _ action: Action, position: Int, state: EnvironmentState, cameras: any CameraSource
  ) {
    actions.append(action)
  }

  func ended(_ result: ChainResult) {}
}

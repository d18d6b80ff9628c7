import Calvin

/// Everything that happened in one chain, as `--record` writes it: `chain_0007.npz` with the
/// numbers and `chain_0007.json` with the names.
public struct Recording: Sendable, Equatable {
  /// Action space of a recording; one for all its steps.
  public enum ActionKind: String, Sendable, CaseIterable {
    /// 7 numbers.
    case cartesianRelative = "cartesian_rel"
    /// 7 numbers, scaled in float32 and kept as float32.
    case cartesianRelativeSingle = "cartesian_rel_float32"
    /// 7 numbers, scaled in float16.
    case cartesianRelativeHalf = "cartesian_rel_float16"
    /// 7 or 8 numbers.
    case cartesianAbsolute = "cartesian_abs"
    /// 8 numbers.
    case jointRelative = "joint_rel"
    /// 8 numbers.
    case jointAbsolute = "joint_abs"

    /// The kind of an action.
    public init(of action: Action) {
      switch action {
      case .cartesianRelative(_, .double): self = .cartesianRelative
      case .cartesianRelative(_, .single): self = .cartesianRelativeSingle
      case .cartesianRelative(_, .half): self = .cartesianRelativeHalf
      case .cartesianAbsolute: self = .cartesianAbsolute
      case .jointRelative: self = .jointRelative
      case .jointAbsolute: self = .jointAbsolute
      }
    }

    /// An action of this kind.
    public func action(_ values: [Double]) -> Action {
      switch self {
      case .cartesianRelative: .cartesianRelative(values)
      case .cartesianRelativeSingle: .cartesianRelative(values, precision: .single)
      case .cartesianRelativeHalf: .cartesianRelative(values, precision: .half)
      case .cartesianAbsolute: .cartesianAbsolute(values)
      case .jointRelative: .jointRelative(values)
      case .jointAbsolute: .jointAbsolute(values)
      }
    }
  }

  /// An attempted subtask and its steps, counted from the chain's start: 1 is after the first
  /// action.
  public struct Outcome: Sendable, Equatable {
    /// Task name.
    public var task: String
    /// True when the oracle reported the task.
    public var success: Bool
    /// Number of the subtask's first step.
    public var firstStep: Int
    /// Number of its last step; one less than the first when it made none.
    public var lastStep: Int

    /// An outcome of these parts.
    public init(task: String, success: Bool, firstStep: Int, lastStep: Int) {
      self.task = task
      self.success = success
      self.firstStep = firstStep
      self.lastStep = lastStep
    }
  }

  /// The chain with its index, initial state and five task names.
  public var chain: Chain
  /// Scene name.
  public var scene: String
  /// Digest of the assets.
  public var assets: String
  /// Action space of all steps.
  public var actionKind: ActionKind
  /// `[steps, 7]` (or 8): exactly what the environment received.
  public private(set) var actions: [[Double]]
  /// Position in the chain of the subtask each step belongs to.
  public private(set) var positions: [Int]
  /// `[steps + 1]` states; the first is after the chain's reset.
  public private(set) var states: [EnvironmentState]
  /// Verdicts of the attempted subtasks; empty while the chain runs.
  public private(set) var outcomes: [Outcome]
  /// How the first state came about, where the chain's initial state does not tell.
  public var preparation: Preparation?

  /// Steps between a reset and the first state: what fell came to rest, a block was taken in hand.
  public struct Preparation: Sendable, Equatable {
    /// The state reset to.
    public var start: EnvironmentState
    /// `[steps, 7]` relative actions.
    public var actions: [[Double]]

    /// A preparation of these parts.
    public init(start: EnvironmentState, actions: [[Double]]) {
      self.start = start
      self.actions = actions
    }
  }

  /// The beginning of a recording: the state after the chain's reset.
  public init(
    chain: Chain, scene: String, assets: String, start: EnvironmentState,
    actionKind: ActionKind = .cartesianRelative
  ) {
    self.init(
      chain: chain, scene: scene, assets: assets, actionKind: actionKind, actions: [],
      positions: [], states: [start], outcomes: [])
  }

  init(
    chain: Chain, scene: String, assets: String, actionKind: ActionKind, actions: [[Double]],
    positions: [Int], states: [EnvironmentState], outcomes: [Outcome]
  ) {
    self.chain = chain
    self.scene = scene
    self.assets = assets
    self.actionKind = actionKind
    self.actions = actions
    self.positions = positions
    self.states = states
    self.outcomes = outcomes
  }

  /// Adds a step: the action as the environment received it, and the state after it. An action of
  /// another kind or length than the first one is an error, since one array holds them all.
  public mutating func append(
    _ action: Action, position: Int, state: EnvironmentState
  ) throws(RecordingError) {
    let kind = ActionKind(of: action)
    if actions.isEmpty { actionKind = kind }
    guard kind == actionKind, action.values.count == actions.first?.count ?? action.values.count
    else {
      throw RecordingError(
        "chain \(chain.index)",
        "step \(actions.count + 1) is \(kind.rawValue) with \(action.values.count) numbers, the "
          + "first was \(actionKind.rawValue) with \(actions.first?.count ?? 0)")
    }
    actions.append(action.values)
    positions.append(position)
    states.append(state)
  }

  /// Ends the recording with the verdicts of the attempted subtasks, in order.
  public mutating func finish(successes: [Bool]) {
    outcomes = []
    var next = 1
    for (position, success) in successes.enumerated() {
      let steps = positions.count { $0 == position }
      outcomes.append(
        Outcome(
          task: chain.subtasks[position], success: success, firstStep: next,
          lastStep: next + steps - 1))
      next += steps
    }
  }

  /// The recorded actions of the subtask at `position`.
  public func actions(at position: Int) -> [Action] {
    zip(positions, actions).filter { $0.0 == position }.map { actionKind.action($0.1) }
  }
}

/// What is wrong with a recording, or with replaying it.
public struct RecordingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file or chain.
  public var source: String
  /// What was found and what was expected.
  public var message: String

  /// An error about `source`.
  public init(_ source: String, _ message: String) {
    self.source = source
    self.message = message
  }

  /// `SOURCE: MESSAGE`.
  public var description: String { "\(source): \(message)" }
}

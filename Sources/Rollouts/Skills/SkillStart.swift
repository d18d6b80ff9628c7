import Calvin

/// Where an episode of one skill starts: a state to reset to, and what to do before the policy's
/// first step. Plain data, wherever it was drawn from.
public struct SkillStart: Sendable, Equatable {
  /// Task name.
  public var task: String
  /// Episode number, from 0.
  public var episode: Int
  /// The state to reset to.
  public var state: EnvironmentState
  /// The symbolic state it was made from.
  public var symbols: InitialState
  /// Env steps without motion until everything lies still.
  public var settlingSteps: Int
  /// The lift to be run first, for skills that start with a block in the hand.
  public var lift: String?

  /// A start of these parts.
  public init(
    task: String, episode: Int, state: EnvironmentState, symbols: InitialState,
    settlingSteps: Int = 0, lift: String? = nil
  ) {
    self.task = task
    self.episode = episode
    self.state = state
    self.symbols = symbols
    self.settlingSteps = settlingSteps
    self.lift = lift
  }
}

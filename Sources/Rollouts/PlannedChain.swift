import Calvin

/// A chain with everything a worker needs to run it.
public struct PlannedChain: Sendable, Equatable {
  /// The chain.
  public var chain: Chain
  /// The state it starts from.
  public var start: EnvironmentState
  /// The instruction of each subtask.
  public var instructions: [String]
  /// Steps made between the reset to `start` and the first subtask, which count for nothing; nil
  /// where the chain's initial state alone tells the start.
  public var preparation: [Action]?

  /// A plan of these parts.
  public init(chain: Chain, start: EnvironmentState, instructions: [String]) {
    precondition(chain.subtasks.count == instructions.count)
    self.chain = chain
    self.start = start
    self.instructions = instructions
  }
}

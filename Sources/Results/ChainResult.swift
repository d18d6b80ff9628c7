/// The outcome of one chain; its JSON form is a line of `chains.jsonl` and carries no times.
public struct ChainResult: Sendable, Equatable, Codable {
  /// Chain index.
  public var chain: Int
  /// The five task names.
  public var tasks: [String]
  /// The attempted subtasks in order; the chain stops at the first failure.
  public var subtasks: [SubtaskResult]

  /// Number of subtasks solved in a row, 0-5.
  public var successes: Int { subtasks.filter(\.success).count }

  /// A result of these parts.
  public init(chain: Int, tasks: [String], subtasks: [SubtaskResult]) {
    self.chain = chain
    self.tasks = tasks
    self.subtasks = subtasks
  }
}

/// The outcome of one subtask.
public struct SubtaskResult: Sendable, Equatable, Codable {
  /// Task name.
  public var task: String
  /// True when the oracle reported the task within the step budget.
  public var success: Bool
  /// Env steps taken.
  public var steps: Int
  /// Times the policy was asked.
  public var policyCalls: Int
  /// For failures: which threshold was missed and by how much.
  public var miss: String?
  /// Deterministic policy or physics fault (NaN action, diverged simulation), if any.
  public var fault: String?

  /// A result of these parts.
  public init(
    task: String, success: Bool, steps: Int, policyCalls: Int, miss: String? = nil,
    fault: String? = nil
  ) {
    self.task = task
    self.success = success
    self.steps = steps
    self.policyCalls = policyCalls
    self.miss = miss
    self.fault = fault
  }

  enum CodingKeys: String, CodingKey {
    case task, success, steps
    case policyCalls = "policy_calls"
    case miss, fault
  }
}

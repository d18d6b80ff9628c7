import Datasets

/// What one planned demonstration came to, as its folder says once it is complete.
public struct Demonstration: Codable, Sendable, Equatable {
  /// An annotated part; frames count from the demonstration's first.
  public struct Span: Codable, Sendable, Equatable {
    /// First frame.
    public var first: Int
    /// The first frame at which the oracle reports the task against `first`.
    public var last: Int
    /// Task name.
    public var task: String
    /// Sentence.
    public var instruction: String
  }

  /// Bytes of each frame's file; empty when no attempt succeeded.
  public var sizes: [Int]
  /// Annotated parts, each verified by the oracle.
  public var spans: [Span]
  /// Start states that were drawn and refused.
  public var redraws: Int
  /// Attempts that did not solve the task.
  public var failures: Int
  /// Of `robot_obs`.
  public var robot: RunningMoments
  /// Of `scene_obs`.
  public var scene: RunningMoments
  /// Of `actions`.
  public var actions: RunningMoments

  /// Nothing recorded yet.
  init() {
    sizes = []
    spans = []
    redraws = 0
    failures = 0
    robot = RunningMoments(width: 15)
    scene = RunningMoments(width: 24)
    actions = RunningMoments(width: 7)
  }

  /// Drops what an attempt recorded, but not how many attempts there were.
  mutating func restart() {
    let (redraws, failures) = (redraws, failures)
    self = Demonstration()
    self.redraws = redraws
    self.failures = failures
  }
}

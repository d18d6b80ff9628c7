/// How long one chain took and where; a line of `timings.jsonl`. Never part of a compared result.
public struct ChainTiming: Codable, Sendable, Equatable {
  /// Chain index.
  public var chain: Int
  /// Worker that finished it.
  public var worker: Int
  /// Attempts needed; 1 unless infrastructure failed.
  public var attempts: Int
  /// Env steps.
  public var steps: Int
  /// Frames rendered for the policy or by request.
  public var frames: Int
  /// Wall-clock seconds from loading the world to the verdict.
  public var seconds: Double
  /// Seconds by phase.
  public var phases: Phases
  /// Where the run stood when the chain was finished; nil in runs made before this was kept.
  public var progress: Progress?

  /// State of the process when a chain was finished.
  public struct Progress: Codable, Sendable, Equatable {
    /// Which start of the program on this run, from 1.
    public var start: Int
    /// Seconds since that start.
    public var elapsed: Double
    /// Resident memory of the process, bytes; nil where the system does not tell.
    public var memory: Int?

    /// A state of these parts.
    public init(start: Int, elapsed: Double, memory: Int?) {
      self.start = start
      self.elapsed = elapsed
      self.memory = memory
    }
  }

  /// Seconds spent by phase; the rest of `seconds` is loading and bookkeeping.
  public struct Phases: Codable, Sendable, Equatable {
    /// Loading a fresh world and resetting it.
    public var reset = 0.0
    /// The policy without rendering its observations.
    public var policy = 0.0
    /// Inverse kinematics and physics steps.
    public var physics = 0.0
    /// Gathering the scene information.
    public var info = 0.0
    /// Rendering.
    public var render = 0.0
    /// The oracle.
    public var oracle = 0.0

    /// No time spent.
    public init() {}

    /// The sum by phase.
    public static func + (a: Self, b: Self) -> Self {
      var sum = Self()
      for phase in Self.all {
        sum[keyPath: phase.path] = a[keyPath: phase.path] + b[keyPath: phase.path]
      }
      return sum
    }

    /// Phases in the order of a step, with their names.
    public static var all: [(name: String, path: WritableKeyPath<Self, Double>)] {
      [
        ("reset", \.reset), ("policy", \.policy), ("physics", \.physics), ("info", \.info),
        ("render", \.render), ("oracle", \.oracle),
      ]
    }
  }

  /// A timing of these parts.
  public init(
    chain: Int, worker: Int, attempts: Int = 1, steps: Int, frames: Int, seconds: Double,
    phases: Phases, progress: Progress? = nil
  ) {
    self.chain = chain
    self.worker = worker
    self.attempts = attempts
    self.steps = steps
    self.frames = frames
    self.seconds = seconds
    self.phases = phases
    self.progress = progress
  }
}

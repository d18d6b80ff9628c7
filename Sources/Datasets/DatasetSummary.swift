import Calvin

/// What a split holds, as `data info` reports it.
public struct DatasetSummary: Sendable {
  /// A name with how often it occurs.
  public struct Count: Sendable, Equatable {
    /// Name.
    public var name: String
    /// Occurrences.
    public var count: Int
  }

  /// Instructions of one task.
  public struct TaskSpans: Sendable, Equatable {
    /// Task name.
    public var task: String
    /// Annotated spans.
    public var spans: Int
    /// Different instructions among them.
    public var instructions: Int
    /// Frames from first to last, over all spans.
    public var frames: Int
  }

  /// Numbers over the frames that were read.
  public struct Numbers: Sendable {
    /// Frames read.
    public var frames = 0
    /// `robot_obs`.
    public var robot = RunningMoments(width: 15)
    /// `scene_obs`.
    public var scene = RunningMoments(width: 24)
    /// `actions`.
    public var actions = RunningMoments(width: 7)
    /// `rel_actions`.
    public var relativeActions = RunningMoments(width: 7)
    /// Of each motion number of `rel_actions`, how many lie at the clipping bounds ±1.
    public var clipped = [Int](repeating: 0, count: 6)
    /// Of each motion number, how many training's normalisation range ±0.65 cuts off.
    public var beyondRange = [Int](repeating: 0, count: 6)
    /// Frames whose action opens the gripper.
    public var gripperOpen = 0
    /// Changes of the gripper's action from one frame to the next.
    public var gripperToggles = 0

    /// Numbers over no frames yet.
    public init() {}

    /// Adds a frame; `previous` is the frame before it in the same episode, if it was read.
    public mutating func add(_ frame: DatasetFrame, after previous: DatasetFrame?) {
      frames += 1
      robot.add(frame.state.robotObservation)
      scene.add(frame.state.sceneObservation)
      actions.add(frame.action)
      relativeActions.add(frame.relativeAction)
      for index in 0..<6 {
        let size = abs(frame.relativeAction[index])
        if size >= 1 { clipped[index] += 1 }
        if size > 0.65 { beyondRange[index] += 1 }
      }
      if frame.action[6] > 0 { gripperOpen += 1 }
      if let previous, (previous.action[6] > 0) != (frame.action[6] > 0) { gripperToggles += 1 }
    }

    /// The statistics upstream writes to `statistics.yaml`.
    public var normalization: NormalizationStatistics {
      NormalizationStatistics(
        robot: .init(mean: robot.mean, deviation: robot.deviation),
        scene: .init(mean: scene.mean, deviation: scene.deviation),
        actionMinimum: actions.minimum, actionMaximum: actions.maximum)
    }
  }

  /// The split.
  public let split: DatasetSplit
  /// Frames of episodes that have no file, and how many files belong to no episode.
  public let missingFrames: Int
  /// Files that belong to no episode.
  public let strayFrames: Int
  /// Frames per scene.
  public let scenes: [Count]
  /// Annotated spans per task: the benchmark's tasks in order, then others by name.
  public let tasks: [TaskSpans]
  /// Over the frames read.
  public let numbers: Numbers

  /// Hours of all frames at 30 per second.
  public var hours: Double {
    Double(split.frameCount) / DatasetSplit.framesPerSecond / 3600
  }

  /// Reads what the summary needs.
  ///
  /// - Parameters:
  ///   - taskNames: The benchmark's tasks, listed even where no span shows them.
  ///   - sample: At most about this many frames are read, in runs spread over the split; nil reads
  ///     all.
  ///   - cache: Where the list of the split's frames is kept.
  public init(
    of split: DatasetSplit, taskNames: [String], sample: Int? = nil, cache: InventoryCache? = nil
  ) throws {
    self.split = split
    let inventory = try FrameInventory(of: split, cache: cache)
    let recorded = split.episodes.flatMap {
      inventory.frames(from: $0.first, through: $0.last)
    }
    missingFrames = split.frameCount - recorded.count
    strayFrames = inventory.count - Set(recorded).count
    scenes = split.scenes.map { scene in
      Count(
        name: scene.name,
        count: recorded.count { scene.first <= $0 && $0 <= scene.last })
    }
    tasks = Self.tasks(of: split.annotations?.spans ?? [], names: taskNames)

    var numbers = Numbers()
    var previous: DatasetFrame?
    let stream = FrameStream(split, fields: [.actions, .state], ahead: 512)
    let ends = Set(split.episodes.map(\.last))
    try stream.forEach(Self.sampled(recorded, sample)) { frame in
      let before = previous.flatMap { previous in
        previous.number == frame.number - 1 && !ends.contains(previous.number) ? previous : nil
      }
      numbers.add(frame, after: before)
      previous = frame
    }
    self.numbers = numbers
  }

  /// Runs of up to 64 frames spread evenly, about `sample` in all.
  static func sampled(_ frames: [Int], _ sample: Int?) -> [Int] {
    guard let sample, sample < frames.count else { return frames }
    let run = min(64, max(1, sample))
    let runs = max(1, sample / run)
    return (0..<runs).flatMap { index -> ArraySlice<Int> in
      let start = index * (frames.count - run) / max(1, runs - 1)
      return frames[(runs == 1 ? 0 : start)...].prefix(run)
    }
  }

  private static func tasks(
    of spans: [LanguageAnnotations.Span], names: [String]
  ) -> [TaskSpans] {
    let byTask = Dictionary(grouping: spans, by: \.task)
    let others = byTask.keys.filter { !names.contains($0) }.sorted()
    return (names + others).map { task in
      let spans = byTask[task] ?? []
      return TaskSpans(
        task: task, spans: spans.count, instructions: Set(spans.map(\.instruction)).count,
        frames: spans.reduce(0) { $0 + $1.last - $1.first + 1 })
    }
  }
}

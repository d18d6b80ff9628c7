/// What to collect. Equal settings give equal datasets, byte for byte, however the work is done.
public struct CollectionSettings: Codable, Sendable, Equatable {
  /// Scene names in order, e.g. `A`.
  public var scenes: [String]
  /// Digest of each scene's files.
  public var assets: [String]
  /// Task names in order.
  public var tasks: [String]
  /// Demonstrations of each task in each scene.
  public var episodes: Int
  /// Share of them that becomes the validation split.
  public var validation: Double
  /// Who acts: kind and, where there is one, digest of its weights.
  public var policy: String
  /// Seed of start states, sentences, noise and stochastic policies.
  public var seed: UInt64
  /// Standard deviation of the disturbance of the TCP's target, in units of the relative action.
  public var noise: Double
  /// Largest number of the expert's relative actions.
  public var largestAction: Double
  /// Env steps a demonstration may take.
  public var stepsPerSubtask: Int
  /// `deflated` or `stored`.
  public var packing: String
  /// Renderer that draws, and what of its settings changes pictures.
  public var renderer: String

  /// Settings of these parts.
  public init(
    scenes: [String], assets: [String], tasks: [String], episodes: Int, validation: Double,
    policy: String, seed: UInt64, noise: Double, largestAction: Double,
    stepsPerSubtask: Int, packing: String, renderer: String
  ) {
    self.scenes = scenes
    self.assets = assets
    self.tasks = tasks
    self.episodes = episodes
    self.validation = validation
    self.policy = policy
    self.seed = seed
    self.noise = noise
    self.largestAction = largestAction
    self.stepsPerSubtask = stepsPerSubtask
    self.packing = packing
    self.renderer = renderer
  }

  /// Demonstrations of each task and scene that are held out: at least one where any are wanted and
  /// there are two.
  public var heldOut: Int {
    guard validation > 0, episodes > 1 else { return 0 }
    return min(episodes - 1, max(1, Int((validation * Double(episodes)).rounded())))
  }

  /// Every demonstration in the dataset's order: training before validation, scene by scene, each
  /// round through all tasks.
  public var demonstrations: [PlannedDemonstration] {
    let ranges = [
      (DatasetPart.training, 0..<(episodes - heldOut)),
      (.validation, (episodes - heldOut)..<episodes),
    ]
    var planned: [PlannedDemonstration] = []
    for (part, range) in ranges {
      for scene in scenes {
        for episode in range {
          for task in tasks {
            planned.append(
              PlannedDemonstration(
                index: planned.count, part: part, scene: scene, task: task, episode: episode))
          }
        }
      }
    }
    return planned
  }
}

/// The two splits of a dataset; the raw value is the folder.
public enum DatasetPart: String, Codable, Sendable, CaseIterable {
  /// For training.
  case training
  /// Held out.
  case validation
}

/// One demonstration to be collected.
public struct PlannedDemonstration: Sendable, Equatable {
  /// Place in the dataset, from 0.
  public var index: Int
  /// Its split.
  public var part: DatasetPart
  /// Scene name.
  public var scene: String
  /// Task name.
  public var task: String
  /// Number among the demonstrations of this task in this scene; with the seed it decides the start.
  public var episode: Int
}

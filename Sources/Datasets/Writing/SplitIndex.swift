import Foundation
import NumPy

/// Everything a split's folder holds beside its frames.
public struct SplitIndex: Sendable {
  /// Episodes in the order of their frames.
  public var episodes: [DatasetSplit.Episode]
  /// Scenes in the order of their frames.
  public var scenes: [DatasetSplit.SceneRange]
  /// Annotated spans.
  public var spans: [LanguageAnnotations.Span]
  /// Normalisation.
  public var statistics: NormalizationStatistics
  /// Text of `.hydra/merged_config.yaml`.
  public var configuration: String

  /// An index of these parts.
  public init(
    episodes: [DatasetSplit.Episode], scenes: [DatasetSplit.SceneRange],
    spans: [LanguageAnnotations.Span], statistics: NormalizationStatistics, configuration: String
  ) {
    self.episodes = episodes
    self.scenes = scenes
    self.spans = spans
    self.statistics = statistics
    self.configuration = configuration
  }

  /// Width of upstream's sentence embeddings (MiniLM).
  public static let embeddingWidth = 384

  /// The files by their path inside the split, `ep_start_end_ids.npy` last: a split without it is
  /// not one.
  public var files: [(path: String, bytes: [UInt8])] {
    let ids = episodes.flatMap { [$0.first, $0.last] }
    return [
      (".hydra/merged_config.yaml", Array(configuration.utf8)),
      ("statistics.yaml", Array(statistics.yaml.utf8)),
      ("scene_info.npy", objectNPY(sceneInfo)),
      ("lang_annotations/auto_lang_ann.npy", objectNPY(annotations)),
      ("ep_lens.npy", NPYArray(episodes.map(\.count)).npyBytes()),
      ("ep_start_end_ids.npy", NPYArray(ids, shape: [episodes.count, 2]).npyBytes()),
    ]
  }

  private var sceneInfo: PickleValue {
    .dictionary(
      scenes.map { scene in
        .init(
          key: .string(scene.name), value: .list([.integer(scene.first), .integer(scene.last)]))
      })
  }

  /// `emb` is zeros of upstream's shape `[spans, 1, 384]`: readers that want embeddings compute
  /// their own from the sentences, others only look at the shape.
  private var annotations: PickleValue {
    let embeddings = NPYArray(
      [Float](repeating: 0, count: spans.count * Self.embeddingWidth),
      shape: [spans.count, 1, Self.embeddingWidth])
    return .record([
      "language": .record([
        "ann": .list(spans.map { .string($0.instruction) }),
        "task": .list(spans.map { .string($0.task) }),
        "emb": .array(embeddings),
      ]),
      "info": .record([
        "episodes": .list([]),
        "indx": .list(spans.map { .tuple([.integer($0.first), .integer($0.last)]) }),
      ]),
    ])
  }
}

/// Runs of consecutive frames to examine, spread evenly over a split's episodes: the same frames for
/// the same episodes and budget, however many workers examine them.
public struct FrameRuns: Sendable, Equatable {
  /// Consecutive frames of one episode.
  public struct Run: Sendable, Hashable {
    /// Index into the split's episodes.
    public var episode: Int
    /// Frames, both ends included.
    public var frames: ClosedRange<Int>
  }

  /// The runs, in order.
  public let runs: [Run]
  /// True when every frame is in a run.
  public let isComplete: Bool

  /// Frames of a run unless told.
  public static let usualLength = 32

  /// Number of frames in all runs.
  public var frameCount: Int { runs.reduce(0) { $0 + $1.frames.count } }

  /// Runs of at most `length` frames, about `budget` frames in all; nil takes every frame.
  public init(
    of episodes: [DatasetSplit.Episode], budget: Int?, length: Int = FrameRuns.usualLength
  ) {
    precondition(length > 0 && budget ?? 1 > 0)
    let total = episodes.reduce(0) { $0 + $1.count }
    if let budget, budget < total {
      let count = max(1, budget / length)
      let width = min(length, budget)
      runs = Self.spread(count, width, over: episodes, total: total)
      isComplete = false
    } else {
      runs = episodes.enumerated().flatMap { index, episode in
        stride(from: episode.first, through: episode.last, by: length).map {
          Run(episode: index, frames: $0...min($0 + length - 1, episode.last))
        }
      }
      isComplete = true
    }
  }

  /// Runs around evenly spaced places of all episodes laid end to end.
  private static func spread(
    _ count: Int, _ width: Int, over episodes: [DatasetSplit.Episode], total: Int
  ) -> [Run] {
    var runs: [Run] = []
    var (episode, before) = (0, 0)
    for index in 0..<count {
      let middle = (2 * index + 1) * total / (2 * count)
      while middle >= before + episodes[episode].count {
        before += episodes[episode].count
        episode += 1
      }
      let whole = episodes[episode]
      let first = max(
        whole.first, min(whole.first + middle - before - width / 2, whole.last - width + 1))
      let run = Run(episode: episode, frames: first...min(first + width - 1, whole.last))
      // Short episodes between two places would be taken twice.
      if run != runs.last { runs.append(run) }
    }
    return runs
  }
}

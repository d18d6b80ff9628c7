import Calvin
import Datasets
import Foundation
import Rendering

/// Everything `data audit` says about a split: whether its actions, pictures and texts belong
/// together.
public struct DatasetAudit: Sendable {
  /// What is examined; none of it but `budget` changes a finding about the frames examined.
  public struct Options: Sendable {
    /// At most about this many frames are examined by each check; nil examines all.
    public var budget: Int?
    /// Threads.
    public var workers: Int
    /// Scene of all frames, whatever the split says; nil follows the split.
    public var scene: String?

    /// Options of these parts.
    public init(budget: Int?, workers: Int, scene: String? = nil) {
      self.budget = budget
      self.workers = workers
      self.scene = scene
    }
  }

  /// What one episode gave.
  public struct EpisodeSummary: Sendable {
    /// The episode.
    public var episode: DatasetSplit.Episode
    /// Scene the split names, or the one assumed.
    public var scene: String
    /// Frames examined.
    public var frames: Int
    /// How each recorded array fits the states.
    public var fits: [Channel: PictureAudit.Fit]
  }

  /// The split.
  public let split: DatasetSplit
  /// Actions against states.
  public let actions: ActionAudit
  /// Pictures against states, all episodes together.
  public let fits: [Channel: PictureAudit.Fit]
  /// Pictures against states, episode by episode.
  public let episodes: [EpisodeSummary]
  /// Median distance between the recorded TCP and that of the joints, metres; nil without states.
  public let tcpDistance: Double?
  /// Spans against the oracle; nil without annotations.
  public let spans: SpanAudit?
  /// Actions played.
  public let replay: Replay
  /// What is wrong, and notes; causes first, what follows from them is left out.
  public let findings: [AuditFinding]
  /// Frames whose pictures differ most from the states', worst first, one per episode.
  public let worst: [Int]
  /// Scene in which a frame is best shown: the split's, or the one its pictures show.
  public let scenes: SceneNames
  /// How the pictures were drawn, as far as that can be told.
  public let style: RendererSettings
  /// Checks left out because of a finding, with the reason.
  public let omissions: [String]

  /// True when nothing but notes was found.
  public var isClean: Bool { findings.allSatisfy(\.code.isNote) }

  /// Frames examined.
  public var frameCount: Int { episodes.reduce(0) { $0 + $1.frames } }

  /// Examines a split.
  ///
  /// - Parameters:
  ///   - tasks: Oracle and known instructions.
  ///   - library: The scenes it may show.
  public init(
    of split: DatasetSplit, tasks: TaskLibrary, library: SceneLibrary, options: Options
  ) throws {
    let inventory = try FrameInventory(of: split)
    var options = options
    if 2 * inventory.count < split.frameCount {
      // Episodes of mostly no files are no burden.
      options.budget = min(options.budget ?? .max, max(FrameRuns.usualLength, inventory.count))
    }
    var ledger = AuditLedger(split)
    ledger.add(
      StructureAudit(of: split, inventory: inventory, scenes: library.names).findings)
    let runs = FrameRuns(of: split.episodes, budget: options.budget)
    let names = SceneNames(split, library: library, forced: options.scene)

    let vectors = try VectorAudit(
      of: split, runs: runs, inventory: inventory, workers: options.workers, ledger: &ledger)
    let whole = runs.runs.filter { vectors.isWhole($0) }
    let library = library.drawing(
      try DrawingStyle.found(
        in: whole.map { ($0.frames.lowerBound + $0.frames.upperBound) / 2 }, of: split,
        library: library, names: names, workers: options.workers))
    let pictures = try PictureStage(
      of: split, runs: whole, library: library,
      names: names, workers: options.workers, ledger: &ledger)
    ledger.judge(style: pictures.library.style, fits: pictures.fits)
    let corrected = names.corrected(by: pictures.scenes)
    var omissions: [String] = []
    let tracks = FrameRuns(of: split.episodes, budget: options.budget, length: Replay.length).runs
    replay = try Replay(
      of: split, ledger.statesAreUnusable ? [] : tracks.filter { vectors.isWhole($0) },
      library: library, workers: options.workers, scene: { corrected[$0] })
    if ledger.statesAreUnusable { omissions.append("replay: the states are wrong") }
    let timing =
      ledger.isTimingDoubtful(vectors, replay)
      ? try ActionTiming(
        of: split, episodes: Array(Set(runs.runs.map(\.episode))).sorted(), library: library,
        workers: options.workers, scene: { corrected[$0] }) : nil
    ledger.settleShifts(vectors, pictures, replay, timing)
    ledger.judge(vectors)

    if let annotations = split.annotations {
      ledger.add(annotations.findings)
      ledger.add(
        AnnotationAudit(
          annotations.spans, episodes: split.episodes, tasks: tasks.taskNames,
          sentences: Dictionary(
            uniqueKeysWithValues: tasks.taskNames.map {
              ($0, tasks.validation.sentences(of: $0) + tasks.training.sentences(of: $0))
            })
        ).findings)
    }
    spans = try Self.spans(
      split, tasks, library, corrected, inventory, options, &ledger, &omissions)
    ledger.judge(replay, vectors.actions)

    self.split = split
    actions = vectors.actions
    fits = pictures.fits
    episodes = pictures.episodes
    tcpDistance = pictures.kinematics.median
    findings = ledger.settled()
    worst = pictures.worst
    scenes = corrected
    style = pictures.library.style
    self.omissions = omissions
  }

  private static func spans(
    _ split: DatasetSplit, _ tasks: TaskLibrary, _ library: SceneLibrary, _ scenes: SceneNames,
    _ inventory: FrameInventory, _ options: Options, _ ledger: inout AuditLedger,
    _ omissions: inout [String]
  ) throws -> SpanAudit? {
    guard let annotations = split.annotations else { return nil }
    guard !ledger.statesAreUnusable else {
      omissions.append("text vs motion: the states are wrong")
      return nil
    }
    let readable = annotations.spans.indices.filter {
      let span = annotations.spans[$0]
      // One that leaves its episode is not judged, but may tell where all of them belong.
      return inventory.firstMissing(from: span.first, through: span.last) == nil
        || split.episode(of: span.first)?.contains(span.last) != true
    }
    let frames = readable.reduce(0) {
      $0 + annotations.spans[$1].last - annotations.spans[$1].first + 1
    }
    var judged = readable
    if let budget = options.budget, frames > budget {
      judged = PictureDiagnosis.spread(readable, max(1, readable.count * budget / frames))
    }
    let audit = try SpanAudit(
      of: split, spans: judged, oracle: tasks.oracle, library: library,
      workers: options.workers, scene: { scenes[$0] }, displacements: ledger.displacements)
    ledger.judge(audit)
    return audit
  }
}

/// Which scene each frame was recorded in.
public struct SceneNames: Sendable {
  private let ranges: [DatasetSplit.SceneRange]
  private let fallback: String
  private let forced: String?
  private var corrections: [(frames: ClosedRange<Int>, name: String)] = []

  /// The scenes a split names; `forced` replaces them all.
  public init(_ split: DatasetSplit, library: SceneLibrary, forced: String?) {
    ranges = split.scenes.filter { range in
      library.names.contains(SceneLibrary.short(range.name))
    }
    self.forced = forced.map(SceneLibrary.short)
    fallback = library.configuredScene ?? "D"
  }

  /// Short name of the scene of a frame.
  public subscript(frame: Int) -> String {
    corrections.first { $0.frames.contains(frame) }?.name ?? stated(frame)
  }

  private func stated(_ frame: Int) -> String {
    if let forced { return forced }
    let range = ranges.first { $0.first <= frame && frame <= $0.last }
    return range.map { SceneLibrary.short($0.name) } ?? fallback
  }

  /// The names with those replaced that pictures speak against.
  func corrected(by corrections: [(frames: ClosedRange<Int>, name: String)]) -> SceneNames {
    var names = self
    names.corrections = corrections
    // Where as many episodes of a range as are looked at are wrong, the range is.
    for range in ranges {
      let whole = range.first...max(range.first, range.last)
      let found = corrections.filter { whole.overlaps($0.frames) }.map(\.name)
      if let name = found.first, found.count >= PictureStage.explainedEpisodes / 2,
        found.allSatisfy({ $0 == name })
      {
        names.corrections.append((whole, name))
      }
    }
    return names
  }
}

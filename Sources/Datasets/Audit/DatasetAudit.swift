/// Everything `data audit` says about a split.
public struct DatasetAudit: Sendable {
  /// The split.
  public let split: DatasetSplit
  /// Actions against states, over the whole split.
  public let actions: ActionAudit
  /// What is wrong, and notes.
  public let findings: [AuditFinding]

  /// True when nothing but notes was found.
  public var isClean: Bool { findings.allSatisfy(\.code.isNote) }

  /// Examines a split.
  ///
  /// - Parameters:
  ///   - tasks: The benchmark's task names.
  ///   - sentences: Known instructions by task.
  ///   - sample: At most about this many episodes are read, spread over the split; nil reads all.
  public init(
    of split: DatasetSplit, tasks: [String], sentences: [String: [String]], sample: Int? = nil
  ) throws {
    let inventory = try FrameInventory(of: split)
    var findings: [AuditFinding] = []
    for episode in split.episodes {
      guard let first = inventory.firstMissing(from: episode.first, through: episode.last) else {
        continue
      }
      let there = inventory.frames(from: episode.first, through: episode.last).count
      findings.append(
        AuditFinding(
          .missingFrames, at: "episode \(episode.first)...\(episode.last)",
          "\(episode.count - there) of \(episode.count) frames have no file, the first is "
            + split.naming.name(of: first)))
    }
    if let annotations = split.annotations {
      findings +=
        AnnotationAudit(
          annotations.spans, episodes: split.episodes, tasks: tasks, sentences: sentences
        ).findings
    }
    let episodes = try Self.read(split, inventory, Self.sampled(split.episodes, sample))
    let whole = ActionAudit(episodes.map(\.vectors), place: "all episodes")
    findings += Self.joined(
      whole.findings,
      episodes.flatMap { episode, vectors in
        ActionAudit([vectors], place: "episode \(episode.first)...\(episode.last)").findings
      })
    self.split = split
    self.actions = whole
    self.findings = findings
  }

  /// Findings of the whole with those of single episodes: a fault of one drowns in the whole, one
  /// of the whole shows in every episode and is said once.
  static func joined(_ whole: [AuditFinding], _ own: [AuditFinding]) -> [AuditFinding] {
    // Too few frames tell a lag, and any fault of the whole makes single episodes disagree.
    let vague: Set<AuditFinding.Code> = [.relativeMismatch, .gripperMismatch]
    let told = Set(whole.map(\.code)).union(whole.isEmpty ? [.lag] : vague.union([.lag]))
    let extra = own.filter { !told.contains($0.code) }
    // A disagreement of the whole that some episodes explain is theirs.
    return extra.isEmpty ? whole : whole.filter { !vague.contains($0.code) } + extra
  }

  private static func sampled(
    _ episodes: [DatasetSplit.Episode], _ sample: Int?
  ) -> [DatasetSplit.Episode] {
    guard let sample, sample < episodes.count else { return episodes }
    return (0..<sample).map { episodes[$0 * episodes.count / sample] }
  }

  /// Vectors of the episodes, without those that lack frames (they have a finding of their own).
  private static func read(
    _ split: DatasetSplit, _ inventory: FrameInventory, _ episodes: [DatasetSplit.Episode]
  ) throws -> [(episode: DatasetSplit.Episode, vectors: ActionAudit.Episode)] {
    let whole = episodes.filter {
      inventory.firstMissing(from: $0.first, through: $0.last) == nil
    }
    var vectors = whole.map { _ in
      ActionAudit.Episode(actions: [], relativeActions: [], robot: [])
    }
    let numbers = whole.flatMap { $0.first...$0.last }
    var index = 0
    try FrameStream(split, fields: [.actions, .state], batch: 512).forEach(numbers) { frame in
      while vectors[index].actions.count == whole[index].count { index += 1 }
      vectors[index].actions.append(frame.action)
      vectors[index].relativeActions.append(frame.relativeAction)
      vectors[index].robot.append(frame.state.robotObservation)
    }
    return Array(zip(whole, vectors))
  }
}

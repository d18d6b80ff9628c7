/// Everything `data audit` says about a split.
public struct DatasetAudit: Sendable {
  /// The split.
  public let split: DatasetSplit
  /// Actions against states, over the whole split.
  public let actions: ActionAudit
  /// Episodes that were read with what is wrong in each; one that says what the split says is not
  /// repeated.
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
      let missing = (episode.first...episode.last).filter { !inventory.contains($0) }
      guard let first = missing.first else { continue }
      findings.append(
        AuditFinding(
          .missingFrames, at: "episode \(episode.first)...\(episode.last)",
          "\(missing.count) of \(episode.count) frames have no file, the first is "
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
    findings += whole.findings
    // A fault of one episode drowns in the whole; one of the whole shows in every episode.
    for (episode, vectors) in episodes {
      let place = "episode \(episode.first)...\(episode.last)"
      let own = ActionAudit([vectors], place: place).findings.filter { finding in
        finding.code != .lag && !whole.findings.contains { $0.code == finding.code }
      }
      if whole.findings.isEmpty || own.contains(where: { $0.code != .gripperMismatch }) {
        findings += own.filter { whole.findings.isEmpty || $0.code != .relativeMismatch }
      }
    }
    self.split = split
    self.actions = whole
    self.findings = findings
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
    let whole = episodes.filter { ($0.first...$0.last).allSatisfy(inventory.contains) }
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

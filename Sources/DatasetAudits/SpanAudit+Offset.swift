import Calvin
import Datasets

/// Frames by which all spans must be moved, and what says so.
extension SpanAudit {
  /// A displacement of all spans.
  public struct Offset: Sendable, Equatable {
    /// Frames by which they must be moved, positive for later.
    public var frames: Int
    /// What is seen of it.
    public var reason: String
  }

  /// Farthest that spans may lie from the starts of their episodes to be measured by them, frames.
  private static let leads = -16...16
  /// Spans whose tasks are looked for elsewhere.
  private static let searchedSpans = 12

  /// The displacement told by the spans' place in their episodes or, where that says nothing, by
  /// their tasks; nil when they lie where they should.
  static func offset(
    of verdicts: [Verdict], in split: DatasetSplit, oracle: TaskOracle, workers: Int,
    equip: @escaping @Sendable () throws -> Judge, scene: @Sendable (Int) -> String
  ) throws -> Offset? {
    let judged = verdicts.filter { oracle.predicate(of: $0.span.task) != nil }
    if let lead = lead(judged, split) {
      let sample = PictureDiagnosis.spread(lead.spans, searchedSpans)
      // Spans that begin before their episodes need no further proof.
      let agree =
        lead.frames < 0
        ? sample.count
        : try worked(on: sample, workers: workers, equip: equip) { judge, span in
          try endsWithTask(span, lead.frames, judge, scene)
        }.count { $0 }
      if 4 * agree >= 3 * sample.count { return lead.offset }
    }
    let failed = judged.filter { !$0.isShown }
    // Spans a little too short would show their task when moved, too.
    let short = failed.count { $0.reachedBeyond.map { $0 <= Self.shortfall } ?? false }
    guard failed.count >= 2, 2 * failed.count >= judged.count, 3 * short < 2 * failed.count else {
      return nil
    }
    let searched = PictureDiagnosis.spread(judged.map(\.span), searchedSpans)
    let bands = try worked(on: searched, workers: workers, equip: equip) { judge, span in
      offsets(span, judge, scene)
    }
    return commonOffset(bands).map { frames in
      Offset(
        frames: frames,
        reason: "\(failed.count) of \(verdicts.count) spans do not show their task, most would if "
          + "they lay \(abs(frames)) frames \(frames > 0 ? "later" : "earlier")")
    }
  }

  // MARK: Starts of episodes

  /// How far the first spans of episodes begin from the episode's first frame.
  private struct Lead {
    /// Frames after it, negative for before.
    var frames: Int
    /// The spans that begin so.
    var spans: [LanguageAnnotations.Span]
    /// True when those of all episodes do.
    var isAll: Bool

    var offset: Offset {
      let count = "\(abs(frames)) frame\(abs(frames) == 1 ? "" : "s")"
      return Offset(
        frames: -frames,
        reason: "the first spans of \(isAll ? "all" : "most") episodes begin \(count) "
          + (frames < 0
            ? "before them" : "after their start and end as long after their task is achieved"))
    }
  }

  /// Frames by which the first spans of most episodes begin after (negative: before) the episode's
  /// first frame, with those spans; nil when some begin with it, each in its own way, or few.
  private static func lead(
    _ verdicts: [Verdict], _ split: DatasetSplit
  ) -> Lead? {
    var first: [Int: Verdict] = [:]
    for verdict in verdicts where verdict.span.first <= verdict.span.last {
      let middle = (verdict.span.first + verdict.span.last) / 2
      guard let episode = split.episode(of: middle) else { continue }
      if verdict.span.first < first[episode.first]?.span.first ?? .max {
        first[episode.first] = verdict
      }
    }
    let leads = Dictionary(grouping: first) { $0.value.span.first - $0.key }
    guard leads[0] == nil,
      let most = leads.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) }),
      most.value.count >= 2, 3 * most.value.count >= 2 * first.count, Self.leads.contains(most.key)
    else { return nil }
    return Lead(
      frames: most.key,
      spans: most.value.map(\.value).sorted { $0.index < $1.index }.map(\.span),
      isAll: leads.count == 1)
  }

  /// True when a span, moved back by `lead` frames, ends with the first frame that shows its task or
  /// with the one before, the last acted on.
  private static func endsWithTask(
    _ span: LanguageAnnotations.Span, _ lead: Int, _ judge: Judge, _ scene: (Int) -> String
  ) throws -> Bool {
    let (first, last) = (span.first - lead, span.last - lead)
    guard let episode = judge.split.episode(of: first), episode.contains(last) else {
      return false
    }
    let start = try judge.info(first, in: scene(first))
    func isAchieved(_ frame: Int) throws -> Bool {
      try judge.oracle.achieves(span.task, from: start, to: judge.info(frame, in: scene(first)))
    }
    guard last - 1 > first, try !isAchieved(last - 1) else { return false }
    if try isAchieved(last) { return true }
    return episode.contains(last + 1) ? try isAchieved(last + 1) : false
  }

  // MARK: Tasks

  /// Displacements within ±130 frames that make a span show its task.
  private static func offsets(
    _ span: LanguageAnnotations.Span, _ judge: Judge, _ scene: (Int) -> String
  ) -> [Int] {
    var infos: [Int: SceneInfo] = [:]
    func info(_ frame: Int) -> SceneInfo? {
      if let known = infos[frame] { return known }
      let read = try? judge.info(frame, in: scene(frame))
      infos[frame] = read
      return read
    }
    return (-130...130).filter { offset in
      let (first, last) = (span.first + offset, span.last + offset)
      guard let episode = judge.split.episode(of: first), episode.contains(last),
        let start = info(first), let end = info(last)
      else { return false }
      return judge.oracle.achieves(span.task, from: start, to: end)
    }
  }

  /// The middle of the displacements that most spans share, nil when fewer than two thirds do, or
  /// hardly more than as they are.
  private static func commonOffset(_ bands: [[Int]]) -> Int? {
    let votes = Dictionary(grouping: bands.flatMap { $0 }) { $0 }.mapValues(\.count)
    guard let most = votes.values.max(), 3 * most >= 2 * bands.count, most >= 3,
      most - (votes[0] ?? 0) >= 2
    else { return nil }
    // Of two stretches of displacements as good as each other the longer one is meant.
    var stretches: [ClosedRange<Int>] = []
    for offset in votes.filter({ $0.value == most }).keys.sorted() {
      if let last = stretches.last, last.upperBound == offset - 1 {
        stretches[stretches.count - 1] = last.lowerBound...offset
      } else {
        stretches.append(offset...offset)
      }
    }
    return stretches.max { ($0.count, -abs($0.lowerBound)) < ($1.count, -abs($1.lowerBound)) }
      .map { ($0.lowerBound + $0.upperBound) / 2 }
  }
}

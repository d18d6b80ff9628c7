import Datasets
import Foundation
import Rendering

/// Gathers findings and keeps those that are causes: what merely follows from another is left out.
struct AuditLedger: Sendable {
  let split: DatasetSplit
  var findings: [AuditFinding] = []
  /// Frames by which arrays were found to lie early.
  var displacements = Displacements()
  /// Frames that cannot be read or hold no numbers: what they are part of cannot be judged.
  private var faulty: Set<Int> = []

  init(_ split: DatasetSplit) { self.split = split }

  mutating func add(_ finding: AuditFinding) { findings.append(finding) }

  mutating func add(_ more: [AuditFinding]) { findings += more }

  /// `episode FIRST...LAST` around a frame.
  func place(of frame: Int) -> String {
    split.episode(of: frame)?.place ?? "frame \(frame)"
  }

  func has(_ codes: Set<AuditFinding.Code>, of subject: String? = nil) -> Bool {
    findings.contains { finding in
      codes.contains(finding.code)
        && (subject.map { finding.subject?.contains($0) ?? false } ?? true)
    }
  }

  /// True when the recorded states are not in metres and radians.
  var statesHaveWrongUnits: Bool {
    has([.degrees, .lengthUnit], of: "robot_obs") || has([.degrees, .lengthUnit], of: "scene_obs")
  }

  /// True when the recorded states cannot be simulated from.
  var statesAreUnusable: Bool {
    statesHaveWrongUnits || has([.eulerOrder], of: "robot_obs")
      || has([.axes, .rotationScale], of: "robot_obs")
      || has([.tcpMismatch, .sceneOrder, .sceneMismatch])
  }

  /// Leaves what these frames are part of unjudged.
  mutating func exclude(_ frames: some Sequence<Int>) { faulty.formUnion(frames) }

  /// Frames that cannot be read or shown, said once each.
  mutating func noteUnreadable(_ faults: [(frame: Int, reason: String)]) {
    exclude(faults.lazy.map(\.frame))
    let told = findings.filter { [.unreadableFrame, .notFinite].contains($0.code) }
    for fault in faults.prefix(20) {
      let isTold = told.contains {
        $0.message.contains("\(fault.frame)") || $0.code == .notFinite
      }
      guard !isTold else { continue }
      add(
        AuditFinding(
          .unreadableFrame, at: place(of: fault.frame), "frame \(fault.frame): \(fault.reason)"))
    }
  }

  /// Pictures drawn as they should be but without shadows.
  mutating func judge(style: RendererSettings, fits: [Channel: PictureAudit.Fit]) {
    guard !style.shadows, let level = fits[.rgbStatic]?.median,
      level > PictureDiagnosis.closeEnough
    else { return }
    add(
      AuditFinding(
        .renderer, of: "rgb_static, rgb_gripper", at: "all episodes",
        "pictures were drawn without shadows"))
  }

  /// Findings of states that cannot follow each other, but for those where arrays that moved were
  /// joined.
  mutating func judge(_ vectors: VectorAudit) {
    let joined = vectors.continuity.findings { [split, displacements] frame in
      split.episode(of: frame).map { displacements.isWrapped(frame, in: $0) } ?? false
    }
    // In other units everything seems to jump.
    let discontinuous: Set<AuditFinding.Code> = [.discontinuity, .droppedFrames]
    add(
      joined.filter {
        $0.code != .notFinite && (vectors.hasSoundUnits || !discontinuous.contains($0.code))
      })
  }

  // MARK: Motion

  /// Findings of the spans' verdicts.
  mutating func judge(_ audit: SpanAudit) {
    let unknown = Set(findings.filter { $0.code == .unknownTask }.map(\.place))
    let endEarly = audit.endEarly
    let failed = audit.verdicts.filter { (!$0.isShown || endEarly) && !$0.isReplayed }
    // Where episodes are wrong, it is they that lie elsewhere.
    let misplaced: Set<AuditFinding.Code> = [
      .missingFrames, .strayFrames, .episodesOverlap, .invalidEpisode, .episodeLengths,
    ]
    if let offset = audit.offset, !has(misplaced) {
      add(
        AuditFinding(
          .shiftedSpans, of: "info/indx", at: "annotations", offset.reason,
          amount: Double(offset.frames)))
      let spans = split.annotations?.spans ?? []
      let returning = spans.indices.filter { index in
        split.episode(of: spans[index].first + offset.frames)?
          .contains(spans[index].last + offset.frames) ?? false
      }
      findings.removeAll { finding in
        finding.code == .spanOutsideEpisode
          && returning.contains { finding.place.hasPrefix("span \($0) ") }
      }
      return
    }
    for verdict in failed {
      let span = verdict.span
      if faulty.contains(where: { (span.first...max(span.first, span.last)).contains($0) }) {
        continue
      }
      let place = "span \(verdict.index) (\(span.first)...\(span.last), \(span.task))"
      if unknown.contains(place) { continue }
      if let episode = split.episode(of: span.first), episode.contains(span.last),
        displacements.haveLost(span, in: episode)
      {
        continue
      }
      if let fault = verdict.fault, verdict.recorded.isEmpty, verdict.miss == nil {
        if !has([.spanOutsideEpisode]) {
          add(AuditFinding(.taskNotShown, at: place, "cannot be judged: \(fault)"))
        }
      } else if let frames = verdict.reachedBeyond,
        verdict.recorded.isEmpty || frames <= SpanAudit.shortfall
      {
        add(
          AuditFinding(
            .truncatedSpan, at: place, "the task is achieved \(frames) frames after its end",
            amount: Double(frames)))
      } else if let frames = verdict.startedBefore,
        verdict.recorded.isEmpty || frames <= SpanAudit.shortfall
      {
        add(
          AuditFinding(
            .truncatedSpan, at: place,
            "the task is achieved at its end when counted from \(frames) frames before its start",
            amount: Double(-frames)))
      } else if !verdict.recorded.isEmpty {
        add(
          AuditFinding(
            .wrongTask, at: place,
            "shows \(verdict.recorded.joined(separator: ", ")), not \(span.task): "
              + (verdict.miss ?? "")))
      } else if verdict.miss != nil {
        add(AuditFinding(.taskNotShown, at: place, verdict.miss ?? ""))
      }
    }
  }

  /// Codes that make actions lead elsewhere than the recording by themselves.
  private static let misleading: Set<AuditFinding.Code> = [
    .shifted, .exchangedActions, .unnormalized, .degrees, .lengthUnit, .eulerOrder, .wrongScene,
    .sceneOrder, .sceneMismatch, .tcpMismatch, .gripperNegated, .gripperMismatch, .relativeMismatch,
    .lag,
    .droppedFrames, .discontinuity, .repeatedFrames, .notFinite, .unreadableFrame,
    .translationScale, .rotationScale, .unclipped, .gripperEncoding, .relativeFrame, .unwrapped,
    .lowPrecision, .axes,
  ]

  /// Findings of the replay.
  mutating func judge(_ replay: Replay, _ actions: ActionAudit) {
    let dropped =
      has(Self.misleading.subtracting([.lag]))
      ? []
      : actions.areReachedPoses ? Self.unreached(replay) : Self.dropped(replay)
    if let first = dropped.first {
      // What comes after a lost frame is early against the simulation.
      findings.removeAll { $0.code == .lag }
      let some = dropped.prefix(8).map(String.init).joined(separator: ", ")
      add(
        AuditFinding(
          .droppedFrames, at: dropped.count == 1 ? place(of: first) : "the split",
          "the robot goes much farther than its actions take it in the frame before "
            + "\(some)\(dropped.count > 8 ? ", ..." : "")", amount: Double(dropped.count)))
      return
    }
    if let found = replay.lag, !actions.areReachedPoses {
      findings.removeAll { $0.code == .lag }
      if found != 0, replay.isLagClear(leaving: 0.6), !has(Self.misleading) {
        add(
          AuditFinding(
            .lag, of: "actions, rel_actions", at: "all episodes",
            "robot_obs follows the actions \(abs(found)) frame\(abs(found) == 1 ? "" : "s") "
              + "\(found > 0 ? "later" : "earlier") than in a simulation of them"
              + (actions.lag.map { " (after \($0) frames)" } ?? ""), amount: Double(found)))
      }
    }
    guard !has(Self.misleading) else { return }
    let drifts = [false, true].compactMap {
      replay.quantiles([0.5], of: \.tcp, after: 29, relative: $0)?.first
    }
    if let drift = drifts.min(), drift > 0.04 {
      add(
        AuditFinding(
          .replayDrift, at: "all episodes",
          String(
            format: "after 30 actions the TCP is %.1f cm from the recording in the median",
            100 * drift), amount: drift))
    }
  }

  /// Frames that lie beyond the pose that the action before says, where all others are reached.
  static func unreached(_ replay: Replay) -> [Int] {
    replay.tracks.flatMap { track in
      track.steps.indices.filter { index in
        track.misses[index] > max(0.002, 0.2 * track.steps[index].recorded)
          && track.steps[index].recorded > track.misses[index]
      }.map { track.frames.lowerBound + $0 + 1 }
    }
  }

  /// Frames reached by more motion than their action makes.
  static func dropped(_ replay: Replay) -> [Int] {
    var frames: Set<Int> = []
    for track in replay.tracks {
      for index in track.steps.indices.dropFirst(3).dropLast() {
        let (recorded, simulated, cosine) = track.steps[index]
        let (before, after) = (track.steps[index - 1], track.steps[index + 1])
        // What was held up comes free in jerks.
        guard track.steps[index - 2].recorded > 0.25 * before.recorded else { continue }
        let around = (before.recorded + after.recorded) / 2
        // Several steps in one: those before and after and the simulated one are a part of it and go
        // the same way, and the simulation was with the recording until now.
        let isDouble = min(around, simulated) > 0.3 * recorded
        // What slips free goes farther, too, but its joints go on as they did.
        let isSudden =
          track.turns[index] > 1.2 * max(track.turns[index - 1], track.turns[index + 1])
        if isSudden, recorded > 1.5 * simulated, recorded > simulated + 0.005,
          recorded > 1.35 * max(before.recorded, after.recorded),
          min(around, simulated) > recorded / ContinuityAudit.leap.upperBound,
          cosine > (isDouble ? 0.7 : 0.85),
          abs(before.recorded - before.simulated) < 0.3 * before.recorded + 0.001
        {
          frames.insert(track.frames.lowerBound + index + 1)
        }
      }
    }
    return frames.sorted()
  }

  // MARK: The end

  /// True for what makes recorded numbers others than those the statistics were taken of.
  private static func changesNumbers(_ finding: AuditFinding) -> Bool {
    let codes: Set<AuditFinding.Code> = [
      .exchangedActions, .degrees, .lengthUnit, .eulerOrder, .axes, .sceneOrder, .sceneMismatch,
      .tcpMismatch,
      .gripperNegated, .gripperEncoding, .repeatedFrames, .droppedFrames, .missingFrames,
      .unreadableFrame, .notFinite, .gripperWidth, .episodesOverlap, .episodeLengths,
      .invalidEpisode, .lowPrecision, .unwrapped,
    ]
    let numbers = ["actions", "robot_obs", "scene_obs"]
    return codes.contains(finding.code)
      || finding.code == .shifted && numbers.contains { finding.subject?.contains($0) ?? false }
  }

  /// What is left when consequences are dropped.
  func settled() -> [AuditFinding] {
    var kept: [AuditFinding] = []
    for finding in findings {
      // Two checks may find one cause.
      let isTold = kept.contains {
        [.eulerOrder, .axes, .rotationScale].contains($0.code) && finding.code == $0.code
          && $0.place == finding.place && $0.subject?.contains(finding.subject ?? "") ?? false
      }
      if !isTold { kept.append(finding) }
    }
    if statesHaveWrongUnits {
      // Frames can be read, but nothing can be put where their states say.
      kept.removeAll {
        $0.code == .unreadableFrame && $0.message.contains(PictureAudit.cannotBeShown)
      }
    }
    if has([.degrees, .lengthUnit], of: "robot_obs") {
      kept.removeAll { $0.code == .tcpMismatch }
    }
    if has([.eulerOrder, .axes, .rotationScale]) {
      // Written in another way, angles lie beyond half a turn, and so do their differences.
      kept.removeAll { $0.code == .unwrapped }
    }
    if has([.tcpMismatch]) {
      kept.removeAll { $0.code == .relativeMismatch }
    }
    if has([.shifted]) {
      // Moved arrays repeat a frame at an episode's end.
      kept.removeAll { $0.code == .repeatedFrames || $0.code == .frozen }
    }
    if findings.contains(where: Self.changesNumbers) {
      // Statistics of the right numbers are not those of wrong ones.
      kept.removeAll { $0.code == .statistics }
    }
    let meaningless = kept.filter { [.blank, .frozen].contains($0.code) }
    kept.removeAll { finding in
      Observations.vague.contains(finding.code)
        && meaningless.contains { $0.subject == finding.subject && $0.place == finding.place }
    }
    let resized = Set(kept.filter { $0.code == .resolution }.compactMap(\.subject))
    // Another size has other pixels.
    kept.removeAll {
      Observations.vague.contains($0.code) && resized.contains($0.subject ?? "")
    }
    for shift in kept where shift.code == .shifted && shift.subject?.contains("_obs") ?? false {
      // What moves, and what the robot hides, lies elsewhere in the frame's own state.
      kept.removeAll {
        $0.code == .sceneMismatch && [$0.place, "all episodes"].contains(shift.place)
      }
    }
    if has([.gripperWidth]) {
      // Fingers drawn elsewhere.
      kept.removeAll {
        Observations.vague.contains($0.code) && $0.subject == Channel.rgbGripper.rawValue
      }
    }
    if has([.sceneMismatch]) {
      // What moves wrongly hides other things, here and there.
      kept.removeAll { Observations.vague.contains($0.code) }
    }
    for finding in kept where finding.code == .camerasExchanged {
      // Taken from the other array at another size.
      kept.removeAll {
        [.renderer, .resampled].contains($0.code) && $0.subject == finding.subject
      }
    }
    if has([.camerasExchanged]) {
      kept.removeAll { [.depthUnit, .depthMismatch, .resolution].contains($0.code) }
    }
    if has([.lowPrecision]) {
      // Rounded numbers do not follow from each other, nor do pictures from them.
      kept.removeAll {
        $0.code == .relativeMismatch
          || Observations.vague.contains($0.code)
            && $0.amount ?? 0 > PictureDiagnosis.explained
      }
    }
    if has([.exchangedActions]) {
      kept.removeAll { [.lag, .gripperMismatch, .gripperNegated].contains($0.code) }
    }
    if has([.repeatedFrames, .discontinuity]) { kept.removeAll { $0.code == .frozen } }
    return kept
  }
}

import Datasets
import Foundation
import Rendering

/// Gathers findings and keeps those that are causes: what merely follows from another is left out.
struct AuditLedger: Sendable {
  private let split: DatasetSplit
  private var findings: [AuditFinding] = []
  /// Frames that cannot be read or hold no numbers: what they are part of cannot be judged.
  private var faulty: Set<Int> = []

  init(_ split: DatasetSplit) { self.split = split }

  mutating func add(_ finding: AuditFinding) { findings.append(finding) }

  mutating func add(_ more: [AuditFinding]) { findings += more }

  /// `episode FIRST...LAST` around a frame.
  func place(of frame: Int) -> String {
    split.episode(of: frame)?.place ?? "frame \(frame)"
  }

  private func has(_ codes: Set<AuditFinding.Code>, of subject: String? = nil) -> Bool {
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
      || has([.tcpMismatch, .sceneOrder])
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

  // MARK: Shifts

  /// Finds out which arrays moved. That `rel_actions` do not follow from `robot_obs` says only that
  /// one side moved; pictures say which.
  mutating func settleShifts(pictures: PictureStage, robot: Int?) {
    var remaining = pictures.shifts
    let episodes = pictures.episodes.indices.map { index in
      split.episodes.firstIndex(of: pictures.episodes[index].episode) ?? index
    }
    if let robot {
      let seen = episodes.flatMap { index in
        [Channel.rgbStatic, .rgbGripper].compactMap { channel in remaining[index]?[channel] }
      }
      let moved = seen.count { $0 == -robot }
      let measurable = pictures.episodes.reduce(0) { count, episode in
        count
          + [Channel.rgbStatic, .rgbGripper].count {
            (episode.fits[$0]?.bestLag).map { _ in true } ?? false
          }
      }
      if measurable > 0 {
        findings.removeAll { $0.code == .shifted && $0.subject == "robot_obs" }
        if 2 * moved > measurable {
          let hasScene = pictures.sceneShift.map { $0 == robot } ?? true
          addShift(hasScene ? "robot_obs, scene_obs" : "robot_obs", robot, "all episodes")
          if !hasScene {
            // The pictures were compared with scenes as late as the robot.
            findings.removeAll { Observations.vague.contains($0.code) }
          }
          for index in episodes {
            remaining[index] = remaining[index]?.filter { $0.value != -robot }
          }
        } else {
          addShift("actions, rel_actions", -robot, "all episodes")
        }
      }
    } else if settleShiftsOfEpisodes(pictures, &remaining) {
    } else if let scene = pictures.sceneShift, scene != 0, remaining.isEmpty {
      addShift("scene_obs", scene, "all episodes")
    } else {
      let moved = pictures.sceneShifts.filter {
        $0.value != 0 && (remaining[$0.key] ?? [:]).isEmpty
      }
      let observations = Observations(split, examined: episodes)
      for (frames, indices) in Dictionary(grouping: moved.keys, by: { moved[$0] ?? 0 })
        .sorted(by: { $0.key < $1.key })
      {
        addShift(
          "scene_obs", frames, observations.place(of: indices, among: episodes, in: split))
      }
    }
    addPictureShifts(remaining, examined: episodes)
  }

  /// The same for episodes of their own: where pictures are in step with the states, the actions
  /// moved. False when no episode is said to be out of step.
  private mutating func settleShiftsOfEpisodes(
    _ pictures: PictureStage, _ remaining: inout [Int: [Channel: Int]]
  ) -> Bool {
    var isSettled = false
    for finding in findings where finding.code == .shifted && finding.subject == "robot_obs" {
      guard let amount = finding.amount.map({ Int($0) }),
        let index = split.episodes.firstIndex(where: { $0.place == finding.place }),
        let fits = pictures.episodes.first(where: { $0.episode == split.episodes[index] })?.fits
      else { continue }
      let cameras = [Channel.rgbStatic, .rgbGripper]
      guard cameras.contains(where: { fits[$0]?.bestLag != nil }) else { continue }
      isSettled = true
      findings.removeAll { $0 == finding }
      if cameras.contains(where: { remaining[index]?[$0] == -amount }) {
        let hasScene = pictures.sceneShifts[index].map { $0 == amount } ?? true
        addShift(hasScene ? "robot_obs, scene_obs" : "robot_obs", amount, finding.place)
        remaining[index] = remaining[index]?.filter { $0.value != -amount }
      } else {
        addShift("actions, rel_actions", -amount, finding.place)
      }
    }
    return isSettled
  }

  /// Shifts of cameras, channels with the same one together.
  private mutating func addPictureShifts(
    _ shifts: [Int: [Channel: Int]], examined: [Int]
  ) {
    let observations = Observations(split, examined: examined)
    var groups: [[Channel: Int]: [Int]] = [:]
    for (index, channels) in shifts where !channels.isEmpty {
      groups[channels, default: []].append(index)
    }
    // Where a camera hardly moves its lag is not seen; episodes with fewer channels join others.
    var joined: [(channels: [Channel: Int], episodes: [Int])] = []
    for (channels, episodes) in groups.sorted(by: {
      ($0.key.count, $0.value.count) > ($1.key.count, $1.value.count)
    }) {
      if let place = joined.firstIndex(where: { other in
        channels.allSatisfy { other.channels[$0.key] == $0.value }
      }) {
        joined[place].episodes += episodes
      } else {
        joined.append((channels, episodes))
      }
    }
    for (channels, episodes) in joined {
      for frames in Set(channels.values).sorted() {
        let names = Channel.allCases.filter { channels[$0] == frames }.map(\.rawValue)
        addShift(
          names.joined(separator: ", "), frames,
          observations.place(of: episodes, among: examined, in: split))
      }
    }
  }

  private mutating func addShift(_ subject: String, _ frames: Int, _ place: String) {
    let plural = subject.contains(",")
    add(
      AuditFinding(
        .shifted, of: subject, at: place,
        "\(subject) \(plural ? "lie" : "lies") \(abs(frames)) frame\(abs(frames) == 1 ? "" : "s") "
          + "\(frames > 0 ? "early" : "late") against the rest", amount: Double(frames)))
  }

  // MARK: Motion

  /// Findings of the spans' verdicts.
  mutating func judge(_ audit: SpanAudit) {
    let unknown = Set(findings.filter { $0.code == .unknownTask }.map(\.place))
    let failed = audit.verdicts.filter { !$0.isShown && !$0.isReplayed }
    // Where episodes are wrong, it is they that lie elsewhere.
    let misplaced: Set<AuditFinding.Code> = [
      .missingFrames, .strayFrames, .episodesOverlap, .invalidEpisode, .episodeLengths,
    ]
    if let offset = audit.offset, !has(misplaced) {
      add(
        AuditFinding(
          .shiftedSpans, of: "info/indx", at: "annotations",
          "\(failed.count) of \(audit.verdicts.count) spans do not show their task, most would "
            + "if they lay \(abs(offset)) frames \(offset > 0 ? "later" : "earlier")",
          amount: Double(offset)))
      return
    }
    for verdict in failed {
      let span = verdict.span
      if faulty.contains(where: { (span.first...max(span.first, span.last)).contains($0) }) {
        continue
      }
      let place = "span \(verdict.index) (\(span.first)...\(span.last), \(span.task))"
      if unknown.contains(place) { continue }
      if let fault = verdict.fault, verdict.recorded.isEmpty, verdict.miss == nil {
        if !has([.spanOutsideEpisode]) {
          add(AuditFinding(.taskNotShown, at: place, "cannot be judged: \(fault)"))
        }
      } else if let frames = verdict.reachedBeyond {
        add(
          AuditFinding(
            .truncatedSpan, at: place, "the task is achieved \(frames) frames after its end",
            amount: Double(frames)))
      } else if let frames = verdict.startedBefore {
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
    .sceneOrder, .tcpMismatch, .gripperNegated, .gripperMismatch, .relativeMismatch, .lag,
    .droppedFrames, .discontinuity, .repeatedFrames, .notFinite, .unreadableFrame,
    .translationScale, .rotationScale, .unclipped, .gripperEncoding, .relativeFrame, .unwrapped,
    .lowPrecision,
  ]

  /// Findings of the replay; where actions are poses that were reached, their lag needs no
  /// simulation.
  mutating func judge(_ replay: Replay, _ actions: ActionAudit) {
    let dropped = has(Self.misleading.subtracting([.lag])) ? [] : Self.dropped(replay)
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
    let lag = actions.lag
    if actions.areReachedPoses, let lag, !has([.shifted]) {
      findings.removeAll { $0.code == .lag }
      if lag != 1 {
        add(
          AuditFinding(
            .lag, of: "actions, rel_actions", at: "all episodes",
            "actions are poses the robot has after \(lag) frames, expected the next frame's",
            amount: Double(lag - 1)))
      }
    } else if let found = replay.lag {
      findings.removeAll { $0.code == .lag }
      if found != 0, !has(Self.misleading) {
        add(
          AuditFinding(
            .lag, of: "actions, rel_actions", at: "all episodes",
            "robot_obs follows the actions \(abs(found)) frame\(abs(found) == 1 ? "" : "s") "
              + "\(found > 0 ? "later" : "earlier") than in a simulation of them"
              + (lag.map { " (after \($0) frames)" } ?? ""), amount: Double(found)))
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

  /// Frames reached by more motion than their action makes.
  static func dropped(_ replay: Replay) -> [Int] {
    var frames: Set<Int> = []
    for track in replay.tracks {
      for index in track.steps.indices.dropFirst(3).dropLast() {
        let (recorded, simulated, cosine) = track.steps[index]
        let (before, after) = (track.steps[index - 1], track.steps[index + 1])
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
      .exchangedActions, .degrees, .lengthUnit, .eulerOrder, .sceneOrder, .tcpMismatch,
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
        $0.code == .eulerOrder && finding.code == .eulerOrder && $0.place == finding.place
          && $0.subject?.contains(finding.subject ?? "") ?? false
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
    if kept.contains(where: { $0.code == .eulerOrder }) {
      // In another order of axes angles lie beyond half a turn, and so do their differences.
      kept.removeAll { $0.code == .unwrapped }
    }
    if has([.shifted]) {
      // Moved arrays repeat a frame at an episode's end.
      kept.removeAll { $0.code == .repeatedFrames || $0.code == .frozen }
    }
    if has([.shifted], of: "scene_obs") {
      // Ends of spans are off by as much.
      kept.removeAll {
        [.truncatedSpan, .shiftedSpans, .taskNotShown, .wrongTask].contains($0.code)
      }
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

import Datasets
import Foundation

/// Frames by which arrays lie early, of the whole and of single episodes.
struct Displacements: Sendable {
  /// Frames by which the arrays of one episode lie early.
  struct Amounts: Sendable, Equatable {
    var robot = 0
    var scene = 0
    /// Of `actions`, which a simulation is driven by.
    var actions = 0
  }

  private var whole = Amounts()
  private var own: [ClosedRange<Int>: Amounts] = [:]

  /// Those of the episode a frame belongs to.
  subscript(frame: Int) -> Amounts {
    own.isEmpty ? whole : own.first { $0.key.contains(frame) }?.value ?? whole
  }

  /// Takes down that arrays moved, in an episode or (nil) in all.
  mutating func add(_ subject: String, _ frames: Int, in episode: DatasetSplit.Episode?) {
    let range = episode.map { $0.first...max($0.first, $0.last) }
    var amounts = range.map { own[$0] ?? whole } ?? whole
    for name in subject.split(separator: ", ") {
      switch name {
      case "robot_obs": amounts.robot = frames
      case "scene_obs": amounts.scene = frames
      case "actions": amounts.actions = frames
      default: break
      }
    }
    if let range { own[range] = amounts } else { whole = amounts }
  }

  /// True where the states in which a span begins and ends are not both in its episode any more.
  func haveLost(_ span: LanguageAnnotations.Span, in episode: DatasetSplit.Episode) -> Bool {
    let moved = [self[span.first].robot, self[span.first].scene]
    return moved.contains { frames in
      !episode.contains(span.first - frames) || !episode.contains(span.last - frames)
    }
  }

  /// True where what states hold at a frame comes from another episode, or was put there to fill
  /// up: at an end of its episode.
  func isWrapped(_ frame: Int, in episode: DatasetSplit.Episode) -> Bool {
    let amounts = self[frame]
    return [amounts.robot, amounts.scene].contains { frames in
      frames > 0
        ? frame > episode.last - frames
        : frames < 0 && frame <= episode.first - frames
    }
  }
}

extension AuditLedger {
  /// What tells which arrays of some episodes moved.
  private struct Evidence {
    /// Where: an episode, or nil for all.
    var episode: DatasetSplit.Episode?
    /// Frames by which `robot_obs` lies early against the actions.
    var robot: Int
    /// True when that is exact, and not read off the robot's motion.
    var isExact: Bool
    /// Camera pictures that can tell a lag, and those that lie late by as much.
    var pictures: (measurable: Int, agreeing: Int)
    /// Frames by which `scene_obs` lies early against the pictures, nil when nothing tells.
    var scene: Int?
  }

  private static let cameras = [Channel.rgbStatic, .rgbGripper]

  /// What makes the time the robot takes to follow its actions say nothing.
  private static let untimely: Set<AuditFinding.Code> = [
    .exchangedActions, .tcpMismatch, .sceneOrder, .wrongScene, .droppedFrames, .notFinite, .axes,
  ]

  /// True when actions may be out of step in a way that `rel_actions` do not tell.
  func isTimingDoubtful(_ vectors: VectorAudit, _ replay: Replay) -> Bool {
    let actions = vectors.actions
    guard hasPlayableActions, !actions.areReachedPoses, vectors.robotShift == nil,
      !has([.shifted]), !has(Self.untimely)
    else { return false }
    return actions.gripperLag ?? 1 != 1 || replay.lag ?? 0 != 0
      || !(actions.lag.map(ActionAudit.soundLags.contains) ?? true)
  }

  /// True when a simulation of `actions` has something to do with the recording.
  private var hasPlayableActions: Bool {
    !has([.degrees, .lengthUnit]) && !has([.eulerOrder, .rotationScale], of: "actions")
  }

  /// Finds out which arrays moved. That `rel_actions` do not follow from `robot_obs`, or that the
  /// robot does not follow its actions in time, says only that one side moved; pictures say which.
  mutating func settleShifts(
    _ vectors: VectorAudit, _ pictures: PictureStage, _ replay: Replay, _ timing: ActionTiming?
  ) {
    if !statesAreUnusable, !has([.degrees, .lengthUnit], of: "robot_obs") {
      // With the states right it is the actions that are written in another way.
      add(vectors.actions.poseFindings)
      if !vectors.actions.poseFindings.isEmpty { findings.removeAll { $0.code == .lag } }
    }
    var remaining = pictures.shifts
    let examined = pictures.episodes.indices.map { index in
      split.episodes.firstIndex(of: pictures.episodes[index].episode) ?? index
    }
    let whole = wholeEvidence(vectors, pictures, replay, timing, examined)
    if let whole {
      settle(whole, &remaining)
    } else {
      var isSettled = false
      for (place, index) in examined.enumerated() {
        guard
          let evidence = evidence(
            of: index, vectors, replay, pictures.episodes[place].fits, remaining[index] ?? [:],
            scene: pictures.sceneShifts[index])
        else { continue }
        isSettled = settle(evidence, &remaining) || isSettled
      }
      if isSettled {
      } else if let scene = pictures.sceneShift, scene != 0, remaining.isEmpty {
        addShift("scene_obs", scene, in: nil)
      } else {
        let moved = pictures.sceneShifts.filter {
          $0.value != 0 && (remaining[$0.key] ?? [:]).isEmpty
        }
        let observations = Observations(split, examined: examined)
        for (frames, indices) in Dictionary(grouping: moved.keys, by: { moved[$0] ?? 0 })
          .sorted(by: { $0.key < $1.key })
        {
          for index in indices { displacements.add("scene_obs", frames, in: split.episodes[index]) }
          addShift(
            "scene_obs", frames, observations.place(of: indices, among: examined, in: split))
        }
      }
    }
    addPictureShifts(remaining, examined: examined)
    for (index, parts) in pictures.parts.sorted(by: { $0.key < $1.key }) {
      // Pictures lie as far the other way where the states moved.
      let amounts = displacements[split.episodes[index].first]
      let moved = Set([-amounts.robot, -amounts.scene])
      addShifts(
        of: parts.filter { !moved.contains($0.lag) }, in: split.episodes[index].place)
    }
    for finding in findings where finding.code == .shifted && finding.place == "all episodes" {
      guard let subject = finding.subject, let frames = finding.amount.map({ Int($0) }) else {
        continue
      }
      if ["actions", "robot_obs"].contains(subject) {
        displacements.add(subject, frames, in: nil)
      }
    }
    if has([.shifted]) {
      findings.removeAll { $0.code == .lag }
      dropConsequencesForGripper()
    }
  }

  private func wholeEvidence(
    _ vectors: VectorAudit, _ pictures: PictureStage, _ replay: Replay, _ timing: ActionTiming?,
    _ examined: [Int]
  ) -> Evidence? {
    let exact = vectors.robotShift
    var frames = exact
    if exact == nil, !has([.shifted]), !has(Self.untimely) {
      // The robot follows early where its state was brought forward.
      let follows =
        vectors.actions.areReachedPoses
        ? vectors.actions.lag.map { $0 - 1 }
        : hasPlayableActions
          ? timing?.lag.map { -$0 }
            ?? Self.follows(
              gripper: vectors.actions.gripperLag, motion: replay.lag,
              isClear: replay.isLagClear(leaving: 0.4)) : nil
      frames = follows.map { -$0 }
      if follows == nil || follows == 0, let late = Self.lateStates(vectors.actions, pictures) {
        frames = -late
      }
    }
    guard let frames, frames != 0 else { return nil }
    let seen = examined.flatMap { index in
      Self.cameras.compactMap { pictures.shifts[index]?[$0] }
    }
    let measurable = pictures.episodes.reduce(0) { count, episode in
      count + Self.cameras.count { episode.fits[$0]?.bestLag != nil }
    }
    return Evidence(
      episode: nil, robot: frames, isExact: exact != nil,
      pictures: (measurable, seen.count { $0 == -frames }), scene: pictures.sceneShift)
  }

  /// Frames by which the robot follows its actions late: by the gripper, which is exact, where the
  /// motion says the same way; else by the motion, if that is clear.
  private static func follows(gripper: Int?, motion: Int?, isClear: Bool) -> Int? {
    guard let gripper else { return isClear ? motion : nil }
    return motion.map { ($0 > 0) == (gripper > 1) && ($0 < 0) == (gripper < 1) } ?? false
      ? gripper - 1 : 0
  }

  /// Frames by which states lie late against actions and pictures alike, as far as the gripper and
  /// the time to follow tell where a simulation does not.
  private static func lateStates(_ actions: ActionAudit, _ pictures: PictureStage) -> Int? {
    let values = pictures.shifts.values.flatMap { shifts in cameras.compactMap { shifts[$0] } }
    let votes = Dictionary(grouping: values) { $0 }.mapValues(\.count)
    guard let (late, count) = votes.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
      late != 0, 2 * count > pictures.episodes.count
    else { return nil }
    if let lag = actions.gripperLag { return lag - 1 == late ? late : nil }
    guard let lag = actions.lag, !ActionAudit.soundLags.contains(lag) else { return nil }
    return ActionAudit.soundLags.contains(lag - late) ? late : nil
  }

  private func evidence(
    of index: Int, _ vectors: VectorAudit, _ replay: Replay, _ fits: [Channel: PictureAudit.Fit],
    _ shifts: [Channel: Int], scene: Int?
  ) -> Evidence? {
    let episode = split.episodes[index]
    let own = findings.filter { $0.place == episode.place }
    let exact = own.first { $0.code == .shifted && $0.subject == "robot_obs" }?.amount
      .map { Int($0) }
    var frames = exact
    let isTold =
      own.contains { $0.code == .shifted }
      || findings.contains { $0.code == .shifted && $0.place == "all episodes" }
    if !isTold, !has(Self.untimely) {
      let follows =
        vectors.actions.areReachedPoses || vectors.poseLags[index] != nil
        ? vectors.poseLags[index].map { $0 - 1 }
        : hasPlayableActions
          ? Self.follows(
            gripper: vectors.gripperLags[index], motion: replay.clearLag(ofEpisode: index),
            isClear: true) : nil
      frames = follows.map { -$0 }
    }
    guard let frames, frames != 0 else { return nil }
    return Evidence(
      episode: episode, robot: frames, isExact: exact != nil,
      pictures: (
        Self.cameras.count { fits[$0]?.bestLag != nil },
        Self.cameras.count { shifts[$0] == -frames }
      ), scene: scene)
  }

  /// Says which side moved. False when nothing tells.
  @discardableResult
  private mutating func settle(
    _ evidence: Evidence, _ remaining: inout [Int: [Channel: Int]]
  ) -> Bool {
    let place = evidence.episode?.place ?? "all episodes"
    let frames = evidence.robot
    guard evidence.pictures.measurable > 0 else {
      guard
        let index = findings.firstIndex(where: {
          $0.code == .shifted && $0.subject == "robot_obs" && $0.place == place
        })
      else { return false }
      findings[index].message +=
        ", or actions and rel_actions lie as far the other way: no picture tells"
      return false
    }
    findings.removeAll {
      $0.code == .shifted && $0.subject == "robot_obs" && $0.place == place
    }
    let hasMoved =
      evidence.episode == nil
      ? 2 * evidence.pictures.agreeing > evidence.pictures.measurable
      : evidence.pictures.agreeing > 0
    guard hasMoved else {
      addShift("actions, rel_actions", -frames, in: evidence.episode)
      return true
    }
    let hasScene = evidence.scene.map { $0 == frames } ?? true
    addShift(hasScene ? "robot_obs, scene_obs" : "robot_obs", frames, in: evidence.episode)
    if !hasScene, evidence.episode == nil {
      // The pictures were compared with scenes as late as the robot.
      findings.removeAll { Observations.vague.contains($0.code) }
    }
    for index in remaining.keys {
      if let episode = evidence.episode, split.episodes[index] != episode { continue }
      remaining[index] = remaining[index]?.filter { $0.value != -frames }
    }
    return true
  }

  /// A gripper that is out of step by as much as the array it is in, give or take a frame: the ends
  /// of episodes, which repeat or come from elsewhere, mislead it.
  private mutating func dropConsequencesForGripper() {
    let shifts = findings.filter { $0.code == .shifted }
    findings.removeAll { finding in
      finding.code == .gripperMismatch
        && shifts.contains { shift in
          let isNumbers = ["actions", "robot_obs"].contains {
            shift.subject?.contains($0) ?? false
          }
          return isNumbers && [shift.place, "all episodes"].contains(finding.place)
            && (finding.amount.map { abs(abs($0) - abs(shift.amount ?? 0)) <= 1 } ?? true)
        }
    }
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

  /// Shifts of a part of an episode, channels that moved together at once.
  private mutating func addShifts(of parts: [PictureLags.Part], in place: String) {
    for (lag, parts) in Dictionary(grouping: parts, by: \.lag).sorted(by: { $0.key < $1.key }) {
      let names = Channel.allCases.filter { channel in parts.contains { $0.channel == channel } }
      let frames = parts.reduce(into: Set<Int>()) { $0.formUnion($1.frames) }
      addShift(
        names.map(\.rawValue).joined(separator: ", "), lag, place,
        part: " in frames \(Observations.words(for: Array(frames)))")
    }
  }

  private mutating func addShift(
    _ subject: String, _ frames: Int, _ place: String, part: String = ""
  ) {
    let plural = subject.contains(",")
    add(
      AuditFinding(
        .shifted, of: subject, at: place,
        "\(subject) \(plural ? "lie" : "lies") \(abs(frames)) frame\(abs(frames) == 1 ? "" : "s") "
          + "\(frames > 0 ? "early" : "late") against the rest\(part)",
        amount: Double(frames)))
  }

  private mutating func addShift(
    _ subject: String, _ frames: Int, in episode: DatasetSplit.Episode?
  ) {
    displacements.add(subject, frames, in: episode)
    addShift(subject, frames, episode?.place ?? "all episodes")
  }
}

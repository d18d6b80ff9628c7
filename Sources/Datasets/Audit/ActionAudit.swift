import Foundation

/// Compares recorded actions with the recorded motion: do `rel_actions` follow from `actions` and
/// `robot_obs`, how long does the robot take to follow, and does the gripper agree.
public struct ActionAudit: Sendable {
  /// One episode's vectors, frame by frame.
  public struct Episode: Sendable {
    /// `actions`.
    public var actions: [[Double]]
    /// `rel_actions`.
    public var relativeActions: [[Double]]
    /// `robot_obs`.
    public var robot: [[Double]]

    /// Vectors of consecutive frames, equally many of each.
    public init(actions: [[Double]], relativeActions: [[Double]], robot: [[Double]]) {
      precondition(actions.count == relativeActions.count && actions.count == robot.count)
      self.actions = actions
      self.relativeActions = relativeActions
      self.robot = robot
    }
  }

  /// A modality that can be out of step.
  public enum Modality: String, Sendable, CaseIterable {
    /// Absolute targets.
    case actions
    /// Relative actions.
    case relativeActions = "rel_actions"
    /// Observed state of the robot.
    case robot = "robot_obs"
  }

  /// Frames until `robot_obs` is nearest to what `actions` asked for, in CALVIN's recordings.
  public static let expectedLag = 2
  /// Lags of recordings in step: 1 where `actions` are the next frame's pose, as calvin_env's renderer
  /// writes them, 2 where they are the controller's target.
  public static let soundLags = 1...2
  /// Mean distance that only a recorded pose has from its target, metres.
  static let reached = 0.001
  /// Largest difference of a recomputed number that single precision explains.
  static let tolerance = 1e-4

  /// Frames examined.
  public let frames: Int
  /// Share of frames whose `rel_actions` follow from the other two.
  public let agreement: Double
  /// Frames until the robot is nearest to the action's target; nil when it hardly moves.
  public let lag: Int?
  /// Mean distance in metres between target and TCP, by lag from -4 to 8.
  public let distances: [(lag: Int, metres: Double)]
  /// True when the robot is exactly where an action says some frame later: `actions` are then
  /// recorded poses, not the controller's targets, which it never quite reaches.
  public let areReachedPoses: Bool
  /// Share of frames after which the robot reports the gripper action just given.
  public let gripperAgreement: Double
  /// What is wrong.
  public let findings: [AuditFinding]

  /// Examines these episodes together, since a fault of a recording is in all of it.
  public init(_ episodes: [Episode], place: String) {
    frames = episodes.reduce(0) { $0 + $1.actions.count }
    let (repaired, unwrapped) = Self.wrappingRepaired(episodes)
    let plain = Comparison(repaired)
    agreement = Comparison(episodes).share
    distances = Self.distances(episodes)
    areReachedPoses = distances.contains { $0.metres < Self.reached }
    lag = Self.lag(distances, episodes)
    gripperAgreement = Self.gripperAgreement(episodes)
    var findings = Self.exchangeFindings(episodes, place)
    if findings.isEmpty { findings = Self.unitFindings(episodes, place) }
    if frames > 0, !findings.contains(where: { $0.code != .unwrapped }) {
      if unwrapped > 0 {
        findings.append(
          AuditFinding(
            .unwrapped, of: "rel_actions", at: place,
            "rel_actions hold differences of angles beyond pi in \(unwrapped) frames",
            amount: Double(unwrapped)))
      }
      let episodes = repaired
      let shift = plain.share > 0.98 ? nil : Self.shift(episodes)
      if let shift {
        findings.append(
          AuditFinding(
            .shifted, of: shift.modality.rawValue, at: place,
            "\(shift.modality.rawValue) lies \(abs(shift.frames)) frame\(abs(shift.frames) == 1 ? "" : "s") "
              + (shift.frames > 0 ? "early" : "late") + " against the other two",
            amount: Double(shift.frames)))
      } else if plain.share <= 0.98 {
        findings += Self.mismatchFindings(episodes, plain, place)
      } else if let lag, !Self.soundLags.contains(lag) {
        findings.append(
          AuditFinding(
            .lag, at: place,
            "robot_obs follows actions after \(lag) frames, expected 1 or 2"))
      }
      if shift == nil { findings += Self.gripperFindings(episodes, gripperAgreement, place) }
    }
    self.findings = findings
  }

  /// Findings of the whole with those of single episodes: a fault of one drowns in the whole, one
  /// of the whole shows in every episode and is said once.
  public static func joined(
    _ whole: [AuditFinding], _ own: [AuditFinding]
  ) -> [AuditFinding] {
    // Too few frames tell a lag, and any fault of the whole makes single episodes disagree.
    let vague: Set<AuditFinding.Code> = [.relativeMismatch, .gripperMismatch]
    var told = Set(whole.map(\.code)).union(whole.isEmpty ? [.lag] : vague.union([.lag]))
    if told.contains(.unnormalized) { told.formUnion([.translationScale, .rotationScale]) }
    let extra = own.filter { !told.contains($0.code) }
    // A disagreement of the whole that some episodes explain is theirs.
    return extra.isEmpty ? whole : whole.filter { !vague.contains($0.code) } + extra
  }

  /// `rel_actions` as upstream computes them, before clipping: 0.02 m and 0.05 rad are 1.
  static func raw(_ action: [Double], _ robot: [Double]) -> [Double] {
    (0..<6).map { index in
      let difference = action[index] - robot[index]
      return index < 3 ? difference * 50 : wrapped(difference) * 20
    }
  }

  static func wrapped(_ angle: Double) -> Double {
    let turn = 2 * Double.pi
    let shifted = (angle + .pi).truncatingRemainder(dividingBy: turn)
    return (shifted < 0 ? shifted + turn : shifted) - .pi
  }

  static func clipped(_ value: Double) -> Double { min(1, max(-1, value)) }

  // MARK: Steps out of time

  /// The modality and its displacement that make everything fit; nil when none does.
  private static func shift(_ episodes: [Episode]) -> (modality: Modality, frames: Int)? {
    var best: (modality: Modality, frames: Int, share: Double)?
    for modality in Modality.allCases {
      for frames in [1, -1, 2, -2, 3, -3] {
        let share = Comparison(episodes, moving: modality, by: frames).share
        if share > 0.95, share > best?.share ?? 0 { best = (modality, frames, share) }
      }
    }
    return best.map { ($0.modality, $0.frames) }
  }

  private static func distances(_ episodes: [Episode]) -> [(lag: Int, metres: Double)] {
    (-4...8).map { lag in
      var sum = 0.0
      var count = 0
      for episode in episodes {
        for time in episode.actions.indices where episode.robot.indices.contains(time + lag) {
          sum += distance(episode.actions[time], episode.robot[time + lag])
          count += 1
        }
      }
      return (lag, count > 0 ? sum / Double(count) : .infinity)
    }
  }

  private static func lag(
    _ distances: [(lag: Int, metres: Double)], _ episodes: [Episode]
  ) -> Int? {
    let path = episodes.reduce(0) { path, episode in
      path + zip(episode.robot, episode.robot.dropFirst()).reduce(0) { $0 + distance($1.0, $1.1) }
    }
    let steps = episodes.reduce(0) { $0 + max(0, $1.robot.count - 1) }
    // Below a millimetre per frame the differences between lags drown in the tracking error.
    guard steps >= 30, path / Double(steps) > 0.001 else { return nil }
    return distances.min { $0.metres < $1.metres }?.lag
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    (0..<3).reduce(0) { $0 + (a[$1] - b[$1]) * (a[$1] - b[$1]) }.squareRoot()
  }

  // MARK: Wrong numbers

  private static func unitFindings(_ episodes: [Episode], _ place: String) -> [AuditFinding] {
    var findings: [AuditFinding] = []
    for (modality, vectors) in [
      (Modality.actions, \Episode.actions), (.robot, \Episode.robot),
    ] {
      let all = episodes.flatMap { $0[keyPath: vectors] }
      let angle = all.reduce(0) { largest, vector in max(largest, vector[3..<6].map(abs).max() ?? 0)
      }
      // The TCP points down, half a turn from upright: in degrees that is 180. What is asked for may
      // lie a little beyond, since calvin_env adds to its target without wrapping.
      if angle > .pi + (modality == .robot ? 0.001 : 0.5) {
        findings.append(
          AuditFinding(
            angle > 4 * .pi ? .degrees : .unwrapped, of: modality.rawValue, at: place,
            "\(modality.rawValue) has angles up to \(short(angle)), expected -pi to pi"))
      }
      let length = all.reduce(0) { largest, vector in max(largest, vector[..<3].map(abs).max() ?? 0)
      }
      if length > 5 {
        findings.append(
          AuditFinding(
            .lengthUnit, of: modality.rawValue, at: place,
            "\(modality.rawValue) has positions up to \(short(length))"))
      }
    }
    return findings
  }

  /// Absolute and relative actions that stand for each other.
  private static func exchangeFindings(
    _ episodes: [Episode], _ place: String
  ) -> [AuditFinding] {
    guard episodes.contains(where: { !$0.actions.isEmpty }) else { return [] }
    let exchanged = episodes.map {
      Episode(actions: $0.relativeActions, relativeActions: $0.actions, robot: $0.robot)
    }
    guard Comparison(episodes).share < 0.5, Comparison(exchanged).share > 0.9 else { return [] }
    return [
      AuditFinding(
        .exchangedActions, of: "actions, rel_actions", at: place,
        "actions hold relative actions and rel_actions absolute ones")
    ]
  }

  private static func mismatchFindings(
    _ episodes: [Episode], _ plain: Comparison, _ place: String
  ) -> [AuditFinding] {
    var findings: [AuditFinding] = []
    let factors = (translation: scale(episodes, 0..<3), rotation: scale(episodes, 3..<6))
    if let translation = factors.translation, let rotation = factors.rotation,
      abs(translation - 0.02) < 1e-4, abs(rotation - 0.05) < 1e-4
    {
      return [
        AuditFinding(
          .unnormalized, of: "rel_actions", at: place,
          "rel_actions are metres and radians, expected units of 0.02 m and 0.05 rad")
      ]
    }
    if isUnclipped(episodes) {
      return [
        AuditFinding(
          .unclipped, of: "rel_actions", at: place,
          "rel_actions are not clipped to [-1, 1], but otherwise right")
      ]
    }
    if plain.translationShare <= 0.98, isInTCPFrame(episodes) {
      return [
        AuditFinding(
          .relativeFrame, of: "rel_actions", at: place,
          "translations are along the axes of the TCP, expected those of the world")
      ]
    }
    if plain.translationShare <= 0.98 {
      if let factor = factors.translation {
        findings.append(
          AuditFinding(
            .translationScale, of: "rel_actions", at: place,
            "translations are \(short(factor)) times too large",
            amount: factor))
      } else {
        findings.append(
          AuditFinding(
            .relativeMismatch, of: "rel_actions", at: place,
            "translations agree in \(short(100 * plain.translationShare)) % of the frames"))
      }
    }
    guard plain.rotationShare <= 0.98 else { return findings }
    if let factor = factors.rotation {
      let reason =
        abs(factor - 180 / .pi) < 0.01
        ? " (degrees)" : abs(factor - 0.05) < 1e-4 ? " (the factor 20 is missing)" : ""
      findings.append(
        AuditFinding(
          .rotationScale, of: "rel_actions", at: place,
          "rotations are \(short(factor)) times too large\(reason)", amount: factor))
    } else if let (subject, order) = eulerOrder(episodes) {
      findings.append(
        AuditFinding(
          .eulerOrder, of: subject, at: place,
          "the angles of \(subject) are \(order), expected extrinsic xyz"))
    } else {
      findings.append(
        AuditFinding(
          .relativeMismatch, of: "rel_actions", at: place,
          "rotations agree in \(short(100 * plain.rotationShare)) % of the frames"))
    }
    return findings
  }

  /// The factor that all recorded numbers of these indices carry, nil when it is 1 or there is none.
  private static func scale(_ episodes: [Episode], _ indices: Range<Int>) -> Double? {
    var pairs: [(recorded: Double, raw: Double)] = []
    for episode in episodes {
      for time in episode.actions.indices {
        let raw = raw(episode.actions[time], episode.robot[time])
        for index in indices where abs(raw[index]) > 1e-3 {
          pairs.append((episode.relativeActions[time][index], raw[index]))
        }
      }
    }
    let ratios = pairs.filter { abs($0.recorded) < 0.999 }.map { $0.recorded / $0.raw }.sorted()
    guard ratios.count >= 20 else { return nil }
    let factor = ratios[ratios.count / 2]
    guard abs(factor) > 1e-6, abs(factor - 1) > 1e-3 else { return nil }
    // The clipping may have come before or after the wrong factor.
    let fitting = pairs.count { pair in
      let tolerance = Self.tolerance * max(1, abs(factor))
      return abs(clipped(pair.raw * factor) - pair.recorded) < tolerance
        || abs(clipped(pair.raw) * factor - pair.recorded) < tolerance
    }
    return Double(fitting) > 0.95 * Double(pairs.count) ? factor : nil
  }

  /// True when only the clipping is missing.
  private static func isUnclipped(_ episodes: [Episode]) -> Bool {
    var (beyond, fitting, count) = (0, 0, 0)
    for episode in episodes {
      for time in episode.actions.indices {
        let recorded = episode.relativeActions[time]
        let raw = raw(episode.actions[time], episode.robot[time])
        count += 1
        if recorded[..<6].contains(where: { abs($0) > 1 + tolerance }) { beyond += 1 }
        if (0..<6).allSatisfy({ abs(raw[$0] - recorded[$0]) < 10 * tolerance }) { fitting += 1 }
      }
    }
    return beyond > 0 && Double(fitting) > 0.95 * Double(count)
  }

  /// Reinterprets the angles of one array, or of both, in other axis orders until `rel_actions` fit.
  private static func eulerOrder(_ episodes: [Episode]) -> (subject: String, order: String)? {
    let arrays: [(String, [WritableKeyPath<Episode, [[Double]]>])] = [
      ("actions", [\.actions]), ("robot_obs", [\.robot]),
      ("actions, robot_obs", [\.actions, \.robot]),
    ]
    for (subject, paths) in arrays {
      for order in EulerOrder.others {
        let converted = episodes.map { episode in
          var episode = episode
          for vectors in paths {
            for time in episode[keyPath: vectors].indices {
              let angles = Array(episode[keyPath: vectors][time][3..<6])
              episode[keyPath: vectors][time].replaceSubrange(3..<6, with: order.asXYZ(angles))
            }
          }
          return episode
        }
        if Comparison(converted).rotationShare > 0.95 { return (subject, order.name) }
      }
    }
    return nil
  }

  /// Relative rotations put right where the difference of two angles was not brought to ±π before it
  /// was clipped, and in how many frames that was.
  private static func wrappingRepaired(
    _ episodes: [Episode]
  ) -> (episodes: [Episode], frames: Int) {
    var (repaired, frames) = (episodes, 0)
    for (index, episode) in episodes.enumerated() {
      for time in episode.actions.indices {
        let right = raw(episode.actions[time], episode.robot[time])
        var isUnwrapped = false
        for axis in 3..<6 {
          let difference = episode.actions[time][axis] - episode.robot[time][axis]
          guard abs(difference) > .pi, abs(right[axis]) > tolerance else { continue }
          let recorded = episode.relativeActions[time][axis]
          if abs(clipped(20 * difference) - recorded) < tolerance,
            abs(clipped(right[axis]) - recorded) > tolerance
          {
            repaired[index].relativeActions[time][axis] = clipped(right[axis])
            isUnwrapped = true
          }
        }
        frames += isUnwrapped ? 1 : 0
      }
    }
    return (repaired, frames)
  }

  /// True when translations fit once they are seen along the TCP's axes.
  private static func isInTCPFrame(_ episodes: [Episode]) -> Bool {
    var (fitting, count) = (0, 0)
    for episode in episodes {
      for time in episode.actions.indices {
        let raw = raw(episode.actions[time], episode.robot[time])
        let axes = EulerOrder.matrix(ofXYZ: Array(episode.robot[time][3..<6]))
        func turned(_ vector: [Double]) -> [Double] {
          (0..<3).map { axis in (0..<3).reduce(0) { $0 + axes[3 * $1 + axis] * vector[$1] } }
        }
        // The clipping may have come before or after the turn.
        let candidates = [turned(raw).map(clipped), turned(raw.prefix(3).map(clipped))]
        count += 1
        if candidates.contains(where: { candidate in
          (0..<3).allSatisfy {
            abs(candidate[$0] - episode.relativeActions[time][$0]) < tolerance
          }
        }) {
          fitting += 1
        }
      }
    }
    return count >= 10 && Double(fitting) > 0.95 * Double(count)
  }

  // MARK: Gripper

  private static func gripperAgreement(_ episodes: [Episode]) -> Double {
    var agreeing = 0
    var count = 0
    for episode in episodes {
      for time in episode.actions.indices.dropLast() {
        count += 1
        let reported = episode.robot[time + 1][14]
        if (episode.actions[time][6] > 0) == (reported > 0) { agreeing += 1 }
      }
    }
    return count > 0 ? Double(agreeing) / Double(count) : 1
  }

  private static func gripperFindings(
    _ episodes: [Episode], _ agreement: Double, _ place: String
  ) -> [AuditFinding] {
    var findings: [AuditFinding] = []
    if let encoding = gripperEncoding(episodes) {
      return [AuditFinding(.gripperEncoding, of: encoding.subject, at: place, encoding.message)]
    }
    if agreement < 0.2 {
      findings.append(
        AuditFinding(
          .gripperNegated, of: "actions", at: place,
          "the gripper of actions opens where it should close"))
    } else if agreement >= 0.95, let finding = widthFinding(episodes, place) {
      findings.append(finding)
    } else if agreement >= 0.95, widthContradicts(episodes) {
      findings.append(
        AuditFinding(
          .gripperNegated, of: "actions, robot_obs", at: place,
          "the fingers close where the gripper's action and robot_obs[14] say open"))
    } else if agreement < 0.95 {
      findings.append(
        AuditFinding(
          .gripperMismatch, of: "actions", at: place,
          "robot_obs reports the gripper action just given in \(short(100 * agreement)) % only"))
    }
    let all = episodes.flatMap { zip($0.actions, $0.relativeActions) }
    let equal = all.count { ($0.0[6] > 0) == ($0.1[6] > 0) }
    let share = Double(equal) / Double(max(1, all.count))
    if share < 0.2 {
      findings.append(
        AuditFinding(
          .gripperNegated, of: "rel_actions", at: place,
          agreement < 0.2
            ? "the gripper of rel_actions differs from that of actions"
            : "the gripper of rel_actions opens where it should close"))
    } else if share < 0.99 {
      findings.append(
        AuditFinding(
          .gripperMismatch, of: "rel_actions", at: place,
          "actions and rel_actions agree on the gripper in \(short(100 * share)) % only"))
    }
    return findings
  }

  /// The array whose gripper is neither 1 nor -1, and what it is.
  private static func gripperEncoding(
    _ episodes: [Episode]
  ) -> (subject: String, message: String)? {
    for (modality, vectors) in [
      (Modality.actions, \Episode.actions), (.relativeActions, \Episode.relativeActions),
      (.robot, \Episode.robot),
    ] {
      // The last number of each: a state reports the action before.
      let values = Set(episodes.flatMap { $0[keyPath: vectors].compactMap(\.last) })
      guard let odd = values.sorted().first(where: { abs($0) != 1 }) else { continue }
      let all =
        values.count <= 3
        ? values.sorted().map(short).joined(separator: ", ") : "\(short(odd)) among others"
      return (modality.rawValue, "the gripper of \(modality.rawValue) is \(all)")
    }
    return nil
  }

  /// A gripper that never opens as far as it does, whatever its action: one finger's way is half of
  /// the opening.
  private static func widthFinding(_ episodes: [Episode], _ place: String) -> AuditFinding? {
    let widths = settledWidths(episodes)
    let largest = (widths.open + widths.closed).max() ?? 0
    guard widths.open.count >= 5, largest == 0 || (0.035...0.05).contains(largest) else {
      return nil
    }
    return AuditFinding(
      .gripperWidth, of: "robot_obs", at: place,
      "the open gripper is \(short(largest)) m wide, expected 0.08", amount: largest)
  }

  /// Widths after the gripper's action has been the same for a while.
  private static func settledWidths(
    _ episodes: [Episode]
  ) -> (open: [Double], closed: [Double]) {
    var widths: (open: [Double], closed: [Double]) = ([], [])
    for episode in episodes {
      var since = 0
      for time in episode.actions.indices.dropFirst() {
        let (before, now) = (episode.actions[time - 1][6], episode.actions[time][6])
        since = before == now ? since + 1 : 0
        guard since >= 8 else { continue }
        if now > 0 {
          widths.open.append(episode.robot[time][6])
        } else {
          widths.closed.append(episode.robot[time][6])
        }
      }
    }
    return widths
  }

  /// True when the fingers are farther apart after closing for a while than after opening.
  private static func widthContradicts(_ episodes: [Episode]) -> Bool {
    let widths = settledWidths(episodes)
    func median(_ widths: [Double]) -> Double? {
      widths.count < 5 ? nil : widths.sorted()[widths.count / 2]
    }
    switch (median(widths.open), median(widths.closed)) {
    case (let open?, let closed?): return open + 0.01 < closed
    // Fingers fully apart, or together, whatever they hold: 0.08 m is open.
    case (let open?, nil): return open < 0.02
    case (nil, let closed?): return closed > 0.077
    case (nil, nil): return false
    }
  }

  private static func short(_ value: Double) -> String { String(format: "%.4g", value) }
}

/// How well `rel_actions` follow from the other two, perhaps with one of the three moved in time.
private struct Comparison {
  var translationShare = 1.0
  var rotationShare = 1.0
  /// Share of frames where both agree.
  var share = 1.0

  init(
    _ episodes: [ActionAudit.Episode], moving modality: ActionAudit.Modality? = nil,
    by frames: Int = 0
  ) {
    var counts = (frames: 0, translation: 0, rotation: 0, both: 0)
    for episode in episodes {
      let times = episode.actions.indices
      for time in times {
        // A modality that is `frames` early holds the numbers of this time that much before.
        let early = time - frames
        guard times.contains(early) else { continue }
        let raw = ActionAudit.raw(
          episode.actions[modality == .actions ? early : time],
          episode.robot[modality == .robot ? early : time])
        let recorded = episode.relativeActions[modality == .relativeActions ? early : time]
        let fits = (0..<6).map {
          abs(ActionAudit.clipped(raw[$0]) - recorded[$0]) < ActionAudit.tolerance
        }
        let translation = fits[0] && fits[1] && fits[2]
        let rotation = fits[3] && fits[4] && fits[5]
        counts.frames += 1
        counts.translation += translation ? 1 : 0
        counts.rotation += rotation ? 1 : 0
        counts.both += translation && rotation ? 1 : 0
      }
    }
    guard counts.frames > 0 else { return }
    translationShare = Double(counts.translation) / Double(counts.frames)
    rotationShare = Double(counts.rotation) / Double(counts.frames)
    share = Double(counts.both) / Double(counts.frames)
  }
}

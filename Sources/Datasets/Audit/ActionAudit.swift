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
  /// Distance that only a recorded pose has from its target, metres.
  static let reached = 0.0002
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
  /// Frames after which the robot reports the gripper's action, told by two or more changes of it;
  /// 1 in CALVIN.
  public let gripperLag: Int?
  /// What is wrong.
  public let findings: [AuditFinding]
  /// What is wrong with `actions` if `robot_obs` is right: poses in a convention other than its.
  public let poseFindings: [AuditFinding]

  /// Examines these episodes together, since a fault of a recording is in all of it.
  public init(_ episodes: [Episode], place: String) {
    let recorded = episodes
    frames = recorded.reduce(0) { $0 + $1.actions.count }
    agreement = Comparison(recorded).share
    let units = Self.units(recorded, place)
    let episodes = units.converted
    distances = Self.distances(episodes)
    let poseLag = Self.poseLag(episodes)
    areReachedPoses = poseLag != nil
    lag = poseLag ?? Self.lag(distances, episodes)
    let gripper = GripperAudit(episodes, place: place)
    (gripperAgreement, gripperLag) = (gripper.agreement, gripper.lag)
    var findings = Self.exchangeFindings(recorded, place)
    if findings.isEmpty {
      findings = units.findings
      findings += Self.timingFindings(episodes, lag, hasUnits: units.areWrong, place)
    }
    self.findings = findings
    poseFindings =
      findings.contains {
        [.exchangedActions, .eulerOrder, .axes, .rotationScale].contains($0.code)
      }
      ? [] : Self.poseFindings(episodes, lag: poseLag ?? Self.expectedLag, place)
  }

  /// Arrays out of step, what does not follow once they are in step, and the gripper.
  private static func timingFindings(
    _ episodes: [Episode], _ lag: Int?, hasUnits: Bool, _ place: String
  ) -> [AuditFinding] {
    guard episodes.contains(where: { !$0.actions.isEmpty }) else { return [] }
    var findings: [AuditFinding] = []
    var (aligned, unwrapped) = wrappingRepaired(episodes)
    var fit = Comparison(aligned)
    let shift = fit.share > 0.98 ? nil : shift(aligned, fit)
    if let shift {
      findings.append(shift.finding(at: place))
      let moved = episodes.map { $0.moved(shift.modality, by: -shift.frames) }
      (aligned, unwrapped) = wrappingRepaired(moved)
      fit = Comparison(aligned)
    }
    if fit.share <= (shift == nil ? 0.98 : 0.95) {
      // What was computed from numbers in other units follows from nothing.
      if !hasUnits { findings += mismatchFindings(aligned, fit, place) }
    } else {
      if unwrapped > 0 {
        findings.append(
          AuditFinding(
            .unwrapped, of: "rel_actions", at: place,
            "rel_actions hold differences of angles beyond pi in \(unwrapped) frames",
            amount: Double(unwrapped)))
      }
      if shift == nil, let lag, !soundLags.contains(lag) {
        findings.append(
          AuditFinding(
            .lag, at: place, "robot_obs follows actions after \(lag) frames, expected 1 or 2"))
      }
    }
    return findings + GripperAudit(aligned, place: place).findings
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

  /// The relative action upstream computes from an absolute one and `robot_obs`.
  public static func relative(_ action: [Double], to robot: [Double]) -> [Double] {
    raw(action, robot).map(clipped) + action.suffix(1)
  }

  static func wrapped(_ angle: Double) -> Double {
    let turn = 2 * Double.pi
    let shifted = (angle + .pi).truncatingRemainder(dividingBy: turn)
    return (shifted < 0 ? shifted + turn : shifted) - .pi
  }

  static func clipped(_ value: Double) -> Double { min(1, max(-1, value)) }

  // MARK: Steps out of time

  /// Frames after which the robot is exactly where an action says, nil when there is no such number:
  /// some of the frames may be from elsewhere.
  private static func poseLag(_ episodes: [Episode]) -> Int? {
    let shares = (-8...10).map { lag -> (lag: Int, share: Double) in
      var (reached, count) = (0, 0)
      for episode in episodes {
        for time in episode.actions.indices where episode.robot.indices.contains(time + lag) {
          count += 1
          let miss = distance(episode.actions[time], episode.robot[time + lag])
          if miss < Self.reached { reached += 1 }
        }
      }
      return (lag, count >= 10 ? Double(reached) / Double(count) : 0)
    }
    let sorted = shares.sorted { ($0.share, $1.lag) > ($1.share, $0.lag) }
    guard sorted[0].share > 0.8, sorted[0].share > sorted[1].share + 0.2 else { return nil }
    return sorted[0].lag
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

  /// What is not in metres and radians, and the episodes in metres and radians.
  private static func units(
    _ episodes: [Episode], _ place: String
  ) -> (findings: [AuditFinding], converted: [Episode], areWrong: Bool) {
    var findings: [AuditFinding] = []
    var converted = episodes
    for (modality, vectors) in [
      (Modality.actions, \Episode.actions as WritableKeyPath), (.robot, \Episode.robot),
    ] {
      func largest(_ axes: Range<Int>) -> Double {
        episodes.reduce(0) { largest, episode in
          episode[keyPath: vectors].reduce(largest) { largest, vector in
            axes.reduce(largest) { max($0, abs(vector[$1])) }
          }
        }
      }
      func divide(_ axes: Range<Int>, by factor: Double) {
        for index in converted.indices {
          for time in converted[index][keyPath: vectors].indices {
            for axis in axes { converted[index][keyPath: vectors][time][axis] /= factor }
          }
        }
      }
      // The TCP points down, half a turn from upright: in degrees that is 180. What is asked for may
      // lie a little beyond, since calvin_env adds to its target without wrapping.
      let angle = largest(3..<6)
      if angle > .pi + (modality == .robot ? 0.001 : 0.5) {
        let areDegrees = angle > 4 * .pi
        findings.append(
          AuditFinding(
            areDegrees ? .degrees : .unwrapped, of: modality.rawValue, at: place,
            "\(modality.rawValue) has angles up to \(short(angle)), expected -pi to pi"))
        if areDegrees { divide(3..<6, by: 180 / .pi) }
      }
      let length = largest(0..<3)
      if length > 5 {
        findings.append(
          AuditFinding(
            .lengthUnit, of: modality.rawValue, at: place,
            "\(modality.rawValue) has positions up to \(short(length))"))
        // The arm reaches 0.6 m or so.
        divide(0..<3, by: pow(10, log10(length / 0.6).rounded()))
      }
    }
    return (findings, converted, findings.contains { $0.code != .unwrapped })
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
      if factors.translation == nil,
        let finding = conventionFinding(
          episodes, PoseConvention.ofPositions, \.translationShare, place)
      {
        findings.append(finding)
      } else if let factor = factors.translation {
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
    } else if let finding = conventionFinding(
      episodes, PoseConvention.ofAngles + angleScales(episodes).map(PoseConvention.scaledAngles),
      \.rotationShare, place)
    {
      findings.append(finding)
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

  private static func short(_ value: Double) -> String { String(format: "%.4g", value) }
}

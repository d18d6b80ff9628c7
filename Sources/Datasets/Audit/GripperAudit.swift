import Foundation

/// Compares the gripper of `actions` and `rel_actions` with what the robot reports (the action just
/// given) and with how wide its fingers are.
public struct GripperAudit: Sendable {
  /// Share of frames after which the robot reports the action just given.
  public let agreement: Double
  /// Frames after which it reports it, told by two or more changes; nil where nothing tells.
  public let lag: Int?
  /// What is wrong.
  public let findings: [AuditFinding]

  /// One array's gripper, open or not, episode by episode.
  private typealias Signal = [[Bool]]

  /// Frames up to which a gripper out of step is looked for.
  private static let reach = 12

  init(_ episodes: [ActionAudit.Episode], place: String) {
    let encodings = Self.encodings(episodes)
    func signal(_ name: String, _ vectors: KeyPath<ActionAudit.Episode, [[Double]]>) -> Signal {
      let middle = encodings[name]?.middle ?? 0
      return episodes.map { $0[keyPath: vectors].map { ($0.last ?? 0) > middle } }
    }
    let actions = signal("actions", \.actions)
    let relative = signal("rel_actions", \.relativeActions)
    let reported = signal("robot_obs", \.robot)
    agreement = Self.share(actions, reported, 1)
    lag = Self.lag(actions, reported)

    let odd = ["actions", "rel_actions", "robot_obs"].filter { encodings[$0] != nil }
    var findings: [AuditFinding] = []
    if let first = odd.first, let encoding = encodings[first] {
      findings.append(
        AuditFinding(
          .gripperEncoding, of: odd.joined(separator: ", "), at: place,
          "the gripper of \(odd.joined(separator: ", ")) is \(encoding.message)"))
    }
    // One number alone is neither open nor shut.
    guard !encodings.values.contains(where: \.isConstant) else {
      self.findings = findings
      return
    }
    let equal = Self.share(actions, relative, 0)
    if equal >= 0.99 {
      if let finding = Self.complaint(actions, "actions, rel_actions", reported, episodes, place) {
        findings.append(finding)
      } else if agreement >= 0.95, odd.isEmpty {
        if let finding = Self.widthFinding(episodes, actions, place) {
          findings.append(finding)
        } else if Self.widthsContradict(episodes, actions) {
          findings.append(
            AuditFinding(
              .gripperNegated, of: "actions, rel_actions, robot_obs", at: place,
              "the fingers close where the gripper's action and robot_obs[14] say open"))
        }
      }
    } else {
      // One that the robot reports is right.
      let wrong = [("actions", actions), ("rel_actions", relative)].compactMap {
        Self.complaint($1, $0, reported, episodes, place)
      }
      findings += wrong
      if wrong.isEmpty {
        findings.append(
          AuditFinding(
            .gripperMismatch, of: "rel_actions", at: place,
            "actions and rel_actions agree on the gripper in \(Self.short(100 * equal)) % only"))
      }
    }
    self.findings = findings
  }

  /// What is wrong with the gripper of an array against what the robot reports.
  private static func complaint(
    _ signal: Signal, _ name: String, _ reported: Signal, _ episodes: [ActionAudit.Episode],
    _ place: String
  ) -> AuditFinding? {
    let agreement = share(signal, reported, 1)
    if agreement < 0.2 {
      if widthsAgree(episodes, signal) {
        return AuditFinding(
          .gripperNegated, of: "robot_obs", at: place,
          "robot_obs[14] says open where the fingers and the gripper's action close")
      }
      return AuditFinding(
        .gripperNegated, of: name, at: place, "the gripper of \(name) opens where it should close")
    }
    if let lag = lag(signal, reported), lag != 1 {
      let frames = lag - 1
      return AuditFinding(
        .gripperMismatch, of: name, at: place,
        "the gripper of \(name) lies \(abs(frames)) frame\(abs(frames) == 1 ? "" : "s") "
          + "\(frames > 0 ? "early" : "late") against robot_obs", amount: Double(frames))
    }
    guard agreement < 0.95 else { return nil }
    return AuditFinding(
      .gripperMismatch, of: name, at: place,
      "robot_obs reports the gripper action just given in \(short(100 * agreement)) % only")
  }

  /// Share of frames whose signal is the other's that many frames later; 1 without frames.
  private static func share(_ signal: Signal, _ other: Signal, _ lag: Int) -> Double {
    var (agreeing, count) = (0, 0)
    for (own, theirs) in zip(signal, other) {
      for time in own.indices where theirs.indices.contains(time + lag) {
        count += 1
        if own[time] == theirs[time + lag] { agreeing += 1 }
      }
    }
    return count > 0 ? Double(agreeing) / Double(count) : 1
  }

  /// Frames after which the other signal follows, where no other number does.
  private static func lag(_ signal: Signal, _ other: Signal) -> Int? {
    let changes = signal.reduce(0) { sum, own in
      sum + zip(own, own.dropFirst()).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
    }
    guard changes >= 2 else { return nil }
    let shares = (1 - reach...1 + reach).map { (lag: $0, share: share(signal, other, $0)) }
      .sorted { ($0.share, -abs($0.lag - 1)) > ($1.share, -abs($1.lag - 1)) }
    guard shares[0].share > 0.985, shares[0].share > shares[1].share else { return nil }
    return shares[0].lag
  }

  /// The arrays whose gripper is neither 1 nor -1, with what it is and what is between open and shut.
  private static func encodings(
    _ episodes: [ActionAudit.Episode]
  ) -> [String: (middle: Double, isConstant: Bool, message: String)] {
    var found: [String: (middle: Double, isConstant: Bool, message: String)] = [:]
    for (name, vectors) in [
      ("actions", \ActionAudit.Episode.actions), ("rel_actions", \.relativeActions),
      ("robot_obs", \.robot),
    ] {
      // The last number of each: a state reports the action before.
      let values = Set(episodes.flatMap { $0[keyPath: vectors].compactMap(\.last) }).sorted()
      guard let odd = values.first(where: { abs($0) != 1 }), let low = values.first,
        let high = values.last
      else { continue }
      let all =
        values.count <= 3
        ? values.map(short).joined(separator: ", ") : "\(short(odd)) among others"
      found[name] = ((low + high) / 2, low == high, all)
    }
    return found
  }

  /// A gripper that never opens as far as it does, whatever its action: one finger's way is half of
  /// the opening.
  private static func widthFinding(
    _ episodes: [ActionAudit.Episode], _ signal: Signal, _ place: String
  ) -> AuditFinding? {
    let widths = settledWidths(episodes, signal)
    let largest = (widths.open + widths.closed).max() ?? 0
    guard widths.open.count >= 5, largest == 0 || (0.035...0.05).contains(largest) else {
      return nil
    }
    return AuditFinding(
      .gripperWidth, of: "robot_obs", at: place,
      "the open gripper is \(short(largest)) m wide, expected 0.08", amount: largest)
  }

  /// Widths after a signal has been the same for a while.
  private static func settledWidths(
    _ episodes: [ActionAudit.Episode], _ signal: Signal
  ) -> (open: [Double], closed: [Double]) {
    var widths: (open: [Double], closed: [Double]) = ([], [])
    for (episode, own) in zip(episodes, signal) {
      var since = 0
      for time in own.indices.dropFirst() {
        since = own[time - 1] == own[time] ? since + 1 : 0
        guard since >= 8 else { continue }
        if own[time] {
          widths.open.append(episode.robot[time][6])
        } else {
          widths.closed.append(episode.robot[time][6])
        }
      }
    }
    return widths
  }

  /// How much farther the fingers are apart where a signal says open than where it says shut,
  /// metres; nil where nothing tells. What they hold keeps them apart, so that 0.08 m alone is open.
  private static func opening(_ episodes: [ActionAudit.Episode], _ signal: Signal) -> Double? {
    let widths = settledWidths(episodes, signal)
    func median(_ widths: [Double]) -> Double? {
      widths.count < 5 ? nil : widths.sorted()[widths.count / 2]
    }
    switch (median(widths.open), median(widths.closed)) {
    case (let open?, let closed?): return open - closed
    case (let open?, nil): return open < 0.02 ? -0.08 : open > 0.077 ? 0.08 : nil
    case (nil, let closed?): return closed > 0.077 ? -0.08 : closed < 0.02 ? 0.08 : nil
    case (nil, nil): return nil
    }
  }

  /// True when the fingers are farther apart where a signal says shut.
  private static func widthsContradict(
    _ episodes: [ActionAudit.Episode], _ signal: Signal
  ) -> Bool { opening(episodes, signal).map { $0 < -0.01 } ?? false }

  /// True when the fingers are farther apart where a signal says open.
  private static func widthsAgree(_ episodes: [ActionAudit.Episode], _ signal: Signal) -> Bool {
    opening(episodes, signal).map { $0 > 0.01 } ?? false
  }

  private static func short(_ value: Double) -> String { String(format: "%.4g", value) }
}

extension ActionAudit.Episode {
  /// The frames that are left when a modality is moved in time: brought forward by so many frames
  /// where positive.
  func moved(_ modality: ActionAudit.Modality, by frames: Int) -> Self {
    let kept = max(0, actions.count - abs(frames))
    func cut(_ vectors: [[Double]], _ own: ActionAudit.Modality) -> [[Double]] {
      let first = (own == modality) == (frames > 0) ? abs(frames) : 0
      return Array(vectors.dropFirst(first).prefix(kept))
    }
    return Self(
      actions: cut(actions, .actions), relativeActions: cut(relativeActions, .relativeActions),
      robot: cut(robot, .robot))
  }
}

extension ActionAudit {
  /// A modality and the frames it lies early.
  struct Shift {
    var modality: Modality
    var frames: Int

    func finding(at place: String) -> AuditFinding {
      AuditFinding(
        .shifted, of: modality.rawValue, at: place,
        "\(modality.rawValue) lies \(abs(frames)) frame\(abs(frames) == 1 ? "" : "s") "
          + (frames > 0 ? "early" : "late") + " against the other two",
        amount: Double(frames))
    }
  }

  /// Frames up to which a displacement is looked for.
  static let reach = 8

  /// The modality and its displacement that make everything fit, or one of translations and
  /// rotations where neither does; nil when none does.
  static func shift(_ episodes: [Episode], _ plain: Comparison) -> Shift? {
    let isBothWrong = max(plain.translationShare, plain.rotationShare) <= 0.95
    func merit(_ comparison: Comparison) -> Double? {
      let part = max(comparison.translationShare, comparison.rotationShare)
      guard comparison.share > 0.95 || (isBothWrong && part > 0.95) else { return nil }
      return comparison.share + part
    }
    let probe = probe(episodes)
    var best: (shift: Shift, merit: Double)?
    for frames in (1...reach).flatMap({ [$0, -$0] }) {
      for modality in Modality.allCases {
        guard merit(Comparison(probe.map { $0.moved(modality, by: -frames) })) != nil else {
          continue
        }
        let moved = Comparison(episodes.map { $0.moved(modality, by: -frames) })
        // What hardly moves fits at any displacement.
        guard moved.frames >= 10, let merit = merit(moved), merit > best?.merit ?? 0 else {
          continue
        }
        best = (Shift(modality: modality, frames: frames), merit)
      }
    }
    return best?.shift
  }
}

/// How well `rel_actions` follow from the other two.
struct Comparison {
  /// Frames compared.
  private(set) var frames = 0
  private(set) var translationShare = 1.0
  private(set) var rotationShare = 1.0
  /// Share of frames where both agree.
  private(set) var share = 1.0

  init(_ episodes: [ActionAudit.Episode]) {
    var counts = (translation: 0, rotation: 0, both: 0)
    for episode in episodes {
      for time in episode.actions.indices {
        let raw = ActionAudit.raw(episode.actions[time], episode.robot[time])
        let recorded = episode.relativeActions[time]
        func fits(_ axes: Range<Int>) -> Bool {
          axes.allSatisfy {
            abs(ActionAudit.clipped(raw[$0]) - recorded[$0]) < ActionAudit.tolerance
          }
        }
        let (translation, rotation) = (fits(0..<3), fits(3..<6))
        frames += 1
        counts.translation += translation ? 1 : 0
        counts.rotation += rotation ? 1 : 0
        counts.both += translation && rotation ? 1 : 0
      }
    }
    guard frames > 0 else { return }
    translationShare = Double(counts.translation) / Double(frames)
    rotationShare = Double(counts.rotation) / Double(frames)
    share = Double(counts.both) / Double(frames)
  }
}

/// Examines what a split says about its frames: files, episodes, scenes. No frame is opened.
public struct StructureAudit: Sendable {
  /// What is wrong.
  public let findings: [AuditFinding]

  /// Examines a split.
  ///
  /// - Parameter scenes: Names of the scenes there are (`D`, or `calvin_scene_D`).
  public init(of split: DatasetSplit, inventory: FrameInventory, scenes: [String]) {
    var findings: [AuditFinding] = []
    if let complaint = split.lengthsComplaint {
      findings.append(AuditFinding(.episodeLengths, of: "ep_lens", at: "ep_lens.npy", complaint))
    }
    for complaint in split.episodeComplaints {
      findings.append(
        AuditFinding(
          .invalidEpisode, of: "ep_start_end_ids", at: "ep_start_end_ids.npy", complaint))
    }
    for episode in split.episodes {
      guard let first = inventory.firstMissing(from: episode.first, through: episode.last) else {
        continue
      }
      let there = inventory.frames(from: episode.first, through: episode.last).count
      findings.append(
        AuditFinding(
          .missingFrames, at: episode.place,
          "\(episode.count - there) of \(episode.count) frames have no file, the first is "
            + split.naming.name(of: first), amount: Double(episode.count - there)))
    }
    let sorted = split.episodes.sorted { ($0.first, $0.last) < ($1.first, $1.last) }
    for (episode, next) in zip(sorted, sorted.dropFirst()) where next.first <= episode.last {
      findings.append(
        AuditFinding(
          .episodesOverlap, of: "ep_start_end_ids", at: episode.place,
          "shares frames with \(next.place)"))
    }
    let covered = sorted.reduce(into: (count: 0, end: -1)) { covered, episode in
      let first = max(episode.first, covered.end + 1)
      if first <= episode.last {
        covered.count += inventory.frames(from: first, through: episode.last).count
        covered.end = episode.last
      }
    }
    if inventory.count > covered.count {
      findings.append(
        AuditFinding(
          .strayFrames, at: "the split",
          "\(inventory.count - covered.count) files belong to no episode",
          amount: Double(inventory.count - covered.count)))
    }
    self.findings = findings + Self.sceneFindings(split, scenes)
  }

  private static func sceneFindings(
    _ split: DatasetSplit, _ scenes: [String]
  ) -> [AuditFinding] {
    var findings: [AuditFinding] = []
    func add(_ place: String, _ message: String) {
      findings.append(AuditFinding(.sceneRanges, of: "scene_info", at: place, message))
    }
    for range in split.scenes {
      let place = "scene_info \(range.name)"
      if !scenes.contains(where: { range.name == $0 || range.name == "calvin_scene_\($0)" }) {
        add(place, "no scene is called '\(range.name)' (\(scenes.joined(separator: ", ")))")
      }
      if range.first > range.last { add(place, "goes from \(range.first) to \(range.last)") }
    }
    for (range, next) in zip(split.scenes, split.scenes.dropFirst())
    where next.first <= range.last {
      add("scene_info \(next.name)", "begins at \(next.first) within \(range.name)")
    }
    guard !split.scenes.isEmpty else { return findings }
    for episode in split.episodes {
      let names = [split.scene(of: episode.first), split.scene(of: episode.last)]
      if names.contains(nil) {
        add(episode.place, "is in no scene of scene_info.npy")
      } else if names[0] != names[1] {
        add(episode.place, "begins in \(names[0] ?? "") and ends in \(names[1] ?? "")")
      }
    }
    return findings
  }
}

extension DatasetSplit.Episode {
  /// `episode FIRST...LAST`, as findings name it.
  public var place: String { "episode \(first)...\(last)" }
}

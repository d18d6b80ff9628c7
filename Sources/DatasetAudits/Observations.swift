import Assets
import Datasets
import Foundation

/// What was seen in single episodes, gathered so that a fault of many is said once.
struct Observations {
  private struct Key: Hashable {
    var code: AuditFinding.Code
    var subject: String
    /// What was found, in words that are the same for all episodes.
    var message: String
  }

  private let split: DatasetSplit
  private let examined: [Int]
  private var seen: [(key: Key, episodes: [Int], levels: [Double], frames: [Int])] = []

  init(_ split: DatasetSplit, examined: [Int]) {
    self.split = split
    self.examined = examined
  }

  /// What pictures of a `scene_obs` out of step look like until that is known.
  static let vague: Set<AuditFinding.Code> = [.renderer, .resampled, .pictureMismatch]

  /// True when something was seen in an episode that says why its pictures do not fit.
  func areExplained(_ episode: Int) -> Bool {
    seen.contains { entry in
      !entry.key.code.isNote && !Self.vague.contains(entry.key.code)
        && entry.episodes.contains(episode)
    }
  }

  /// True when nothing was seen that speaks of more than the state of the scene.
  var isVague: Bool {
    seen.allSatisfy { $0.key.code.isNote || Self.vague.contains($0.key.code) }
  }

  /// Drops what a `scene_obs` out of step explains.
  mutating func dropVague() {
    seen.removeAll { Self.vague.contains($0.key.code) }
  }

  /// The same for single episodes.
  mutating func dropVague(in episodes: some Collection<Int>) {
    for index in seen.indices where Self.vague.contains(seen[index].key.code) {
      seen[index].episodes.removeAll(where: episodes.contains)
    }
    seen.removeAll { $0.episodes.isEmpty }
  }

  private mutating func add(
    _ code: AuditFinding.Code, _ subject: String, _ message: String, episode: Int,
    level: Double? = nil, frames: [Int] = []
  ) {
    let key = Key(code: code, subject: subject, message: message)
    let place = seen.firstIndex { $0.key == key }
    if let place {
      if !seen[place].episodes.contains(episode) { seen[place].episodes.append(episode) }
      seen[place].levels += level.map { [$0] } ?? []
      seen[place].frames += frames
    } else {
      seen.append((key, [episode], level.map { [$0] } ?? [], frames))
    }
  }

  /// Findings, each with the episodes it was seen in. Whether pictures lack detail or were drawn in
  /// another way may be a close call: what most episodes say goes for all.
  var findings: [AuditFinding] {
    var seen = seen
    let close: Set<AuditFinding.Code> = [.renderer, .resampled]
    for camera in [Channel.rgbStatic, .rgbGripper] {
      let calls = seen.indices.filter {
        close.contains(seen[$0].key.code) && seen[$0].key.subject == camera.rawValue
      }.sorted { seen[$0].episodes.count > seen[$1].episodes.count }
      for other in calls.dropFirst() {
        seen[calls[0]].episodes += seen[other].episodes
        seen[calls[0]].levels += seen[other].levels
        seen[other].episodes = []
      }
    }
    return seen.filter { !$0.episodes.isEmpty }.map { entry in
      var message = entry.key.message
      if !entry.frames.isEmpty {
        message += ": \(entry.frames.count) frames (\(Self.words(for: entry.frames)))"
      }
      let levels = entry.levels.sorted()
      let level = levels.isEmpty ? nil : levels[levels.count / 2]
      if let level { message += String(format: " (%.1f dB as recorded)", level) }
      return AuditFinding(
        entry.key.code, of: entry.key.subject, at: place(of: entry.episodes), message,
        amount: level ?? (entry.frames.isEmpty ? nil : Double(entry.frames.count)))
    }
  }

  /// Frames in words: the first few ranges.
  static func words(for frames: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for frame in Set(frames).sorted() {
      if let last = ranges.last, last.upperBound == frame - 1 {
        ranges[ranges.count - 1] = last.lowerBound...frame
      } else {
        ranges.append(frame...frame)
      }
    }
    let some = ranges.prefix(6).map {
      $0.count > 1 ? "\($0.lowerBound)...\($0.upperBound)" : "\($0.lowerBound)"
    }
    return some.joined(separator: ", ") + (ranges.count > 6 ? ", ..." : "")
  }

  private func place(of episodes: [Int]) -> String {
    place(of: episodes, among: examined, in: split)
  }

  /// The episodes in words: all, those of a scene, or the first few.
  func place(of episodes: [Int], among examined: [Int], in split: DatasetSplit) -> String {
    if episodes.count == examined.count { return "all episodes" }
    for scene in split.scenes {
      let own = examined.filter { split.scene(of: split.episodes[$0].first) == scene.name }
      if !own.isEmpty, Set(own) == Set(episodes) {
        return "all episodes of \(scene.name)"
          + (own.count == 1 ? " (\(split.episodes[own[0]].place))" : "")
      }
    }
    let names = episodes.sorted().prefix(4).map { split.episodes[$0].place }
    let rest = episodes.count - names.count
    return names.joined(separator: ", ") + (rest > 0 ? " and \(rest) more episodes" : "")
  }

  // MARK: Kinds of observations

  /// Sizes, forms, blank and frozen pictures.
  mutating func noteForms(_ results: [PictureAudit.RunResult], cameras: [CameraDescription]) {
    for result in results {
      for (channel, message) in result.complaints.sorted(by: { $0.key.rawValue < $1.key.rawValue })
      {
        add(
          .pictureFormat, channel.rawValue, "\(channel.rawValue) \(message)",
          episode: result.episode)
      }
      for (channel, count) in result.blank.sorted(by: { $0.key.rawValue < $1.key.rawValue })
      where count > 0 {
        add(
          .blank, channel.rawValue, "\(channel.rawValue) is one colour in some frames",
          episode: result.episode)
      }
      for (channel, frames) in result.infinite.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        add(
          .notFinite, channel.rawValue, "\(channel.rawValue) is not finite everywhere",
          episode: result.episode, frames: frames)
      }
      for (channel, frames) in result.frozen.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        add(
          .frozen, channel.rawValue, "\(channel.rawValue) stands still while the robot moves",
          episode: result.episode, frames: frames)
      }
      let expected = cameras.map { PictureSize(width: $0.width, height: $0.height) }
      let sizes = result.sizes
      guard expected.count == 2 else { continue }
      if !result.exchangedDepth.isEmpty {
        add(
          .camerasExchanged, "depth_static, depth_gripper",
          "depth_static and depth_gripper have each other's size", episode: result.episode,
          frames: result.exchangedDepth.count == result.frames ? [] : result.exchangedDepth)
      }
      // What pictures show says whether they are in each other's array.
      let areExchanged =
        expected[0] != expected[1]
        && [sizes[.rgbStatic], sizes[.rgbGripper]] == [expected[1], expected[0]]
      for channel in Channel.allCases {
        let wanted = expected[channel.camera]
        if let frames = result.odd[channel], !areExchanged || frames.count < result.frames {
          add(
            .resolution, channel.rawValue,
            "\(channel.rawValue) has another size in some frames", episode: result.episode,
            frames: frames)
        }
        guard let size = sizes[channel], size != wanted,
          !areExchanged || channel.isDepth || result.odd[channel] != nil
        else { continue }
        add(
          .resolution, channel.rawValue,
          "\(channel.rawValue) is \(size.width)x\(size.height), the camera's pictures are "
            + "\(wanted.width)x\(wanted.height)", episode: result.episode)
      }
    }
  }

  /// Pictures turned, recoloured or in the other camera's array.
  mutating func noteDamage(_ results: [PictureAudit.RunResult]) {
    for (episode, runs) in Dictionary(grouping: results, by: \.episode).sorted(by: {
      $0.key < $1.key
    }) {
      for (camera, channel) in [Channel.rgbStatic, .rgbGripper].enumerated() {
        let levels = Dictionary(
          runs.flatMap { ($0.fits[channel]?.byFrame ?? []).map { ($0.frame, $0.value) } },
          uniquingKeysWith: { first, _ in first })
        let damage = runs.flatMap(\.damage).map { ($0.key, $0.value[camera]) }
          .sorted { $0.0 < $1.0 }
        func note(
          _ code: AuditFinding.Code, _ message: (PictureDamage) -> String?
        ) {
          let found = damage.compactMap { frame, damage in message(damage).map { (frame, $0) } }
          for (message, entries) in Dictionary(grouping: found, by: \.1)
            .sorted(by: { $0.key < $1.key })
          {
            let frames = entries.map(\.0)
            let known = frames.compactMap { levels[$0] }.sorted()
            add(
              code, channel.rawValue, "\(channel.rawValue) \(message)", episode: episode,
              level: known.isEmpty ? nil : known[known.count / 2],
              frames: 10 * frames.count >= 9 * levels.count ? [] : frames)
          }
        }
        note(.camerasExchanged) { $0.isExchanged ? "shows what the other camera sees" : nil }
        note(.colors) { $0.transform.channels.message }
        note(.flipped) { $0.transform.geometry.map { "is \($0)" } }
      }
    }
  }

  /// Single pictures that show something else than the recording around them.
  mutating func noteStrange(_ frames: [Int], _ channel: Channel, _ episode: Int) {
    add(
      .pictureMismatch, channel.rawValue,
      "\(channel.rawValue) shows something else than the state in single frames",
      episode: episode, frames: frames)
  }

  mutating func add(
    _ cause: PictureDiagnosis.Cause, _ channel: Channel, _ episode: Int,
    level: (plain: Double, explained: Double)?, scene: String, otherSurfaces: Bool,
    blocks: [String]
  ) {
    let name = channel.rawValue
    func note(_ code: AuditFinding.Code, _ subject: String, _ message: String) {
      add(code, subject, message, episode: episode, level: level?.plain)
    }
    switch cause {
    case .doubled: note(.camerasExchanged, name, "\(name) shows what the other camera sees")
    case .scene(let other):
      note(.wrongScene, "scene_info", "pictures show scene \(other), recorded as \(scene)")
    case .state(let change):
      note(.sceneOrder, "scene_obs", change.message(blocks: blocks))
    case .shifted: break
    case .renderer where otherSurfaces:
      note(.surfaces, name, "\(name) shows the right state with other surfaces than ours")
    case .renderer(let manner): note(.renderer, name, "\(name) \(manner)")
    case .resampled(let manner): note(.resampled, name, "\(name) \(manner)")
    case .misplaced(let what):
      note(
        .sceneMismatch, "scene_obs",
        "pictures show \(what.joined(separator: ", ")) elsewhere than scene_obs says")
    case .partial:
      note(
        .pictureMismatch, name,
        "\(name) shows the recorded state but for a part of it: check scene_obs")
    case .unknown: note(.pictureMismatch, name, "\(name) does not show the recorded state")
    }
  }

  /// Depth turned, in other numbers or in the other camera's array, and depth that does not fit
  /// although the picture does.
  mutating func noteDepth(
    _ results: [PictureAudit.RunResult], summaries: [Int: DatasetAudit.EpisodeSummary],
    shifts: [Int: [Channel: Int]], explained: Set<Int>
  ) {
    let damage = Dictionary(grouping: results, by: \.episode)
    for (episode, runs) in damage.sorted(by: { $0.key < $1.key }) {
      for channel in [Channel.depthStatic, .depthGripper] {
        guard let fit = summaries[episode]?.fits[channel] else { continue }
        let found = runs.flatMap { $0.depthDamage[channel] ?? [:] }.sorted { $0.key < $1.key }
        func note(_ code: AuditFinding.Code, _ message: (DepthDamage) -> String?) {
          let entries = found.compactMap { entry in
            message(entry.value).map { (entry.key, $0) }
          }
          for (message, entries) in Dictionary(grouping: entries, by: \.1)
            .sorted(by: { $0.key < $1.key })
          {
            // Of a level view too little is seen to tell; that it does not fit is.
            let right = fit.byFrame.count { $0.value <= DepthDamage.doubtful }
            let isAll = 10 * right < fit.byFrame.count && 4 * entries.count >= fit.byFrame.count
            add(
              code, channel.rawValue, "\(channel.rawValue) \(message)", episode: episode,
              frames: isAll ? [] : entries.map(\.0))
          }
        }
        note(.camerasExchanged) { $0.isExchanged ? "is what the other camera sees" : nil }
        note(.flipped) { $0.transform.geometry.map { "is \($0)" } }
        note(.depthUnit) { $0.numbers.message }
        if found.isEmpty, shifts[episode]?[channel] == nil, !explained.contains(episode),
          !runs.contains(where: { $0.blank[channel] != nil }),
          let median = fit.undoneMedian, median > 0.05
        {
          add(
            .depthMismatch, channel.rawValue,
            "\(channel.rawValue) does not show the recorded state", episode: episode)
        }
      }
    }
  }
}

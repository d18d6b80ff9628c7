import Calvin
import Datasets
import Foundation

/// The checks of pictures against states over all runs: redraws, compares, and finds out why what
/// does not fit does not.
struct PictureStage {
  let fits: [Channel: PictureAudit.Fit]
  let episodes: [DatasetAudit.EpisodeSummary]
  let kinematics: KinematicsAudit
  /// Frames pictures lie early, by episode index and channel; only where they are out of step.
  let shifts: [Int: [Channel: Int]]
  /// Parts of episodes in which pictures are out of step, by episode index.
  let parts: [Int: [PictureLags.Part]]
  /// Frames `scene_obs` lies early against the pictures; nil when nothing moves enough to tell.
  let sceneShift: Int?
  /// The same by episode index, where pictures give reason to look.
  let sceneShifts: [Int: Int]
  /// Scenes found where others were named.
  let scenes: [(frames: ClosedRange<Int>, name: String)]
  let worst: [Int]
  /// The scenes, drawn as the pictures were.
  let library: SceneLibrary

  /// Most episodes whose pictures are explained one by one.
  static let explainedEpisodes = 24
  /// Largest part of the error that a better lag may leave.
  static let clearly = 0.8
  /// Share of the frames that must agree on a lag that takes less of the error away, as where
  /// pictures were drawn in another way.
  static let majority = 0.6

  init(
    of split: DatasetSplit, runs: [FrameRuns.Run], library: SceneLibrary, names: SceneNames,
    workers: Int, ledger: inout AuditLedger
  ) throws {
    let results = try Self.measured(runs, split, library, names, workers)
    let byEpisode = Dictionary(grouping: results, by: \.episode).sorted { $0.key < $1.key }
    kinematics = KinematicsAudit(results.flatMap(\.tcp), place: "all episodes")
    ledger.add(kinematics.findings)
    ledger.noteUnreadable(results.flatMap(\.unreadable) + Self.lacking(results))
    // States that contradict themselves are in step with nothing.
    let isConsistent = !kinematics.findings.contains { $0.code == .tcpMismatch }
    let statesAreRight = kinematics.findings.isEmpty && !ledger.statesHaveWrongUnits

    var library = library
    var look = Look(results, split, library)
    let otherSurfaces = library.isEmbedded && Self.mayHaveOtherSurfaces(look.total)
    look.findLags(isConsistent, otherSurfaces)
    var causes: [Int: PictureDiagnosis] = [:]
    var found: [(frames: ClosedRange<Int>, name: String)] = []
    if statesAreRight {
      causes = try Self.explain(look, split, library, names, workers, otherSurfaces)
      found = Self.scenes(causes, look)
      if !found.isEmpty {
        // In the right scene the pictures say more: look at them again.
        let corrected = names.corrected(by: found)
        let again = Set(causes.filter { $0.value.scene != nil }.keys)
        let style = try DrawingStyle.found(
          in: runs.map { ($0.frames.lowerBound + $0.frames.upperBound) / 2 }, of: split,
          library: library, names: corrected, workers: workers)
        let wrong = runs.filter {
          corrected[$0.frames.lowerBound] != names[$0.frames.lowerBound] || style != library.style
        }
        library = library.drawing(style)
        look.replace(try Self.measured(wrong, split, library, corrected, workers))
        look.findLags(isConsistent, otherSurfaces)
        let more = try Self.explain(
          look, split, library, corrected, workers, otherSurfaces, only: again)
        for (index, diagnosis) in more { causes[index]?.add(diagnosis) }
      }
    }
    var shifts = look.shifts
    var observations = Observations(split, examined: byEpisode.map(\.key))
    observations.noteForms(
      look.results, cameras: try library.scene(names[runs.first?.frames.lowerBound ?? 0]).cameras)
    if statesAreRight {
      observations.noteDamage(look.results)
      for (index, diagnosis) in causes.sorted(by: { $0.key < $1.key }) {
        for (channel, list) in diagnosis.causes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
          for cause in list {
            if case .shifted(let frames) = cause {
              shifts[index, default: [:]][channel] = frames
            } else {
              let scene = SceneLibrary.short(names[look.summaries[index]?.episode.first ?? 0])
              observations.add(
                cause, channel, index, level: diagnosis.levels[channel], scene: scene,
                otherSurfaces: otherSurfaces,
                blocks: try library.scene(scene).models.assets.scene.movableObjects.map(\.name))
            }
          }
        }
      }
      observations.noteDepth(
        look.results, summaries: look.summaries, shifts: shifts,
        explained: Set(causes.filter { !$0.value.causes.isEmpty }.keys))
      for (index, summary) in look.summaries.sorted(by: { $0.key < $1.key }) {
        for channel in [Channel.rgbStatic, .rgbGripper]
        where shifts[index]?[channel] == nil
          && !look.results.contains(where: {
            $0.episode == index && $0.blank[channel] != nil
          })
        {
          let late = (look.parts[index] ?? []).filter { $0.channel == channel }
          let strange = (summary.fits[channel]?.strangeFrames ?? []).filter { frame in
            !late.contains { $0.frames.contains(frame) }
          }
          if !strange.isEmpty { observations.noteStrange(strange, channel, index) }
        }
      }
    }
    let summaries = look.summaries
    episodes = byEpisode.compactMap { summaries[$0.key] }
    let total = look.total
    fits = total
    self.library = library
    parts = look.parts
    self.shifts = shifts
    scenes = found
    let looksForScene = statesAreRight && !runs.isEmpty
    sceneShifts =
      looksForScene && !otherSurfaces
      ? try Self.sceneShifts(
        runs, summaries.filter { !observations.areExplained($0.key) }, shifts, split, library,
        names, workers) : [:]
    let values = Dictionary(grouping: sceneShifts.values) { $0 }
    if values.isEmpty {
      sceneShift =
        looksForScene && observations.isVague
        ? try Self.sceneShift(
          runs, split, library, names, workers, robotLag: Self.commonShift(shifts, total),
          otherSurfaces) : nil
    } else {
      // Out of step as a whole, or here and there.
      let most = values.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key ?? 0
      sceneShift = values.count == 1 || Self.commonShift(shifts, total) != 0 ? most : 0
    }
    if let sceneShift, sceneShift != 0, shifts.isEmpty { observations.dropVague() }
    observations.dropVague(in: Set(sceneShifts.filter { $0.value != 0 }.keys))
    ledger.add(observations.findings)
    worst = Self.worst(episodes)
  }

  /// What the pictures of all runs gave.
  private static func measured(
    _ runs: [FrameRuns.Run], _ split: DatasetSplit, _ library: SceneLibrary, _ names: SceneNames,
    _ workers: Int
  ) throws -> [PictureAudit.RunResult] {
    let equip: @Sendable () -> Stages = { Stages(library) }
    return try worked(on: runs, workers: workers, equip: equip) { stages, run in
      PictureAudit.examine(run, of: split, on: try stages[names[run.frames.lowerBound]])
    }
  }

  /// What was seen so far, by episode.
  private struct Look {
    private(set) var results: [PictureAudit.RunResult]
    private(set) var summaries: [Int: DatasetAudit.EpisodeSummary] = [:]
    private(set) var total: [Channel: PictureAudit.Fit] = [:]
    private(set) var shifts: [Int: [Channel: Int]] = [:]
    private(set) var parts: [Int: [PictureLags.Part]] = [:]
    private let split: DatasetSplit

    init(_ results: [PictureAudit.RunResult], _ split: DatasetSplit, _ library: SceneLibrary) {
      self.results = results
      self.split = split
      summarize()
    }

    private mutating func summarize() {
      let first = summaries
      summaries = [:]
      for (index, results) in Dictionary(grouping: results, by: \.episode) {
        var fits: [Channel: PictureAudit.Fit] = [:]
        for result in results {
          for (channel, fit) in result.fits { fits[channel, default: .init()].add(fit) }
        }
        for channel in Array(fits.keys) {
          fits[channel] = fits[channel]?.recorded(as: first[index]?.fits[channel])
        }
        summaries[index] = DatasetAudit.EpisodeSummary(
          episode: split.episodes[index], scene: first[index]?.scene ?? results[0].scene,
          frames: results.reduce(0) { $0 + $1.frames }, fits: fits)
      }
      total = [:]
      for (_, episode) in summaries.sorted(by: { $0.key < $1.key }) {
        for (channel, fit) in episode.fits { total[channel, default: .init()].add(fit) }
      }
    }

    /// Takes what was seen at a second look; how well pictures fit as recorded is kept.
    mutating func replace(_ others: [PictureAudit.RunResult]) {
      let episodes = Set(others.map(\.episode))
      results.removeAll { episodes.contains($0.episode) }
      results = (results + others).sorted { $0.episode < $1.episode }
      summarize()
    }

    /// Finds what is out of step, as a whole or in parts.
    mutating func findLags(_ isConsistent: Bool, _ otherSurfaces: Bool) {
      (shifts, parts) = ([:], [:])
      for (index, summary) in summaries where isConsistent {
        for (channel, fit) in summary.fits.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
          let late = PictureLags.parts(of: fit, channel)
          if !late.isEmpty {
            parts[index, default: []] += late
            continue
          }
          guard let shift = PictureStage.shift(fit, channel) else { continue }
          // What fits badly at any lag seems out of step wherever the arm goes straight.
          let left = fit.meanSquare(at: shift)
          let isLike =
            channel.isDepth || otherSurfaces
            || PictureError.decibels(left) > PictureStage.ownSurfaces
            || left < 0.6 * fit.meanSquare(at: 0)
          if isLike || total[channel].flatMap({ PictureStage.shift($0, channel) }) == shift {
            shifts[index, default: [:]][channel] = shift
          }
        }
      }
    }
  }

  /// Episodes recorded in another scene than named.
  private static func scenes(
    _ causes: [Int: PictureDiagnosis], _ look: Look
  ) -> [(frames: ClosedRange<Int>, name: String)] {
    causes.sorted { $0.key < $1.key }.compactMap { index, diagnosis in
      guard let name = diagnosis.scene, let summary = look.summaries[index] else { return nil }
      return (summary.episode.first...summary.episode.last, name)
    }
  }

  /// Frames that lack a channel which others have.
  private static func lacking(
    _ results: [PictureAudit.RunResult]
  ) -> [(frame: Int, reason: String)] {
    Channel.allCases.filter { channel in results.contains { $0.sizes[channel] != nil } }
      .flatMap { channel in
        results.flatMap { $0.lacking[channel] ?? [] }.map {
          ($0, "has no array '\(channel.rawValue)', which other frames have")
        }
      }
  }

  /// Stages of the scenes, made when asked for; belongs to one worker.
  final class Stages {
    private let library: SceneLibrary
    private var made: [String: Stage] = [:]

    init(_ library: SceneLibrary) { self.library = library }

    subscript(scene: String) -> Stage {
      get throws {
        if let known = made[scene] { return known }
        let stage = try Stage(try library.scene(scene))
        made[scene] = stage
        return stage
      }
    }
  }

  // MARK: Lags

  /// Frames by which a channel lies early, nil when it is in step or nothing tells.
  private static func shift(_ fit: PictureAudit.Fit, _ channel: Channel) -> Int? {
    guard fit.compared >= 3, let best = fit.bestLag, best != 0 else { return nil }
    let (here, there) = (fit.meanSquare(at: 0), fit.meanSquare(at: best))
    let agrees = fit.support(of: best) > majority
    guard there < clearly * here || (agrees && there < 0.97 * here) else { return nil }
    // At the farthest lag tried the right one may lie beyond.
    return abs(best) == PictureAudit.lags.upperBound && !channel.isDepth ? nil : best
  }

  /// Decibels that pictures of other surfaces than ours stay below; those of the embedded scenes are
  /// about 18 dB from official ones.
  static let ownSurfaces = 24.0

  /// True when nothing fits so well that it must have been drawn with our surfaces.
  private static func mayHaveOtherSurfaces(_ total: [Channel: PictureAudit.Fit]) -> Bool {
    let isFar = [Channel.rgbStatic, .rgbGripper].allSatisfy {
      total[$0]?.undoneMedian.map { $0 < ownSurfaces } ?? true
    }
    // Surfaces apart, our tables are not quite the official ones.
    return isFar && total[.depthStatic]?.undoneMedian.map { $0 > 0.002 } ?? true
  }

  /// The shift that both cameras' pictures share, 0 when they share none.
  private static func commonShift(
    _ shifts: [Int: [Channel: Int]], _ total: [Channel: PictureAudit.Fit]
  ) -> Int {
    let values = [Channel.rgbStatic, .rgbGripper].compactMap { channel in
      total[channel].flatMap { shift($0, channel) }
    }
    return values.count == 2 && values[0] == values[1] ? values[0] : 0
  }

  /// Lags at which scenes are looked for, the next when the one before is too narrow.
  private static let sceneLags = [-2...2, -7...7]

  /// Frames by which `scene_obs` lies early, told by blocks, doors and lamps that move.
  private static func sceneShift(
    _ runs: [FrameRuns.Run], _ split: DatasetSplit, _ library: SceneLibrary, _ names: SceneNames,
    _ workers: Int, robotLag: Int, _ otherSurfaces: Bool
  ) throws -> Int? {
    var found: Int?
    for lags in sceneLags {
      let moving = try Self.moving(runs, split, workers, max(lags.upperBound, abs(robotLag)))
        .sorted { ($0.motion, $1.frame) > ($1.motion, $0.frame) }.prefix(24)
      guard moving.count >= 3 else { break }
      let (best, shift) = try sceneShift(
        Array(moving), lags, split, library, names, workers, robotLag, otherSurfaces)
      guard lags == sceneLags[0] || abs(shift ?? 0) > sceneLags[0].upperBound else {
        break
      }
      found = shift
      // At the farthest lag tried the right one may lie beyond.
      if best.map({ abs($0) < lags.upperBound }) ?? true { break }
    }
    return found
  }

  /// The same for episodes whose pictures fit worse where something moves than pictures of our own
  /// surfaces do.
  private static func sceneShifts(
    _ runs: [FrameRuns.Run], _ summaries: [Int: DatasetAudit.EpisodeSummary],
    _ shifts: [Int: [Channel: Int]], _ split: DatasetSplit, _ library: SceneLibrary,
    _ names: SceneNames, _ workers: Int
  ) throws -> [Int: Int] {
    let moving = try Self.moving(runs, split, workers, sceneLags[0].upperBound)
    var found: [Int: Int] = [:]
    var doubtful: [(episode: Int, frames: [(frame: Int, motion: Double)], level: Double)] = []
    for (index, summary) in summaries {
      let own = moving.filter { summary.episode.contains($0.frame) }
      let numbers = Set(own.map(\.frame))
      let levels = [Channel.rgbStatic, .rgbGripper].compactMap { channel -> Double? in
        let levels = (summary.fits[channel]?.undone ?? []).filter { numbers.contains($0.frame) }
          .map(\.value).sorted()
        return levels.isEmpty ? nil : levels[levels.count / 2]
      }
      guard own.count >= 6, let level = levels.min() else { continue }
      if level < 42 {
        doubtful.append((index, own, level))
      } else if shifts[index] == nil {
        found[index] = 0
      }
    }
    doubtful.sort { ($0.level, $0.episode) < ($1.level, $1.episode) }
    for (index, own, _) in doubtful.prefix(explainedEpisodes) {
      let sorted = own.sorted { ($0.motion, $1.frame) > ($1.motion, $0.frame) }
      // Where one camera hardly moves, the other knows.
      let values = Set([Channel.rgbStatic, .rgbGripper].compactMap { shifts[index]?[$0] })
      let robotLag = values.count == 1 ? values.first ?? 0 : 0
      for lags in sceneLags {
        let reach = max(lags.upperBound, abs(robotLag))
        let frames = sorted.lazy.filter { entry in
          (entry.frame - reach...entry.frame + reach).allSatisfy {
            split.episodes[index].contains($0) && (try? split.frame($0, fields: .state)) != nil
          }
        }.prefix(8)
        guard frames.count >= 3 else { break }
        let (best, shift) = try sceneShift(
          Array(frames), lags, split, library, names, workers, robotLag, false)
        guard lags == sceneLags[0] || abs(shift ?? 0) > sceneLags[0].upperBound
        else { break }
        found[index] = shift
        if best.map({ abs($0) < lags.upperBound }) ?? true { break }
      }
    }
    return found
  }

  /// Frames around which blocks or doors move by more than a centimetre.
  private static func moving(
    _ runs: [FrameRuns.Run], _ split: DatasetSplit, _ workers: Int, _ reach: Int
  ) throws -> [(frame: Int, motion: Double)] {
    try worked(on: runs, workers: workers, equip: { () }) { _, run in
      Self.motion(run, split, reach)
    }.flatMap { $0 }.filter { $0.motion > 0.01 }
  }

  private static func sceneShift(
    _ moving: [(frame: Int, motion: Double)], _ lags: ClosedRange<Int>, _ split: DatasetSplit,
    _ library: SceneLibrary, _ names: SceneNames, _ workers: Int, _ robotLag: Int,
    _ otherSurfaces: Bool
  ) throws -> (best: Int?, shift: Int?) {
    let equip: @Sendable () -> Stages = { Stages(library) }
    let errors = try worked(on: moving, workers: workers, equip: equip) { stages, entry in
      let record = try FrameRecord(entry.frame, of: split, pictures: true, depth: false)
      let robot = try FrameRecord(
        entry.frame + robotLag, of: split, pictures: false, depth: false
      ).state
      return try lags.map { lag -> Double in
        let other = try FrameRecord(entry.frame + lag, of: split, pictures: false, depth: false)
        let state = EnvironmentState(
          robotObservation: robot.robotObservation,
          sceneObservation: other.state.sceneObservation)
        let ours = try stages[names[entry.frame]].pictures(of: state, depth: false)
        return zip(record.cameras, ours).reduce(0) { sum, pair in
          guard let theirs = pair.0.picture, theirs.rgb.count == pair.1.rgb.count else {
            return sum
          }
          return sum + PictureError.meanSquare(theirs.rgb, pair.1.rgb)
        }
      }
    }
    let sums = lags.map { _ in 0.0 }
    let total = errors.reduce(sums) { zip($0, $1).map(+) }
    guard let least = total.min(), let best = total.firstIndex(of: least), least > 0,
      least < 0.97 * (total.max() ?? 0)
    else { return (nil, nil) }
    let here = total[max(lags.lowerBound, min(lags.upperBound, robotLag)) - lags.lowerBound]
    let votes = errors.count { $0.firstIndex(of: $0.min() ?? 0) == best }
    let isClear = least < clearly * here || (least < 0.97 * here && 3 * votes > 2 * errors.count)
    // Where pictures are of our surfaces, what is right leaves next to nothing.
    let pictures = Double(2 * errors.count)
    let isRight =
      otherSurfaces
      ? PictureError.decibels(here / pictures) < 21
      : PictureError.decibels(least / pictures) > PictureDiagnosis.explained
    return (lags.lowerBound + best, isClear && isRight ? -(lags.lowerBound + best) : -robotLag)
  }

  /// How much of the scene moves around the inner frames of a run.
  private static func motion(
    _ run: FrameRuns.Run, _ split: DatasetSplit, _ reach: Int
  ) -> [(frame: Int, motion: Double)] {
    let scenes = Dictionary(
      uniqueKeysWithValues: run.frames.compactMap { frame -> (Int, [Double])? in
        guard let state = (try? split.frame(frame, fields: .state))?.state,
          (state.robotObservation + state.sceneObservation).allSatisfy(\.isFinite)
        else { return nil }
        return (frame, state.sceneObservation)
      })
    return run.frames.compactMap { frame in
      // All lags are read later.
      guard (frame - reach...frame + reach).allSatisfy({ scenes[$0] != nil }),
        let a = scenes[frame - reach], let b = scenes[frame + reach]
      else { return nil }
      let places = [0, 1] + [6, 12, 18].flatMap { [$0, $0 + 1, $0 + 2] }
      return (frame, places.reduce(0) { $0 + abs(a[$1] - b[$1]) })
    }
  }

  // MARK: Explanations

  /// Diagnoses of the episodes that need one, and of a sample of each scene.
  private static func explain(
    _ look: Look, _ split: DatasetSplit, _ library: SceneLibrary, _ names: SceneNames,
    _ workers: Int, _ otherSurfaces: Bool, only: Set<Int>? = nil
  ) throws -> [Int: PictureDiagnosis] {
    struct Case: Sendable {
      var episode: Int
      var frames: [Int]
      var damage: [Int: [PictureDamage]]
      var lag: [Int]
      var scene: String
      /// Per camera: the picture changes as the state does.
      var follows: [Bool]
      /// Worst median of the two cameras' pictures, decibels.
      var level: Double
    }
    var cases: [Case] = []
    let runs = Dictionary(grouping: look.results, by: \.episode)
    for (index, summary) in look.summaries.sorted(by: { $0.key < $1.key })
    where only?.contains(index) ?? true {
      let own = look.shifts[index] ?? [:]
      let rgb = [Channel.rgbStatic, .rgbGripper].map { summary.fits[$0] ?? .init() }
      guard rgb.contains(where: { !$0.byFrame.isEmpty }) else { continue }
      // Frames known to be out of step say nothing else.
      let late = (look.parts[index] ?? []).map(\.frames)
      let frames = (rgb.max { $0.byFrame.count < $1.byFrame.count } ?? rgb[0])
        .byFrame.map(\.frame).filter { frame in !late.contains { $0.contains(frame) } }
      var damage: [Int: [PictureDamage]] = [:]
      for run in runs[index] ?? [] { damage.merge(run.damage) { first, _ in first } }
      let kept = Set(frames)
      cases.append(
        Case(
          episode: index, frames: frames, damage: damage,
          lag: [own[.rgbStatic] ?? 0, own[.rgbGripper] ?? 0],
          scene: names[summary.episode.first],
          follows: rgb.map { fit in
            fit.compared >= 3
              && fit.bestLag.map { fit.support(of: $0) > majority && abs($0) < 3 } ?? false
          },
          level: rgb.compactMap { $0.restricted(to: kept).undoneMedian }.min() ?? 0))
    }
    // Episodes that fit well need no explanation; a few of each scene are asked whether another
    // order of blocks or lamps fits even better.
    let doubtful = cases.filter { item in
      item.lag != [0, 0] || item.level < PictureDiagnosis.closeEnough
    }
    let rest = cases.filter { item in !doubtful.contains { $0.episode == item.episode } }
    let asked = Dictionary(grouping: rest, by: \.scene).sorted { $0.key < $1.key }
      .flatMap { PictureDiagnosis.spread($0.value, 2) }
    let picked = PictureDiagnosis.spread(doubtful, explainedEpisodes) + asked
    let equip: @Sendable () -> Stages = { Stages(library) }
    let found = try worked(on: picked, workers: workers, equip: equip) { stages, item in
      (
        item.episode,
        try PictureDiagnosis(
          item.frames, of: split, damage: item.damage, lag: item.lag, scene: item.scene,
          scenes: library.names, follows: item.follows, otherSurfaces: otherSurfaces,
          stage: { try stages[$0] })
      )
    }
    return Dictionary(uniqueKeysWithValues: found)
  }

  /// Per episode the frame that fits worst, the worst episodes first.
  private static func worst(_ episodes: [DatasetAudit.EpisodeSummary]) -> [Int] {
    episodes.compactMap { episode -> (frame: Int, value: Double)? in
      [Channel.rgbStatic, .rgbGripper].compactMap { channel in
        episode.fits[channel]?.byFrame.min { $0.value < $1.value }
      }.min { $0.value < $1.value }
    }.sorted { ($0.value, $0.frame) < ($1.value, $1.frame) }.prefix(6).map(\.frame)
  }
}

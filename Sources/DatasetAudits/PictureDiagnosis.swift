import Assets
import Calvin
import Datasets
import Foundation

/// Finds why pictures do not show the states they were recorded with, by trying what may have
/// happened to them until they fit.
struct PictureDiagnosis: Sendable {
  /// What happened to the pictures of one camera, or to the states.
  enum Cause: Sendable, Hashable {
    /// The other camera's pictures, in both arrays.
    case doubled
    /// Recorded in this scene.
    case scene(String)
    /// `scene_obs` mixed up.
    case state(StateChange)
    /// These things are elsewhere than `scene_obs` says.
    case misplaced([String])
    /// Out of step by this many frames, more than the usual lags.
    case shifted(Int)
    /// The state drawn in another way; how.
    case renderer(String)
    /// Made smaller and larger again, or compressed; what is seen of it.
    case resampled(String)
    /// Most of the picture is right, a part shows something else.
    case partial
    /// Something else is shown.
    case unknown
  }

  /// Causes by camera; those of states stand at both.
  var causes: [Channel: [Cause]] = [:]
  /// Decibels before and after what was found.
  var levels: [Channel: (plain: Double, explained: Double)] = [:]

  /// A picture this close to ours needs no explanation, whatever drew it.
  static let closeEnough = 33.0
  /// An explanation must bring pictures at least this close, or take away much of the error.
  static let explained = 27.0
  /// However much is taken away, what is left must be a likeness: official pictures and those of
  /// the embedded scenes are about 18 dB apart.
  static let likeness = 14.5
  /// A third of the size and back leaves more than this.
  static let blurred = 22.0
  /// Pictures of another state of the same scene are below this, blurred ones of the right one above.
  private static let elsewhere = 19.0
  /// Frames looked at.
  static let sampleCount = 8

  /// Diagnoses these frames of one scene.
  ///
  /// - Parameters:
  ///   - damage: What was done to single frames' pictures, which is undone first.
  ///   - lag: Frames the states are ahead of the pictures, found before.
  ///   - follows: Per camera, whether its pictures are known to change as the states do.
  ///   - otherSurfaces: True when everything may have been drawn with other surfaces than ours.
  ///   - stage: Gives the stage of a scene.
  init(
    _ frames: [Int], of split: DatasetSplit, damage: [Int: [PictureDamage]], lag: [Int],
    scene: String, scenes: [String], follows: [Bool], otherSurfaces: Bool,
    stage: (String) throws -> Stage
  ) throws {
    let here = try stage(scene)
    var samples = Self.spread(frames, Self.sampleCount).compactMap {
      Sample($0, split, lag, damage[$0], here.scene.cameras)
    }
    guard !samples.isEmpty else { return }
    for index in samples.indices { try samples[index].settleFingers(on: here) }
    let drawn = try samples.map { try $0.drawn(on: here) }
    let plain = (0..<2).map { camera in Self.mean(samples, drawn, camera) { $0.pictures[camera] } }
    let channels = [Channel.rgbStatic, .rgbGripper]
    // Of single pictures, because a state does not say how the two fingers share their opening.
    let doubtful = channels.indices.filter {
      plain[$0].isFinite && Self.level(samples, drawn, $0) < Self.closeEnough
    }
    if try findState(
      samples, plain, here: here, scene: scene, scenes: scenes, otherSurfaces, stage)
    {
      return
    }
    var far: [Int: (lag: Int, error: Double)] = [:]
    for camera in doubtful where !follows[camera] {
      far[camera] = try Self.farLag(samples, camera, split, here, plain[camera])
    }
    let likeness = channels.indices.map { Self.likeness(samples, drawn, $0) }
    let unknown = doubtful.filter { far[$0] == nil }
    // Of a picture made larger only edges differ.
    let own = here.scene.cameras.map { PictureSize(width: $0.width, height: $0.height) }
    let hasOwnSize = channels.indices.map { camera in
      own.indices.contains(camera) && samples.allSatisfy { $0.sizes[camera] == own[camera] }
    }
    // Without colours blocks seem to be missing.
    let coloured = unknown.filter { !likeness[$0].isGrey }
    var rest = doubtful
    if !coloured.isEmpty,
      let (what, errors) = try misplaced(
        samples, coloured, here, otherSurfaces,
        isLocal: coloured.contains { likeness[$0].isLocal && hasOwnSize[$0] })
    {
      for camera in coloured {
        note(([.misplaced(what)], errors[camera]), at: channels[camera], plain[camera])
      }
      rest.removeAll(where: coloured.contains)
    }
    for camera in rest {
      if let far = far[camera] {
        note(([.shifted(far.lag)], far.error), at: channels[camera], plain[camera])
      } else if let error = Self.doubled(samples, drawn, camera, plain[camera]) {
        note(([.doubled], error), at: channels[camera], plain[camera])
      } else {
        let cause = Self.unexplained(
          likeness[camera], PictureError.decibels(plain[camera]), follows: follows[camera],
          otherSurfaces: otherSurfaces)
        note(([cause], plain[camera]), at: channels[camera], plain[camera])
      }
    }
  }

  /// The scene the pictures show, where that is another than named.
  var scene: String? {
    for case .scene(let name) in causes.values.joined() { return name }
    return nil
  }

  /// Adds what was found at a second look, in the right scene.
  mutating func add(_ other: PictureDiagnosis) {
    for (channel, list) in other.causes {
      causes[channel, default: []] += list.filter { !(causes[channel] ?? []).contains($0) }
    }
  }

  private mutating func note(
    _ found: (causes: [Cause], error: Double), at channel: Channel, _ plain: Double
  ) {
    causes[channel] = found.causes
    levels[channel] = (PictureError.decibels(plain), PictureError.decibels(found.error))
  }

  /// `count` elements spread over the list.
  static func spread<Element>(_ frames: [Element], _ count: Int) -> [Element] {
    guard frames.count > count else { return frames }
    return (0..<count).map { frames[(2 * $0 + 1) * frames.count / (2 * count)] }
  }

  // MARK: Samples

  /// A frame's pictures with the states they are compared with.
  private struct Sample {
    let number: Int
    /// Recorded picture of each camera.
    let recorded: [Frame?]
    /// The same put right.
    let pictures: [Frame?]
    /// State per camera: that of the frame, or of the frame that fits in time.
    let states: [EnvironmentState]
    let sizes: [PictureSize?]
    /// How far both fingers are to one side in the wrist picture, metres.
    private var fingerShift = 0.0

    init?(
      _ number: Int, _ split: DatasetSplit, _ lag: [Int], _ damage: [PictureDamage]?,
      _ cameras: [CameraDescription]
    ) {
      guard let record = try? FrameRecord(number, of: split, pictures: true, depth: false) else {
        return nil
      }
      let episode = split.episode(of: number)
      self.number = number
      // A picture of one colour says nothing of a state.
      let recorded = record.cameras.map { camera in
        camera.picture.flatMap { PictureError.isOneColour($0.rgb) ? nil : $0 }
      }
      self.recorded = recorded
      pictures = recorded.indices.map { camera in
        let own = cameras.indices.contains(camera) ? cameras[camera] : nil
        return (damage?[camera] ?? .intact).undone(
          recorded, camera: camera,
          size: own.map { PictureSize(width: $0.width, height: $0.height) })
      }
      sizes = pictures.map { $0?.size }
      states = lag.map { lag in
        let other = number + lag
        guard lag != 0, episode?.contains(other) ?? false,
          let moved = try? FrameRecord(other, of: split, pictures: false, depth: false)
        else { return record.state }
        return moved.state
      }
    }

    /// Finds where the wrist picture shows the fingers, of which states know only the distance.
    mutating func settleFingers(on stage: Stage) throws {
      guard let picture = pictures[1] else { return }
      let plain = PictureError.meanSquare(picture.rgb, try drawn(on: stage)[1].rgb)
      fingerShift =
        try stage.fingerShift(in: picture, of: states[1], plain: plain, last: 0)?.shift ?? 0
    }

    /// Both cameras' pictures of the states, perhaps changed.
    func drawn(
      on stage: Stage, _ change: (EnvironmentState) -> EnvironmentState = { $0 }
    ) throws -> [Frame] {
      func pictures(_ state: EnvironmentState) throws -> [Frame] {
        try stage.pictures(
          of: change(state), sizes: sizes, depth: false, fingerShift: fingerShift)
      }
      let first = try pictures(states[0])
      return states[1] == states[0] ? first : [first[0], try pictures(states[1])[1]]
    }
  }

  /// Mean square error of one camera over all samples, infinite when nothing can be compared.
  private static func mean(
    _ samples: [Sample], _ drawn: [[Frame]], _ camera: Int,
    _ picture: (Sample) -> Frame?
  ) -> Double {
    var (sum, count) = (0.0, 0)
    for (sample, ours) in zip(samples, drawn) where camera < ours.count {
      guard let theirs = picture(sample), theirs.rgb.count == ours[camera].rgb.count else {
        continue
      }
      sum += PictureError.meanSquare(theirs.rgb, ours[camera].rgb)
      count += 1
    }
    return count > 0 ? sum / Double(count) : .infinity
  }

  /// Median decibels of one camera's pictures as recorded.
  private static func level(_ samples: [Sample], _ drawn: [[Frame]], _ camera: Int) -> Double {
    let levels = zip(samples, drawn).compactMap { sample, ours -> Double? in
      guard let theirs = sample.pictures[camera], camera < ours.count,
        theirs.rgb.count == ours[camera].rgb.count
      else { return nil }
      return PictureError.decibels(PictureError.meanSquare(theirs.rgb, ours[camera].rgb))
    }.sorted()
    return levels.isEmpty ? .infinity : levels[levels.count / 2]
  }

  // MARK: Scenes and states

  private mutating func findState(
    _ samples: [Sample], _ plain: [Double], here: Stage, scene: String, scenes: [String],
    _ otherSurfaces: Bool, _ stage: (String) throws -> Stage
  ) throws -> Bool {
    func errors(_ stage: Stage, _ change: StateChange?) -> [Double]? {
      var drawn: [[Frame]] = []
      for sample in samples {
        guard let pictures = try? sample.drawn(on: stage, { change?($0) ?? $0 }) else { return nil }
        drawn.append(pictures)
      }
      return (0..<2).map { camera in Self.mean(samples, drawn, camera) { $0.pictures[camera] } }
    }
    var best: (cause: Cause, errors: [Double])?
    // The static camera sees all of the table: it decides, and the wrist camera must not object.
    func consider(_ cause: Cause, _ errors: [Double]?, loosely: Double) {
      guard let errors, Self.improves(errors, plain, loosely: loosely),
        errors[0] < best?.errors[0] ?? .infinity
      else { return }
      best = (cause, errors)
    }
    for change in StateChange.all {
      // Blocks and lamps are a small part of a picture; of our own surfaces nothing else is left.
      consider(.state(change), errors(here, change), loosely: otherSurfaces ? 0.93 : 0)
    }
    if plain.contains(where: { PictureError.decibels($0) < Self.closeEnough }) {
      for other in scenes where other != scene {
        consider(.scene(other), try Self.errors(samples, in: stage(other)), loosely: 0.65)
      }
    }
    guard let best else { return false }
    for (camera, channel) in [Channel.rgbStatic, .rgbGripper].enumerated()
    where plain[camera].isFinite {
      causes[channel] = [best.cause]
      levels[channel] = (
        PictureError.decibels(plain[camera]), PictureError.decibels(best.errors[camera])
      )
    }
    return true
  }

  /// Joints of the benchmark's tables with their places in `scene_obs` and positions to try, and the
  /// lamps.
  private static let fixtures: [(name: String, place: Int, values: [Double])] = [
    ("the slider", 0, (0...14).map { 0.02 * Double($0) }),
    ("the drawer", 1, (0...11).map { 0.02 * Double($0) }),
    ("the switch", 3, [0, 0.045, 0.09]), ("the lightbulb", 4, [0, 1]), ("the LED", 5, [0, 1]),
  ]

  /// Things that are elsewhere than `scene_obs` says: pictures fit much better with doors and lamps in
  /// another state, or with a block out of sight. Errors are those then left.
  private func misplaced(
    _ samples: [Sample], _ cameras: [Int], _ here: Stage, _ otherSurfaces: Bool,
    isLocal: Bool
  ) throws -> (what: [String], errors: [Double])? {
    let samples = Self.spread(samples, 3)
    func drawn(_ state: [Int: Double]) throws -> [[Frame]] {
      try samples.map {
        try $0.drawn(on: here) { recorded in
          var changed = recorded
          for (place, value) in state { changed.sceneObservation[place] = value }
          return changed
        }
      }
    }
    func errors(_ state: [Int: Double]) throws -> [Double] {
      let drawn = try drawn(state)
      return (0..<2).map { camera in Self.mean(samples, drawn, camera) { $0.pictures[camera] } }
    }
    func sum(_ errors: [Double]) -> Double { cameras.reduce(0) { $0 + errors[$1] } }
    /// How far pictures are from going together with those of a state, however bright they are.
    func unlikeness(_ state: [Int: Double]) throws -> Double {
      let drawn = try drawn(state)
      return cameras.reduce(0) { $0 + 1 - Self.likeness(samples, drawn, $1).correlation }
    }
    let start = try errors([:])
    var state: [Int: Double] = [:]
    var left = start
    var what: [(name: String, gain: Double)] = []
    let blocks = here.scene.models.assets.scene.movableObjects.map(\.name)
    // A block below the floor is out of sight.
    let trials =
      Self.fixtures
      + blocks.enumerated().map { (name: $0.element, place: 8 + 6 * $0.offset, values: [-5.0]) }
    for trial in trials {
      let before = sum(left)
      for value in trial.values {
        let tried = state.merging([trial.place: value]) { $1 }
        let found = try errors(tried)
        if sum(found) < sum(left) { (state, left) = (tried, found) }
      }
      if sum(left) < 0.97 * before { what.append((trial.name, before - sum(left))) }
    }
    // Things that account for next to nothing follow what is hidden or shaded otherwise.
    let most = what.map(\.gain).max() ?? 0
    var names = what.filter { $0.gain > 0.1 * most }.map(\.name)
    // In the middle of the robot's base, or far away, nothing is seen of a block.
    let lost = blocks.indices.filter { block in
      samples.allSatisfy { sample in
        let place = Array(sample.states[0].sceneObservation[(6 + 6 * block)..<(9 + 6 * block)])
        return place.allSatisfy { abs($0) < 0.01 } || place.contains { abs($0) > 3 }
      }
    }
    if !otherSurfaces, !lost.isEmpty {
      return (names + lost.map { blocks[$0] }.filter { !names.contains($0) }, left)
    }
    // What is coloured or blurred otherwise is not put right by another state.
    let isRight = cameras.allSatisfy { PictureError.decibels(left[$0]) > Self.blurred }
    let moves = what.contains { entry in
      Self.fixtures.contains { $0.name == entry.name } && entry.gain > 0.15 * sum(start)
    }
    let part = isLocal ? 0.95 : otherSurfaces ? 0.6 : isRight || moves ? 0.75 : 0
    if isLocal, names.isEmpty, cameras.count == 2 { names = ["something"] }
    guard !names.isEmpty, cameras.count == 2 && isLocal || sum(left) < part * sum(start) else {
      return nil
    }
    // A door in front of a dark picture makes ours darker, but no more alike.
    guard try isLocal || unlikeness(state) < (isRight ? 0.9 : 0.5) * unlikeness([:]) else {
      return nil
    }
    names.sort()
    return (names, left)
  }

  /// Errors of both cameras in another scene, in which the pictures may be turned or recoloured, too.
  private static func errors(_ samples: [Sample], in stage: Stage) throws -> [Double]? {
    var drawn: [[Frame]] = []
    for sample in samples {
      guard let pictures = try? sample.drawn(on: stage) else { return nil }
      drawn.append(pictures)
    }
    return (0..<2).map { camera in
      let asFound = mean(samples, drawn, camera) { $0.pictures[camera] }
      guard PictureError.decibels(asFound) < explained else { return asFound }
      let kinds = zip(samples, drawn).map { sample, ours in
        DamageSearch([ours]).damage(of: sample.recorded, camera: camera)
      }
      // Most of the pictures must have suffered the same.
      let most = Dictionary(grouping: kinds) { $0 }.values.max { $0.count < $1.count }
      guard let kind = most?.first, let count = most?.count, kind != .intact,
        2 * count > samples.count
      else { return asFound }
      let undone = mean(samples, drawn, camera) {
        kind.undone($0.recorded, camera: camera, size: $0.sizes[camera])
      }
      return undone < 0.6 * asFound ? undone : asFound
    }
  }

  private static func improves(
    _ errors: [Double], _ plain: [Double], loosely: Double
  ) -> Bool {
    let known = (0..<2).filter { plain[$0].isFinite && errors[$0].isFinite }
    guard let first = known.first else { return false }
    return explains(errors[first], plain[first], strictly: 0.7, loosely: loosely)
      && known.allSatisfy { errors[$0] < 1.05 * plain[$0] }
  }

  /// True when the error left is so small that the explanation must be right, or at least much
  /// smaller than before and that of a likeness.
  static func explains(
    _ error: Double, _ plain: Double, strictly: Double, loosely: Double
  ) -> Bool {
    let level = PictureError.decibels(error)
    return level > explained
      ? error < strictly * plain : level > likeness && error < loosely * plain
  }

  // MARK: Pictures

  /// The error left when this array holds what the other camera sees, nil when it does not; where
  /// both arrays do, they were exchanged and that is undone.
  private static func doubled(
    _ samples: [Sample], _ drawn: [[Frame]], _ camera: Int, _ plain: Double
  ) -> Double? {
    // Ours of the other camera against theirs of this one, small against small.
    let small = PictureSize(width: 42, height: 42)
    var (crossed, straight, count) = (0.0, 0.0, 0)
    for (sample, ours) in zip(samples, drawn) where ours.count == 2 {
      guard let theirs = sample.pictures[camera]?.resized(small) else { continue }
      crossed += PictureError.meanSquare(theirs.rgb, ours[1 - camera].resized(small).rgb)
      straight += PictureError.meanSquare(theirs.rgb, ours[camera].resized(small).rgb)
      count += 1
    }
    guard count > 0,
      explains(
        crossed / Double(count), straight / Double(count), strictly: 0.35, loosely: 0.5)
    else { return nil }
    return plain * crossed / straight
  }

  /// A lag beyond the usual ones at which three of the samples agree.
  private static func farLag(
    _ samples: [Sample], _ camera: Int, _ split: DatasetSplit, _ stage: Stage, _ plain: Double
  ) throws -> (lag: Int, error: Double)? {
    var votes: [(lag: Int, error: Double)] = []
    for sample in Self.spread(Array(samples.indices), 3).map({ samples[$0] }) {
      guard let picture = sample.pictures[camera], let episode = split.episode(of: sample.number)
      else { return nil }
      var best: (lag: Int, error: Double)?
      for lag in -66...66 where episode.contains(sample.number + lag) {
        guard
          let record = try? FrameRecord(
            sample.number + lag, of: split, pictures: false, depth: false),
          let ours = try? stage.pictures(of: record.state, sizes: sample.sizes, depth: false)
        else { continue }
        let error = PictureError.meanSquare(picture.rgb, ours[camera].rgb)
        if error < best?.error ?? .infinity { best = (lag, error) }
      }
      if let best { votes.append(best) }
    }
    guard let first = votes.first, votes.count > 2, votes.allSatisfy({ $0.lag == first.lag }),
      first.lag != 0
    else { return nil }
    let error = votes.reduce(0) { $0 + $1.error } / Double(votes.count)
    return explains(error, plain, strictly: 0.5, loosely: 0.8) ? (first.lag, error) : nil
  }

  /// How recorded and redrawn pictures of one camera go together.
  private static func likeness(
    _ samples: [Sample], _ drawn: [[Frame]], _ camera: Int
  ) -> PictureLikeness {
    var likeness = PictureLikeness()
    for (sample, ours) in zip(samples, drawn) where camera < ours.count {
      if let theirs = sample.pictures[camera], theirs.rgb.count == ours[camera].rgb.count {
        likeness.add(theirs, ours[camera])
      }
    }
    return likeness
  }

  /// Pictures of the right thing drawn in another way, or of something else.
  private static func unexplained(
    _ likeness: PictureLikeness, _ level: Double, follows: Bool, otherSurfaces: Bool
  ) -> Cause {
    if likeness.isNegative { return .renderer("is a negative") }
    if likeness.correlation < (follows ? 0.1 : 0.2) { return .unknown }
    if likeness.isLocal { return .partial }
    if likeness.isOfAnotherState, level < elsewhere { return .unknown }
    if likeness.isBlocky, level > blurred, !otherSurfaces {
      return .resampled("shows the blocks of strong compression")
    }
    // Other surfaces lack detail too, but are farther away.
    let isNear = likeness.correlation > 0.45 && level > blurred
    let isSmooth = likeness.detail < 0.6 && likeness.agreement > 0.85 && !otherSurfaces
    if likeness.detail < 0.85 && isNear || isSmooth { return .resampled("lacks detail") }
    guard let manner = likeness.manner else {
      return follows || likeness.correlation > 0.6
        ? .renderer("shows the right state drawn in another way") : .unknown
    }
    return .renderer(manner)
  }
}

extension Frame {
  /// Its pixels.
  var size: PictureSize { PictureSize(width: width, height: height) }

  /// The picture in another size, smoothly.
  func resized(_ size: PictureSize) -> Frame {
    guard size.width != width || size.height != height else { return self }
    let picture = Bitmap(width: width, height: height, channels: 3, pixels: rgb)
      .resized(width: size.width, height: size.height, filter: .bilinear)
    return Frame(width: size.width, height: size.height, rgb: picture.pixels)
  }
}

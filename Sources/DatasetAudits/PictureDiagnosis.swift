import Assets
import Calvin
import Datasets
import Foundation

/// Finds why pictures do not show the states they were recorded with, by trying what may have
/// happened to them until they fit.
struct PictureDiagnosis: Sendable {
  /// What happened to the pictures of one camera, or to the states.
  enum Cause: Sendable, Hashable {
    /// Red and blue exchanged.
    case colors
    /// Turned or mirrored; how.
    case geometry(String)
    /// The other camera's pictures.
    case exchanged
    /// Recorded in this scene.
    case scene(String)
    /// `scene_obs` mixed up.
    case state(StateChange)
    /// Out of step by this many frames, more than the usual lags.
    case shifted(Int)
    /// The state drawn in another way; how.
    case renderer(String)
    /// Made smaller and larger again, or compressed.
    case resampled(String)
    /// Most of the picture is right, a part shows something else.
    case partial(String)
    /// Something else is shown.
    case unknown(String)
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
  /// Frames looked at.
  static let sampleCount = 8

  /// Diagnoses these frames of one scene.
  ///
  /// - Parameters:
  ///   - lag: Frames the states are ahead of the pictures, found before.
  ///   - follows: Per camera, whether its pictures are known to change as the states do.
  ///   - otherSurfaces: True when everything may have been drawn with other surfaces than ours.
  ///   - stage: Gives the stage of a scene.
  init(
    _ frames: [Int], of split: DatasetSplit, lag: [Int], scene: String, scenes: [String],
    follows: [Bool], otherSurfaces: Bool, stage: (String) throws -> Stage
  ) throws {
    var samples = Self.spread(frames, Self.sampleCount).compactMap { Sample($0, split, lag) }
    guard !samples.isEmpty else { return }
    let here = try stage(scene)
    for index in samples.indices { try samples[index].settleFingers(on: here) }
    let drawn = try samples.map { try $0.drawn(on: here) }
    var plain = [Double](repeating: 0, count: 2)
    for camera in 0..<2 {
      plain[camera] = Self.mean(samples, drawn, camera) { $0.pictures[camera] }
    }
    // Pictures first: with red and blue exchanged, red and blue blocks look exchanged too.
    let channels = [Channel.rgbStatic, .rgbGripper]
    // Of single pictures, because a state does not say how the two fingers share their opening.
    let doubtful = channels.indices.filter {
      plain[$0].isFinite && Self.level(samples, drawn, $0) < Self.closeEnough
    }
    for camera in doubtful {
      guard let found = Self.transformed(samples, drawn, plain[camera], camera) else { continue }
      note(found, at: channels[camera], plain[camera])
    }
    if causes.isEmpty,
      try findState(
        samples, plain, here: here, scene: scene, scenes: scenes, otherSurfaces, stage)
    {
      return
    }
    for camera in doubtful where causes[channels[camera]] == nil {
      if !follows[camera],
        let far = try Self.farLag(samples, camera, split, here, plain[camera])
      {
        note(([.shifted(far.lag)], far.error), at: channels[camera], plain[camera])
      } else {
        let level = PictureError.decibels(plain[camera])
        let cause = Self.unexplained(samples, drawn, camera, level, follows: follows[camera])
        note(([cause], plain[camera]), at: channels[camera], plain[camera])
      }
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
    let pictures: [Frame?]
    /// State per camera: that of the frame, or of the frame that fits in time.
    let states: [EnvironmentState]
    let sizes: [PictureSize?]
    /// How far both fingers are to one side in the wrist picture, metres.
    private var fingerShift = 0.0

    init?(_ number: Int, _ split: DatasetSplit, _ lag: [Int]) {
      guard let record = try? FrameRecord(number, of: split, pictures: true, depth: false) else {
        return nil
      }
      let episode = split.episode(of: number)
      self.number = number
      pictures = record.cameras.map(\.picture)
      sizes = pictures.map { $0.map { PictureSize(width: $0.width, height: $0.height) } }
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
        consider(.scene(other), errors(try stage(other), nil), loosely: 0.65)
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
  private static func explains(
    _ error: Double, _ plain: Double, strictly: Double, loosely: Double
  ) -> Bool {
    let level = PictureError.decibels(error)
    return level > explained
      ? error < strictly * plain : level > likeness && error < loosely * plain
  }

  // MARK: Pictures

  /// What was done to the pictures of one camera, nil when nothing of the kind explains them.
  private static func transformed(
    _ samples: [Sample], _ drawn: [[Frame]], _ plain: Double, _ camera: Int
  ) -> (causes: [Cause], error: Double)? {
    var best: (causes: [Cause], error: Double)?
    let isSquare = samples[0].sizes[camera].map { $0.width == $0.height } ?? false
    for transform in PictureTransform.all(isSquare: isSquare) where transform != .identity {
      let error = mean(samples, drawn, camera) {
        $0.pictures[camera].map(transform.callAsFunction)
      }
      guard error < best?.error ?? plain, explains(error, plain, strictly: 0.6, loosely: 0.65)
      else { continue }
      best = (
        (transform.exchangesColors ? [.colors] : [])
          + (transform.geometry.map { [.geometry($0)] } ?? []), error
      )
    }
    return best ?? exchanged(samples, drawn, plain, camera)
  }

  private static func exchanged(
    _ samples: [Sample], _ drawn: [[Frame]], _ plain: Double, _ camera: Int
  ) -> (causes: [Cause], error: Double)? {
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
    return ([.exchanged], plain * crossed / straight)
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

  /// Pictures of the right thing drawn in another way, or of something else.
  private static func unexplained(
    _ samples: [Sample], _ drawn: [[Frame]], _ camera: Int, _ level: Double,
    follows: Bool
  ) -> Cause {
    var comparison = Likeness()
    for (sample, ours) in zip(samples, drawn) where camera < ours.count {
      if let theirs = sample.pictures[camera], theirs.rgb.count == ours[camera].rgb.count {
        comparison.add(theirs, ours[camera])
      }
    }
    let correlation = comparison.correlation
    let figures = String(
      format: "%.1f dB, edges correlate by %.2f, contrast x %.2f, detail x %.2f", level,
      correlation, comparison.gain, comparison.detail)
    if correlation < (follows ? 0.1 : 0.2) { return .unknown(figures) }
    if comparison.isLocal { return .partial(figures) }
    // Other surfaces lack detail too, but are farther away.
    if comparison.detail < 0.85, correlation > 0.45, level > blurred { return .resampled(figures) }
    return .renderer(figures)
  }
}

extension Frame {
  /// The picture in another size, smoothly.
  func resized(_ size: PictureSize) -> Frame {
    guard size.width != width || size.height != height else { return self }
    let picture = Bitmap(width: width, height: height, channels: 3, pixels: rgb)
      .resized(width: size.width, height: size.height, filter: .bilinear)
    return Frame(width: size.width, height: size.height, rgb: picture.pixels)
  }
}

/// How two series of pictures go together, however brightly each is drawn.
private struct Likeness {
  private var count = 0.0
  private var sums = (a: 0.0, b: 0.0, aa: 0.0, bb: 0.0)
  private var squares: [Double] = []
  private var edges = (a: 0.0, b: 0.0, aa: 0.0, bb: 0.0, ab: 0.0)

  mutating func add(_ a: Frame, _ b: Frame) {
    for index in a.rgb.indices {
      let (x, y) = (Double(a.rgb[index]), Double(b.rgb[index]))
      sums.a += x
      sums.b += y
      sums.aa += x * x
      sums.bb += y * y
      squares.append((x - y) * (x - y))
      if index >= 3 {
        let (u, v) = (x - Double(a.rgb[index - 3]), y - Double(b.rgb[index - 3]))
        edges.a += abs(u)
        edges.b += abs(v)
        edges.aa += u * u
        edges.bb += v * v
        edges.ab += u * v
      }
    }
    count += Double(a.rgb.count)
  }

  private var deviations: (a: Double, b: Double) {
    (
      max(0, sums.aa / count - sums.a * sums.a / count / count).squareRoot(),
      max(0, sums.bb / count - sums.b * sums.b / count / count).squareRoot()
    )
  }

  /// Correlation of the differences of neighbouring pixels: where edges are.
  var correlation: Double {
    let scale = (edges.aa * edges.bb).squareRoot()
    return scale > 0 ? edges.ab / scale : 0
  }

  /// True when a twentieth of the bytes makes nearly all of the error.
  var isLocal: Bool {
    let sorted = squares.sorted(by: >)
    let few = sorted.prefix(sorted.count / 20).reduce(0, +)
    return few > 0.97 * sorted.reduce(0, +)
  }

  /// Contrast of the first over that of the second.
  var gain: Double { deviations.b > 0 ? deviations.a / deviations.b : 0 }

  /// Differences of neighbouring pixels in the first over those in the second, contrast aside.
  var detail: Double { edges.b > 0 && gain > 0 ? edges.a / edges.b / gain : 0 }
}

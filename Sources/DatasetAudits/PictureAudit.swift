import Calvin
import Datasets

/// Compares recorded pictures with those redrawn from the recorded states, frames before and after
/// included: for every camera by itself, what lag fits, and how well.
public struct PictureAudit: Sendable {
  /// Lags tried: the recorded picture of frame t against the state of frame t + lag.
  public static let lags = -3...3

  /// Bytes of a redrawn picture that must change by more than 8 levels for the recorded one to have
  /// to: a dozen pixels, more than another rounding of edges makes.
  static let visible = 36

  /// How the reason begins why a frame that was read cannot be compared.
  static let cannotBeShown = "the state cannot be shown"

  /// How one channel fits over some frames.
  public struct Fit: Sendable, Equatable {
    /// Sum of mean square errors by lag, over frames that have all lags.
    public var errors = [Double](repeating: 0, count: lags.count)
    /// Frames by the lag that fits them best, over frames at which lags differ.
    public var votes = [Int](repeating: 0, count: lags.count)
    /// Frames in `errors`.
    public var compared = 0
    /// Error at lag 0 by frame: decibels, or for depth the median difference in metres.
    public var byFrame: [(frame: Int, value: Double)] = []

    /// The lag with the least error, nil when the pictures hardly change.
    public var bestLag: Int? {
      guard compared > 0, let least = errors.min(), let most = errors.max(),
        let best = errors.firstIndex(of: least), most > 1.02 * least,
        most > 1.1 * least || support(of: lags.lowerBound + best) > 0.6
      else { return nil }
      return lags.lowerBound + best
    }

    /// Share of the frames with a vote that vote for this lag.
    public func support(of lag: Int) -> Double {
      let total = votes.reduce(0, +)
      return total > 0 ? Double(votes[lag - lags.lowerBound]) / Double(total) : 0
    }

    mutating func add(_ errors: [Double]) {
      for index in errors.indices { self.errors[index] += errors[index] }
      compared += 1
      guard let least = errors.min(), let most = errors.max(), most > 1.02 * least,
        let best = errors.firstIndex(of: least)
      else { return }
      votes[best] += 1
    }

    /// Frames that fit far worse than the rest of an episode that fits well: worse than a picture of
    /// the state three frames away does, and than lost detail explains.
    var strangeFrames: [Int] {
      guard let median, median >= PictureDiagnosis.closeEnough, compared > 0 else { return [] }
      let away = max(meanSquare(at: lags.lowerBound), meanSquare(at: lags.upperBound))
      let limit = min(PictureError.decibels(away), PictureDiagnosis.blurred)
      return byFrame.filter { $0.value < limit }.map(\.frame)
    }

    /// Mean square error at a lag.
    public func meanSquare(at lag: Int) -> Double {
      compared > 0 ? errors[lag - lags.lowerBound] / Double(compared) : 0
    }

    /// Median of `byFrame`, nil for no frames.
    public var median: Double? { quantile(0.5) }

    /// A quantile of `byFrame`, nil for no frames.
    public func quantile(_ part: Double) -> Double? {
      let sorted = byFrame.map(\.value).sorted()
      return sorted.isEmpty ? nil : sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))]
    }

    mutating func add(_ other: Fit) {
      for index in errors.indices {
        errors[index] += other.errors[index]
        votes[index] += other.votes[index]
      }
      compared += other.compared
      byFrame += other.byFrame
    }

    /// Equal sums and equal frames.
    public static func == (a: Fit, b: Fit) -> Bool {
      a.errors == b.errors && a.votes == b.votes && a.compared == b.compared
        && a.byFrame.elementsEqual(b.byFrame) { $0 == $1 }
    }
  }

  /// What one run of frames gave.
  struct RunResult: Sendable {
    var episode: Int
    var scene: String
    var fits: [Channel: Fit] = [:]
    /// Sizes found, per camera and kind.
    var sizes: [Channel: PictureSize] = [:]
    /// What is wrong with the form of a channel.
    var complaints: [Channel: String] = [:]
    /// Frames whose picture is one colour.
    var blank: [Channel: Int] = [:]
    /// Frames whose picture equals the one before although the state changed.
    var frozen: [Channel: [Int]] = [:]
    /// Frames whose depth is not a number everywhere.
    var infinite: [Channel: [Int]] = [:]
    /// Frames without a channel.
    var lacking: [Channel: [Int]] = [:]
    /// Recorded over redrawn depth, the median of one frame.
    var depthRatio: [Channel: Double] = [:]
    /// Frames that cannot be read, or whose state cannot be shown.
    var unreadable: [(frame: Int, reason: String)] = []
    /// TCP poses as recorded and as the joints put them.
    var tcp: [KinematicsAudit.Pair] = []
    var frames = 0

    var hasDepth: Bool { sizes[.depthStatic] != nil || sizes[.depthGripper] != nil }
  }

  /// Examines one run on a worker's stage.
  static func examine(
    _ run: FrameRuns.Run, of split: DatasetSplit, on stage: Stage
  ) -> RunResult {
    var result = RunResult(episode: run.episode, scene: stage.scene.name)
    let episode = split.episodes[run.episode]
    let reach = lags.upperBound
    let first = max(episode.first, run.frames.lowerBound - reach)
    let last = min(episode.last, run.frames.upperBound + reach)
    var records: [Int: FrameRecord] = [:]
    for frame in first...last {
      do {
        records[frame] = try FrameRecord(
          frame, of: split, pictures: run.frames.contains(frame), depth: true)
      } catch {
        if run.frames.contains(frame) { result.unreadable.append((frame, error.description)) }
      }
    }
    let examined = run.frames.compactMap { records[$0] }
    let sizes = result.inspect(examined)
    var redrawn: [Int: [Frame]] = [:]
    for frame in first...last {
      guard let record = records[frame] else { continue }
      do {
        redrawn[frame] = try stage.pictures(
          of: record.state, sizes: sizes, depth: result.hasDepth)
        if run.frames.contains(frame) {
          result.tcp.append((Array(record.state.robotObservation[..<6]), stage.shownTCP))
        }
      } catch {
        if run.frames.contains(frame) {
          result.unreadable.append((frame, "\(cannotBeShown): \(error)"))
        }
      }
    }
    var fingerShift = 0.0
    var stillSince: [Channel: Int] = [:]
    for record in examined {
      result.frames += 1
      if let before = records[record.number - 1] {
        result.noteFrozen(before, record, redrawn, &stillSince)
      }
      // A picture that stands still is a fault of its own and says nothing about the others.
      for channel in Channel.allCases
      where channel.camera < record.cameras.count && result.frozen[channel]?.last != record.number {
        result.compare(record, channel, redrawn)
      }
      fingerShift = result.settleFingers(of: record, on: stage, last: fingerShift)
    }
    return result
  }
}

extension PictureAudit.RunResult {
  /// Notes sizes, forms and blank pictures; returns the sizes to draw in.
  fileprivate mutating func inspect(
    _ records: [FrameRecord]
  ) -> [PictureSize?] {
    for record in records {
      for channel in Channel.allCases where channel.camera < record.cameras.count {
        let camera = record.cameras[channel.camera]
        if channel.isDepth {
          guard let depth = camera.depth else {
            lacking[channel, default: []].append(record.number)
            continue
          }
          sizes[channel] = sizes[channel] ?? depth.size
          if !depth.metres.allSatisfy(\.isFinite) {
            infinite[channel, default: []].append(record.number)
          }
          if depth.metres.min() == depth.metres.max() { blank[channel, default: 0] += 1 }
        } else {
          if let complaint = camera.complaint { complaints[channel] = complaint }
          guard let picture = camera.picture else {
            if camera.complaint == nil { lacking[channel, default: []].append(record.number) }
            continue
          }
          sizes[channel] =
            sizes[channel] ?? PictureSize(width: picture.width, height: picture.height)
          if PictureError.isOneColour(picture.rgb) {
            blank[channel, default: 0] += 1
          }
        }
      }
    }
    return [sizes[.rgbStatic], sizes[.rgbGripper]]
  }

  fileprivate mutating func compare(
    _ record: FrameRecord, _ channel: Channel, _ redrawn: [Int: [Frame]]
  ) {
    func error(_ lag: Int) -> Double? {
      guard let ours = redrawn[record.number + lag], channel.camera < ours.count else {
        return nil
      }
      let (camera, drawn) = (record.cameras[channel.camera], ours[channel.camera])
      if channel.isDepth {
        guard let depth = camera.depth, depth.metres.count == drawn.depth.count else {
          return nil
        }
        return PictureError.meanSquare(depth.metres, drawn.depth)
      }
      guard let picture = camera.picture, picture.rgb.count == drawn.rgb.count else { return nil }
      return PictureError.meanSquare(picture.rgb, drawn.rgb)
    }
    guard let present = error(0) else { return }
    var fit = fits[channel] ?? PictureAudit.Fit()
    let errors = PictureAudit.lags.compactMap(error)
    if errors.count == PictureAudit.lags.count {
      fit.add(errors)
    }
    if channel.isDepth, let depth = record.cameras[channel.camera].depth?.metres,
      let drawn = redrawn[record.number]?[channel.camera].depth
    {
      fit.byFrame.append((record.number, PictureError.medianDifference(depth, drawn)))
      if depthRatio[channel] == nil {
        let (ours, theirs) = (drawn.sorted()[drawn.count / 2], depth.sorted()[depth.count / 2])
        depthRatio[channel] = Double(theirs / ours)
      }
    } else {
      fit.byFrame.append((record.number, PictureError.decibels(present)))
    }
    fits[channel] = fit
  }

  /// Says how well the wrist picture fits with the fingers where it shows them; returns how far they
  /// are to one side.
  fileprivate mutating func settleFingers(
    of record: FrameRecord, on stage: Stage, last: Double
  ) -> Double {
    guard record.cameras.count > 1, let picture = record.cameras[1].picture,
      let index = fits[.rgbGripper]?.byFrame.indices.last,
      fits[.rgbGripper]?.byFrame[index].frame == record.number,
      let level = fits[.rgbGripper]?.byFrame[index].value,
      let found = try? stage.fingerShift(
        in: picture, of: record.state, plain: PictureError.meanSquare(decibels: level), last: last)
    else { return 0 }
    fits[.rgbGripper]?.byFrame[index].value = PictureError.decibels(found.error)
    return found.shift
  }

  /// A picture that stands still where that of the state changes: what moves may be out of sight.
  ///
  /// - Parameter stillSince: First frame of the equal pictures that go on, by channel.
  fileprivate mutating func noteFrozen(
    _ before: FrameRecord, _ record: FrameRecord, _ redrawn: [Int: [Frame]],
    _ stillSince: inout [Channel: Int]
  ) {
    guard before.cameras.count == record.cameras.count else { return }
    for channel in [Channel.rgbStatic, .rgbGripper] where blank[channel] == nil {
      let pictures = (
        before.cameras[channel.camera].picture, record.cameras[channel.camera].picture
      )
      guard let first = pictures.0, first == pictures.1 else {
        stillSince[channel] = nil
        continue
      }
      // Slow motion adds up: the state is compared with that when the picture stopped.
      let start = stillSince[channel] ?? before.number
      stillSince[channel] = start
      guard let earlier = redrawn[start], let later = redrawn[record.number] else { continue }
      let changed = PictureError.different(
        earlier[channel.camera].rgb, later[channel.camera].rgb)
      if changed > PictureAudit.visible { frozen[channel, default: []].append(record.number) }
    }
  }
}

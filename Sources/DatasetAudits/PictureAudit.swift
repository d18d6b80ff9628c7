import Assets
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
    /// The same with what was done to the pictures undone.
    var undone: [(frame: Int, value: Double)] = []
    /// Mean square errors by lag of each frame in `errors`.
    var rows: [(frame: Int, errors: [Double])] = []

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

    mutating func add(_ errors: [Double], of frame: Int) {
      rows.append((frame, errors))
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
      guard let median = undoneMedian, median >= PictureDiagnosis.closeEnough, compared > 0 else {
        return []
      }
      let away = max(meanSquare(at: lags.lowerBound), meanSquare(at: lags.upperBound))
      let limit = min(PictureError.decibels(away), PictureDiagnosis.blurred)
      return undone.filter { $0.value < limit }.map(\.frame)
    }

    /// The fit of some of its frames.
    func restricted(to frames: Set<Int>) -> Fit {
      var part = Fit()
      for row in rows where frames.contains(row.frame) { part.add(row.errors, of: row.frame) }
      part.byFrame = byFrame.filter { frames.contains($0.frame) }
      part.undone = undone.filter { frames.contains($0.frame) }
      return part
    }

    /// The fit with the levels of the frames as recorded, which are those of `other`.
    func recorded(as other: Fit?) -> Fit {
      var fit = self
      if let other { fit.byFrame = other.byFrame }
      return fit
    }

    /// Mean square error at a lag.
    public func meanSquare(at lag: Int) -> Double {
      compared > 0 ? errors[lag - lags.lowerBound] / Double(compared) : 0
    }

    /// Median of `byFrame`, nil for no frames.
    public var median: Double? { quantile(0.5) }

    /// Median of `undone`, nil for no frames.
    var undoneMedian: Double? {
      let sorted = undone.map(\.value).sorted()
      return sorted.isEmpty ? nil : sorted[sorted.count / 2]
    }

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
      undone += other.undone
      rows += other.rows
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
    /// What was done to the pictures of frames, by camera; those are left out that show it not.
    var damage: [Int: [PictureDamage]] = [:]
    /// The same of depths, by channel.
    var depthDamage: [Channel: [Int: DepthDamage]] = [:]
    /// Frames whose picture has another size than most, by channel.
    var odd: [Channel: [Int]] = [:]
    /// Frames whose depths have each other's size.
    var exchangedDepth: [Int] = []
    /// Frames without a channel.
    var lacking: [Channel: [Int]] = [:]
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
    var examined = run.frames.compactMap { records[$0] }
    let sizes = result.inspect(&examined, cameras: stage.scene.cameras)
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
    var stillSince: [Channel: Int] = [:]
    var before: FrameRecord?
    for index in examined.indices {
      result.frames += 1
      let recorded = examined[index]
      result.undoDamage(of: &examined[index], redrawn, sizes)
      result.undoDepthDamage(of: &examined[index], redrawn)
      let record = examined[index]
      if let before, before.number == record.number - 1 {
        result.noteFrozen(before, record, redrawn, &stillSince)
      }
      before = record
      // A picture that stands still is a fault of its own and says nothing about the others.
      for channel in Channel.allCases
      where channel.camera < record.cameras.count && result.frozen[channel]?.last != record.number {
        result.compare(record, as: recorded, channel, redrawn)
      }
    }
    result.settleFingers(of: examined, on: stage)
    return result
  }
}

extension PictureAudit.RunResult {
  /// Notes sizes, forms and blank pictures, and puts depths right that have each other's size;
  /// returns the sizes to draw in.
  fileprivate mutating func inspect(
    _ records: inout [FrameRecord], cameras: [CameraDescription]
  ) -> [PictureSize?] {
    let expected = cameras.map { PictureSize(width: $0.width, height: $0.height) }
    for index in records.indices where expected.count == 2 && expected[0] != expected[1] {
      let depths = records[index].cameras.map(\.depth)
      guard depths.map({ $0?.size }) == [expected[1], expected[0]] else { continue }
      exchangedDepth.append(records[index].number)
      (records[index].cameras[0].depth, records[index].cameras[1].depth) = (depths[1], depths[0])
    }
    var found: [Channel: [PictureSize]] = [:]
    for record in records {
      for channel in Channel.allCases where channel.camera < record.cameras.count {
        let camera = record.cameras[channel.camera]
        if channel.isDepth {
          guard let depth = camera.depth else {
            lacking[channel, default: []].append(record.number)
            continue
          }
          found[channel, default: []].append(depth.size)
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
          found[channel, default: []].append(picture.size)
          if PictureError.isOneColour(picture.rgb) {
            blank[channel, default: 0] += 1
          }
        }
      }
    }
    for (channel, list) in found where channel.camera < expected.count {
      // The camera's own size, where some have it, else that of most.
      let own = expected[channel.camera]
      sizes[channel] =
        list.contains(own)
        ? own : list.max { a, b in list.count { $0 == a } < list.count { $0 == b } }
    }
    // Pictures of each other's size are drawn as the cameras would have: they may be exchanged.
    if expected.count == 2, expected[0] != expected[1],
      [sizes[.rgbStatic], sizes[.rgbGripper]] == [expected[1], expected[0]]
    {
      return expected
    }
    return [sizes[.rgbStatic], sizes[.rgbGripper]]
  }

  /// Finds out whether a frame's pictures were turned, recoloured or exchanged, and puts them right.
  fileprivate mutating func undoDamage(
    of record: inout FrameRecord, _ redrawn: [Int: [Frame]], _ sizes: [PictureSize?]
  ) {
    let pictures = record.cameras.map(\.picture)
    let near = PictureAudit.lags.compactMap { redrawn[record.number + $0] }
    guard !near.isEmpty, let present = redrawn[record.number] else { return }
    let isDoubtful = pictures.indices.map { camera -> Bool in
      guard let picture = pictures[camera], !PictureError.isOneColour(picture.rgb) else {
        return false
      }
      guard picture.rgb.count == present[camera].rgb.count else { return true }
      let least = near.map { PictureError.meanSquare(picture.rgb, $0[camera].rgb) }.min() ?? 0
      return PictureError.decibels(least) < DamageSearch.doubtful
    }
    guard isDoubtful.contains(true) else { return }
    let search = DamageSearch(near)
    let found = pictures.indices.map {
      isDoubtful[$0] ? search.damage(of: pictures, camera: $0) : .intact
    }
    if found.contains(where: { $0 != .intact }) { damage[record.number] = found }
    for camera in pictures.indices {
      record.cameras[camera].picture = found[camera].undone(
        pictures, camera: camera, size: sizes[camera])
      guard let size = record.cameras[camera].picture?.size, let usual = sizes[camera],
        size != usual
      else { continue }
      odd[camera == 0 ? .rgbStatic : .rgbGripper, default: []].append(record.number)
      record.cameras[camera].picture = record.cameras[camera].picture?.resized(usual)
    }
  }

  /// The same for its depths.
  fileprivate mutating func undoDepthDamage(
    of record: inout FrameRecord, _ redrawn: [Int: [Frame]]
  ) {
    guard let ours = redrawn[record.number] else { return }
    let recorded = record.cameras.map(\.depth)
    let near = PictureAudit.lags.compactMap { redrawn[record.number + $0] }
    for (channel, depth) in zip([Channel.depthStatic, .depthGripper], recorded) {
      guard let depth, channel.camera < ours.count,
        depth.metres.count == ours[channel.camera].depth.count,
        // That of a frame nearby is out of step, and as it should be.
        near.allSatisfy({
          PictureError.medianDifference(depth.metres, $0[channel.camera].depth)
            > DepthDamage.doubtful
        }),
        let found = DepthDamage.found(in: recorded, camera: channel.camera, redrawn: ours)
      else { continue }
      depthDamage[channel, default: [:]][record.number] = found.damage
      record.cameras[channel.camera].depth?.metres = found.metres
    }
  }

  fileprivate mutating func compare(
    _ record: FrameRecord, as recorded: FrameRecord, _ channel: Channel, _ redrawn: [Int: [Frame]]
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
      fit.add(errors, of: record.number)
    }
    if channel.isDepth, let depth = record.cameras[channel.camera].depth?.metres,
      let drawn = redrawn[record.number]?[channel.camera].depth
    {
      let difference = PictureError.medianDifference(depth, drawn)
      fit.undone.append((record.number, difference))
      if let asRecorded = recorded.cameras[channel.camera].depth?.metres,
        depthDamage[channel]?[record.number] != nil
      {
        fit.byFrame.append((record.number, PictureError.medianDifference(asRecorded, drawn)))
      } else {
        fit.byFrame.append((record.number, difference))
      }
    } else {
      let level = PictureError.decibels(present)
      fit.undone.append((record.number, level))
      // As recorded, for the reader.
      if let drawn = redrawn[record.number]?[channel.camera],
        let picture = recorded.cameras[channel.camera].picture?.resized(drawn.size),
        damage[record.number]?[channel.camera] ?? .intact != .intact
      {
        fit.byFrame.append(
          (record.number, PictureError.decibels(PictureError.meanSquare(picture.rgb, drawn.rgb))))
      } else {
        fit.byFrame.append((record.number, level))
      }
    }
    fits[channel] = fit
  }

  /// Says how well wrist pictures fit with the fingers where they show them.
  fileprivate mutating func settleFingers(of records: [FrameRecord], on stage: Stage) {
    guard let fit = fits[.rgbGripper], let median = fit.undoneMedian else { return }
    var shift = 0.0
    for record in records {
      guard record.cameras.count > 1, let picture = record.cameras[1].picture,
        let index = fit.undone.firstIndex(where: { $0.frame == record.number }),
        let found = try? stage.fingerShift(
          in: picture, of: record.state,
          plain: PictureError.meanSquare(decibels: fit.undone[index].value), last: shift,
          isAlike: median > PictureDiagnosis.closeEnough)
      else {
        shift = 0
        continue
      }
      shift = found.shift
      let level = PictureError.decibels(found.error)
      fits[.rgbGripper]?.undone[index].value = level
      if damage[record.number]?[1] ?? .intact == .intact {
        fits[.rgbGripper]?.byFrame[index].value = level
      }
    }
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

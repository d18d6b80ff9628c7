import Calvin
import Datasets
import Simulation

/// Plays recorded actions from recorded states with nothing corrected on the way, and watches the
/// simulation leave the recording.
public struct Replay: Sendable {
  /// How far the simulation is from the recording.
  public struct Drift: Sendable, Equatable {
    /// Distance of the TCPs, metres.
    public var tcp: Double
    /// Largest difference of an arm joint, radians.
    public var joints: Double
    /// Largest distance of a block from its place, metres.
    public var blocks: Double
  }

  /// One stretch of frames played.
  public struct Track: Sendable {
    /// Frames played; the first is what the simulation was reset to.
    public var frames: ClosedRange<Int>
    /// Index of the episode.
    public var episode: Int
    /// After each absolute action.
    public var absolute: [Drift] = []
    /// After each relative action; policies act by these.
    public var relative: [Drift] = []
    /// Recorded and simulated TCP displacement of each step, metres: under the kind of action that
    /// goes farther along the recording.
    public var steps: [(recorded: Double, simulated: Double, cosine: Double)] = []
    /// Distance of the recorded TCP from where the action of each step would have it, metres.
    public var misses: [Double] = []
    /// Largest recorded turn of an arm joint in each step, radians.
    public var turns: [Double] = []
    /// Sum of TCP distances under absolute actions when the recording is read `lag` frames later, by
    /// lag -6...6.
    public var lagErrors = [Double](repeating: 0, count: 13)
    /// The same under relative actions.
    public var relativeLagErrors = [Double](repeating: 0, count: 13)
    /// Distances in each sum.
    public var lagCount = 0
    /// Why it ended early.
    public var fault: String?
  }

  /// Frames per track.
  public static let length = 64
  /// Lags at which tracks are compared.
  public static let lags = -6...6

  /// Tracks in the order of their frames.
  public let tracks: [Track]

  /// Plays these runs.
  init(
    of split: DatasetSplit, _ runs: [FrameRuns.Run], library: SceneLibrary, workers: Int,
    scene: @Sendable (Int) -> String
  ) throws {
    let equip: @Sendable () -> Environments = { Environments(library) }
    tracks = try worked(on: runs, workers: workers, equip: equip) { environments, run in
      Self.track(run, of: split, try environments[scene(run.frames.lowerBound)])
    }
  }

  /// The lag at which recordings follow the simulation best; nil when tracks are too few or nothing
  /// moves.
  ///
  /// `actions` are the controller's target in some recordings, the pose of the next frame in others
  /// (as calvin_env's renderer writes them, and the robot driven by poses alone falls behind): a
  /// recording is in step when either kind of action leads along it.
  public var lag: Int? { lag(of: tracks) }

  /// The same of one episode, when it is beyond doubt.
  func clearLag(ofEpisode episode: Int) -> Int? {
    let own = tracks.filter { $0.episode == episode }
    return Self.isLagClear(own, leaving: 0.15) ? lag(of: own) : nil
  }

  /// True when reading the recording at its best lag leaves no more than this part of an error that
  /// is worth the name.
  func isLagClear(leaving part: Double) -> Bool { Self.isLagClear(tracks, leaving: part) }

  private static func isLagClear(_ tracks: [Track], leaving part: Double) -> Bool {
    let errors = total(tracks, \.lagErrors)
    let count = tracks.reduce(0) { $0 + $1.lagCount }
    let atZero = errors[-lags.lowerBound]
    return count > 0 && atZero / Double(count) > 0.004 && (errors.min() ?? 0) < part * atZero
  }

  private func lag(of tracks: [Track]) -> Int? {
    guard let absolute = lag(of: tracks, \.lagErrors) else { return nil }
    return lag(of: tracks, \.relativeLagErrors) == 0 ? 0 : absolute
  }

  private static func total(_ tracks: [Track], _ errors: KeyPath<Track, [Double]>) -> [Double] {
    tracks.reduce(lags.map { _ in 0 }) { total, track in zip(total, track[keyPath: errors]).map(+) }
  }

  private func lag(of tracks: [Track], _ errors: KeyPath<Track, [Double]>) -> Int? {
    let count = tracks.reduce(0) { $0 + $1.lagCount }
    let total = Self.total(tracks, errors)
    guard count >= 16, let least = total.min(), let most = total.max(), most > 2 * least,
      most / Double(count) > 0.002
    else { return nil }
    return total.firstIndex(of: least).map { Self.lags.lowerBound + $0 }
  }

  /// Quantiles over all tracks after `step` control steps (from 0); nil without tracks that long.
  public func quantiles(
    _ parts: [Double], of quantity: KeyPath<Drift, Double>, after step: Int, relative: Bool = false
  ) -> [Double]? {
    let values = tracks.compactMap { track -> Double? in
      let drifts = relative ? track.relative : track.absolute
      return step < drifts.count ? drifts[step][keyPath: quantity] : nil
    }.sorted()
    guard !values.isEmpty else { return nil }
    return parts.map { values[min(values.count - 1, Int($0 * Double(values.count)))] }
  }

  /// An absolute action the environment accepts: recordings may hold a gripper of any size.
  static func executable(_ action: [Double]) -> [Double] {
    action.dropLast() + [action.last ?? 1 > 0 ? 1 : -1]
  }

  /// One environment per scene, made when asked for.
  final class Environments {
    private let library: SceneLibrary
    private var made: [String: Environment] = [:]

    init(_ library: SceneLibrary) { self.library = library }

    subscript(scene: String) -> Environment {
      get throws {
        if let known = made[scene] { return known }
        let environment = try Environment(models: try library.scene(scene).models)
        made[scene] = environment
        return environment
      }
    }
  }

  private static func track(
    _ run: FrameRuns.Run, of split: DatasetSplit, _ environment: Environment
  ) -> Track {
    var track = Track(frames: run.frames, episode: run.episode)
    var records: [DatasetFrame] = []
    for frame in run.frames {
      guard let record = try? split.frame(frame, fields: [.state, .actions]) else { break }
      records.append(record)
    }
    guard records.count > 1 else { return track }
    let positions = records.map { SIMD3($0.state.robotObservation[..<3]) }
    do {
      try environment.reset(to: records[0].state)
      var before = positions[0]
      for index in 0..<(records.count - 1) {
        try environment.step(.cartesianAbsolute(executable(records[index].action)))
        track.absolute.append(drift(environment.state, records[index + 1].state))
        let tcp = SIMD3(environment.state.robotObservation[..<3])
        track.steps.append(step(positions[index + 1] - positions[index], tcp - before))
        let target = SIMD3(records[index].action[..<3])
        track.misses.append(length(target - positions[index + 1]))
        track.turns.append(drift(records[index].state, records[index + 1].state).joints)
        before = tcp
        if let errors = lagErrors(of: tcp, after: index, positions) {
          track.lagErrors = zip(track.lagErrors, errors).map(+)
          track.lagCount += 1
        }
      }
      try environment.reset(to: records[0].state)
      before = positions[0]
      for index in 0..<(records.count - 1) {
        try environment.step(.cartesianRelative(executable(records[index].relativeAction)))
        track.relative.append(drift(environment.state, records[index + 1].state))
        let tcp = SIMD3(environment.state.robotObservation[..<3])
        let own = step(positions[index + 1] - positions[index], tcp - before)
        let absolute = track.steps[index]
        if own.simulated * own.cosine > absolute.simulated * absolute.cosine {
          track.steps[index] = own
        }
        before = tcp
        if let errors = lagErrors(of: tcp, after: index, positions) {
          track.relativeLagErrors = zip(track.relativeLagErrors, errors).map(+)
        }
      }
    } catch {
      track.fault = "\(error)"
    }
    return track
  }

  /// Lengths of two displacements and the cosine between them.
  private static func step(
    _ recorded: SIMD3<Double>, _ simulated: SIMD3<Double>
  ) -> (recorded: Double, simulated: Double, cosine: Double) {
    let (a, b) = (length(recorded), length(simulated))
    return (a, b, a * b > 0 ? (recorded * simulated).sum() / (a * b) : 0)
  }

  /// Distances of a simulated TCP from the recording read at each lag: early on, before contacts make
  /// the two part for good, and where all lags can be read.
  private static func lagErrors(
    of tcp: SIMD3<Double>, after index: Int, _ positions: [SIMD3<Double>]
  ) -> [Double]? {
    let reach = index + 1 + lags.lowerBound..<index + 2 + lags.upperBound
    guard index < 24, reach.lowerBound >= 0, reach.upperBound <= positions.count else { return nil }
    return reach.map { length(tcp - positions[$0]) }
  }

  static func drift(_ simulated: EnvironmentState, _ recorded: EnvironmentState) -> Drift {
    let (a, b) = (simulated.robotObservation, recorded.robotObservation)
    let (c, d) = (simulated.sceneObservation, recorded.sceneObservation)
    return Drift(
      tcp: length(SIMD3(a[..<3]) - SIMD3(b[..<3])),
      joints: (7..<14).reduce(0) { max($0, abs(a[$1] - b[$1])) },
      blocks: [6, 12, 18].reduce(0) {
        max($0, length(SIMD3(c[$1..<($1 + 3)]) - SIMD3(d[$1..<($1 + 3)])))
      })
  }

  private static func length(_ vector: SIMD3<Double>) -> Double {
    (vector * vector).sum().squareRoot()
  }
}

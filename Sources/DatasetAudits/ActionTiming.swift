import Calvin
import Datasets
import Simulation

/// How well a simulation from the start of an episode, where the robot rests, follows the recording
/// when every frame is given the action recorded some frames later. In step it follows to
/// millimetres, be the actions the controller's targets or motions seen from the present pose.
struct ActionTiming {
  /// Frames by which actions are tried late.
  private static let lags = -4...4
  /// Control steps played.
  private static let steps = 12
  /// Mean distance of the TCPs, metres, at which a simulation follows.
  private static let following = 0.006
  /// The same of relative actions, which from a robot already in motion lead less far.
  private static let farFollowing = 0.015

  /// Frames by which the actions lie late (negative: early) against the states, 0 when they are in
  /// step; nil when no simulation follows.
  let lag: Int?

  /// Plays the first frames of these episodes (indices).
  init(
    of split: DatasetSplit, episodes: [Int], library: SceneLibrary, workers: Int,
    scene: @Sendable (Int) -> String
  ) throws {
    let equip: @Sendable () -> Replay.Environments = { Replay.Environments(library) }
    let picked = PictureDiagnosis.spread(episodes, PictureStage.explainedEpisodes)
    let drifts = try worked(on: picked, workers: workers, equip: equip) { environments, index in
      let episode = split.episodes[index]
      return try Self.drifts(episode, of: split, environments[scene(episode.first)])
    }.compactMap { $0 }
    lag = Self.lag(of: drifts)
  }

  /// Mean distances by lag, of absolute and of relative actions.
  private typealias Drifts = (absolute: [Double], relative: [Double])

  private static func drifts(
    _ episode: DatasetSplit.Episode, of split: DatasetSplit, _ environment: Environment
  ) throws -> Drifts? {
    let last = episode.first + steps + lags.upperBound
    guard last <= episode.last else { return nil }
    var frames: [DatasetFrame] = []
    for number in episode.first...last {
      guard let frame = try? split.frame(number, fields: [.state, .actions]),
        (frame.action + frame.state.robotObservation).allSatisfy(\.isFinite)
      else { return nil }
      frames.append(frame)
    }
    /// Mean distance when `command` makes an action of the frame's state and of the action tried.
    func drift(
      _ lag: Int, _ command: (EnvironmentState, [Double]) -> Action
    ) -> Double {
      let start = max(0, -lag)
      var sum = 0.0
      do {
        try environment.reset(to: frames[start].state)
        for step in start..<(start + steps) {
          try environment.step(command(frames[step].state, frames[step + lag].action))
          sum += Replay.drift(environment.state, frames[step + 1].state).tcp
        }
      } catch { return .infinity }
      return sum / Double(steps)
    }
    return (
      lags.map { drift($0) { .cartesianAbsolute(Replay.executable($1)) } },
      lags.map {
        drift($0) { state, action in
          let motion = ActionAudit.relative(action, to: state.robotObservation)
          return .cartesianRelative(Replay.executable(motion))
        }
      }
    )
  }

  private static func lag(of drifts: [Drifts]) -> Int? {
    guard drifts.count >= 2 else { return nil }
    func medians(_ kind: (Drifts) -> [Double]) -> [Double] {
      (0..<lags.count).map { index in
        drifts.map { kind($0)[index] }.sorted()[drifts.count / 2]
      }
    }
    let (absolute, relative) = (medians(\.absolute), medians(\.relative))
    guard let target = absolute.indices.min(by: { absolute[$0] < absolute[$1] }),
      let motion = relative.indices.min(by: { relative[$0] < relative[$1] })
    else { return nil }
    // Motions seen from the present pose lead to poses that are reached about a frame later: as
    // targets they seem a frame late.
    if relative[motion] < farFollowing, target == motion + 1 { return lags.lowerBound + motion }
    return absolute[target] < following ? lags.lowerBound + target : nil
  }
}

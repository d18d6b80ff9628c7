import Calvin
import Datasets
import Foundation
import Simulation
import Testing

@testable import DatasetAudits

@Suite(.enabled(if: Shared.exists, "no recordings beside the package"))
struct ActionTimingTests {
  /// Actions that are the controller's targets, as in the recording, moved in time.
  @Test(arguments: -2...2)
  func targetsAreTimed(early: Int) throws {
    let lag = try Self.lag { $0.shift(\.action, by: early) }
    #expect(lag == -early)
  }

  /// Actions that are motions seen from the present pose, as the collected ones are.
  @Test(arguments: -2...2)
  func motionsAreTimed(early: Int) throws {
    let lag = try Self.lag { recording in
      try recording.drive(in: Shared.official.get())
      recording.shift(\.action, by: early)
    }
    #expect(lag == -early)
  }

  /// Actions of another recording lead nowhere.
  @Test func foreignActionsAreNotTimed() throws {
    let lag = try Self.lag { recording in
      let frames = recording.frames
      for episode in recording.episodes {
        for number in episode.first...episode.last {
          let mirrored = episode.first + episode.last - number
          if let other = frames[mirrored] { recording.frames[number]?.action = other.action }
        }
      }
    }
    #expect(lag == nil)
  }

  private static func lag(_ change: (inout Recording) throws -> Void) throws -> Int? {
    var recording = try Recording.clean.get()
    try change(&recording)
    let path = try recording.write()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let scenes = recording.scenes
    return try ActionTiming(
      of: DatasetSplit(path: path), episodes: Array(recording.episodes.indices),
      library: Shared.official.get(), workers: 2,
      scene: { frame in
        SceneLibrary.short(scenes.first { $0.first <= frame && frame <= $0.last }?.name ?? "")
      }
    ).lag
  }
}

extension Recording {
  /// What the robot does when it is driven by the recorded relative actions, each written as the pose
  /// it asks for.
  fileprivate mutating func drive(in library: SceneLibrary) throws {
    for episode in episodes {
      let name = scenes.first { $0.first <= episode.first && episode.first <= $0.last }?.name
      let environment = try Environment(
        models: library.scene(SceneLibrary.short(name ?? "")).models)
      let first = try #require(frames[episode.first])
      try environment.reset(
        to: EnvironmentState(robotObservation: first.robot, sceneObservation: first.scene))
      for number in episode.first...episode.last {
        guard var frame = frames[number] else { continue }
        frame.robot = environment.state.robotObservation
        frame.scene = environment.state.sceneObservation
        for axis in 0..<6 {
          frame.relative[axis] = min(0.65, max(-0.65, frame.relative[axis]))
          frame.action[axis] = frame.robot[axis] + frame.relative[axis] * (axis < 3 ? 0.02 : 0.05)
        }
        frames[number] = frame
        try environment.step(.cartesianRelative(frame.relative))
      }
    }
  }
}

import Assets
import Calvin
import Datasets
import Foundation
import NumPy
import Rendering

@testable import DatasetAudits

/// The recordings and official scenes beside the package, absent in a plain clone.
enum Shared {
  static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
  static let folder = "\(package)/../shared"
  static let dataset = "\(folder)/reference/dataset"
  static let exists =
    FileManager.default.fileExists(atPath: dataset)
    && FileManager.default.fileExists(atPath: "\(folder)/calvin_env")

  /// Official scenes, drawn by the CPU: the same bytes everywhere.
  static let official = Result {
    try SceneLibrary(
      root: AssetRoot(calvinEnv: "\(folder)/calvin_env"), configurationFile: nil,
      makeRenderers: { try RendererFactory($0, choice: .cpu, settings: $1) })
  }

  /// Our own scenes.
  static let embedded = Result {
    try SceneLibrary(
      root: AssetRoot(path: "\(package)/Scenes", isEmbedded: true), configurationFile: nil,
      makeRenderers: { try RendererFactory($0, choice: .cpu, settings: $1) })
  }

  static let tasks = Result { try TaskLibrary(folder: "\(package)/Tasks") }
}

/// A recorded frame whose arrays can be damaged one by one.
struct RecordedFrame: Sendable {
  var rgb: [Frame]
  var depth: [[Float]]
  var action: [Double]
  var relative: [Double]
  var robot: [Double]
  var scene: [Double]
  /// Arrays that are not written.
  var lacks: Set<String> = []
  /// What the file holds instead of arrays.
  var bytes: [UInt8]?
}

/// Two short episodes of the reference recording in memory, to be damaged and written anew.
struct Recording: Sendable {
  var frames: [Int: RecordedFrame] = [:]
  var episodes: [DatasetSplit.Episode]
  var scenes: [DatasetSplit.SceneRange]
  var spans: [LanguageAnnotations.Span]
  var statistics: NormalizationStatistics?
  /// `ep_lens.npy`, if not that of the episodes.
  var lengths: [Int]?
  var hasDepth = true

  static let clean = Result { try Recording() }

  private init() throws {
    let split = try DatasetSplit(path: Shared.dataset)
    episodes = split.episodes.filter { [3045, 3169].contains($0.first) }
    scenes = [
      .init(name: "calvin_scene_B", first: 3045, last: 3083),
      .init(name: "calvin_scene_D", first: 3169, last: 3204),
    ]
    let kept = episodes
    spans = (split.annotations?.spans ?? []).filter { span in
      kept.contains { $0.contains(span.first) }
    }
    for number in episodes.flatMap({ $0.first...$0.last }) {
      let frame = try split.frame(number, fields: [.pictures, .depth, .actions, .state])
      let cameras = [frame.staticCamera, frame.gripperCamera].compactMap { $0 }
      frames[number] = RecordedFrame(
        rgb: cameras.map { Frame(width: $0.width, height: $0.height, rgb: $0.rgb) },
        depth: cameras.map(\.depth), action: frame.action, relative: frame.relativeAction,
        robot: frame.state.robotObservation, scene: frame.state.sceneObservation)
    }
  }

  /// Changes every frame.
  mutating func each(_ change: (inout RecordedFrame) -> Void) {
    for number in Array(frames.keys) {
      if var frame = frames[number] {
        change(&frame)
        frames[number] = frame
      }
    }
  }

  /// Takes one part of each frame from another, within its episode (all, or the one of this index);
  /// positive brings later ones forward. The ends repeat.
  mutating func shift<Part>(
    _ part: WritableKeyPath<RecordedFrame, Part>, by count: Int, in index: Int? = nil
  ) {
    let old = frames
    for episode in index.map({ [episodes[$0]] }) ?? episodes {
      for number in episode.first...episode.last {
        let source = min(max(number + count, episode.first), episode.last)
        if let other = old[source] { frames[number]?[keyPath: part] = other[keyPath: part] }
      }
    }
  }

  /// Relative actions that follow from actions and states, right or wrong.
  mutating func fitRelativeActions() {
    each { frame in
      for index in 0..<6 {
        let difference = frame.action[index] - frame.robot[index]
        let value =
          index < 3 ? 50 * difference : 20 * atan2(sin(difference), cos(difference))
        frame.relative[index] = min(1, max(-1, value))
      }
    }
  }

  /// Pictures of the recorded states in these scenes instead of those recorded.
  mutating func redraw(in library: SceneLibrary) throws {
    for episode in episodes {
      let scene = scenes.first { $0.first <= episode.first && episode.first <= $0.last }?.name
      let stage = try Stage(library.scene(SceneLibrary.short(scene ?? "")))
      for number in episode.first...episode.last {
        guard let frame = frames[number] else { continue }
        let pictures = try stage.pictures(
          of: EnvironmentState(robotObservation: frame.robot, sceneObservation: frame.scene),
          depth: true)
        frames[number]?.rgb = pictures.map {
          Frame(width: $0.width, height: $0.height, rgb: $0.rgb)
        }
        frames[number]?.depth = pictures.map(\.depth)
      }
    }
  }

  /// Writes the recording to a new folder.
  func write() throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(
      path: "audit-\(UUID().uuidString)"
    ).path
    for (number, frame) in frames {
      var arrays: [(String, NPYArray)] = []
      for (camera, picture) in zip(["static", "gripper"], frame.rgb) {
        arrays.append(
          ("rgb_\(camera)", NPYArray(picture.rgb, shape: [picture.height, picture.width, 3])))
      }
      if hasDepth {
        for (camera, depth, side) in [
          ("static", frame.depth[0], 200), ("gripper", frame.depth[1], 84),
        ] {
          arrays.append(("depth_\(camera)", NPYArray(depth, shape: [side, side])))
        }
      }
      arrays += [
        ("actions", NPYArray(frame.action)), ("rel_actions", NPYArray(frame.relative)),
        ("robot_obs", NPYArray(frame.robot)), ("scene_obs", NPYArray(frame.scene)),
      ]
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let file = "\(path)/episode_000\(number).npz"
      if let bytes = frame.bytes {
        try Data(bytes).write(to: URL(filePath: file))
      } else {
        arrays.removeAll { frame.lacks.contains($0.0) }
        try writeNPZ(arrays, to: file, compressed: false)
      }
    }
    let none = NormalizationStatistics.Moments(mean: [], deviation: [])
    let index = SplitIndex(
      episodes: episodes, scenes: scenes, spans: spans,
      statistics: statistics
        ?? .init(robot: none, scene: none, actionMinimum: [], actionMaximum: []),
      configuration: "")
    for (name, bytes) in index.files where !name.hasPrefix(".hydra") {
      if name == "statistics.yaml", statistics == nil { continue }
      let file = URL(filePath: "\(path)/\(name)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }
    if let lengths { try NPYArray(lengths).write(to: "\(path)/ep_lens.npy") }
    return path
  }

  /// Audits the recording after `change`.
  static func audit(
    _ library: Result<SceneLibrary, any Error>, workers: Int = 2,
    _ change: (inout Recording) throws -> Void
  ) throws -> DatasetAudit {
    var recording = try clean.get()
    try change(&recording)
    let path = try recording.write()
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try DatasetAudit(
      of: DatasetSplit(path: path, toleratesFaults: true), tasks: Shared.tasks.get(),
      library: library.get(), options: .init(budget: nil, workers: workers))
  }
}

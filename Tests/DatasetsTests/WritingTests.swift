import Calvin
import Foundation
import NumPy
import Testing

@testable import Datasets

private func frame(_ number: Int) -> DatasetFrame {
  func picture(_ side: Int) -> Frame {
    Frame(
      width: side, height: side,
      rgb: (0..<side * side * 3).map { UInt8(truncatingIfNeeded: $0 * number) },
      depth: (0..<side * side).map { Float($0) / 7 })
  }
  return DatasetFrame(
    number: number, staticCamera: picture(20), gripperCamera: picture(8),
    action: (0..<7).map { Double($0) + 0.25 }, relativeAction: (0..<7).map { Double($0) / 7 },
    state: EnvironmentState(
      robotObservation: (0..<15).map { sin(Double($0 + number)) },
      sceneObservation: (0..<24).map { cos(Double($0 + number)) }))
}

@Test(arguments: [NPZPacking.stored, FrameEncoder.deflated])
func framesComeBackAsWritten(_ packing: NPZPacking) throws {
  let encoder = try FrameEncoder(packing)
  let wanted = frame(7)
  let archive = try NPZArchive(bytes: try encoder.file(of: wanted), source: "frame")
  #expect(
    archive.names == [
      "actions", "rel_actions", "robot_obs", "scene_obs", "rgb_static", "rgb_gripper",
      "depth_static", "depth_gripper",
    ])
  let found = try DatasetFrame(
    archive: archive, number: 7, fields: [.pictures, .depth, .actions, .state])
  #expect(found.staticCamera == wanted.staticCamera)
  #expect(found.gripperCamera == wanted.gripperCamera)
  #expect(found.action == wanted.action && found.relativeAction == wanted.relativeAction)
  #expect(found.state == wanted.state)
}

@Test func splitsComeBackAsWritten() throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "split-\(UUID())").path
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let spans = [
    LanguageAnnotations.Span(
      first: 100, last: 120, task: "open_drawer", instruction: "pull the drawer's handle"),
    LanguageAnnotations.Span(first: 131, last: 140, task: "turn_on_led", instruction: "green on"),
  ]
  let index = SplitIndex(
    episodes: [.init(first: 100, last: 130), .init(first: 131, last: 145)],
    scenes: [
      .init(name: "calvin_scene_A", first: 100, last: 130),
      .init(name: "calvin_scene_B", first: 131, last: 145),
    ], spans: spans,
    statistics: NormalizationStatistics(
      robot: .init(
        mean: Array(repeating: 0.5, count: 15), deviation: Array(repeating: 1, count: 15)),
      scene: .init(mean: Array(repeating: 0, count: 24), deviation: Array(repeating: 2, count: 24)),
      actionMinimum: Array(repeating: -1, count: 7), actionMaximum: Array(repeating: 1, count: 7)),
    configuration: "scene: {}\n")
  for (name, bytes) in index.files {
    let file = URL(filePath: "\(folder)/\(name)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }
  try Data().write(to: URL(filePath: "\(folder)/episode_0000100.npz"))
  let split = try DatasetSplit(path: folder)
  #expect(split.episodes == index.episodes && split.scenes == index.scenes)
  #expect(split.annotations?.spans == spans)
  #expect(split.statistics == index.statistics)
  #expect(split.configurationFile != nil)
  #expect(index.files.last?.path == "ep_start_end_ids.npy")
}

@Test func momentsOfPartsJoin() {
  var random = RandomState(seed: 1)
  let vectors = (0..<100).map { _ in (0..<3).map { _ in random.uniform(-5, 5) } }
  var whole = RunningMoments(width: 3)
  var joined = RunningMoments(width: 3)
  for vector in vectors { whole.add(vector) }
  for start in stride(from: 0, to: 100, by: 30) {
    var part = RunningMoments(width: 3)
    for vector in vectors[start..<min(100, start + 30)] { part.add(vector) }
    joined.add(part)
  }
  #expect(joined.count == 100 && joined.minimum == whole.minimum)
  #expect(joined.maximum == whole.maximum)
  for index in 0..<3 {
    #expect(abs(joined.mean[index] - whole.mean[index]) < 1e-12)
    #expect(abs(joined.deviation[index] - whole.deviation[index]) < 1e-12)
  }
}

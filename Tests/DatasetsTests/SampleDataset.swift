import Foundation
import NumPy

/// A small split written for a test: two episodes of frames whose numbers follow from their index.
final class SampleDataset {
  let path = FileManager.default.temporaryDirectory.appending(
    path: "dataset-\(UUID().uuidString)"
  ).path
  let episodes = [10...19, 25...34]

  init(compressed: Bool = true, singlePrecision: Bool = false) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for frame in episodes.joined() {
      try write(frame, compressed: compressed, singlePrecision: singlePrecision)
    }
    let ids = episodes.flatMap { [$0.lowerBound, $0.upperBound] }
    try NPYArray(ids, shape: [2, 2]).write(to: "\(path)/ep_start_end_ids.npy")
    try NPYArray(episodes.map(\.count)).write(to: "\(path)/ep_lens.npy")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// `rel_actions` of a frame.
  func relativeAction(_ frame: Int) -> [Double] {
    (0..<6).map { sin(Double(frame * 7 + $0)) } + [frame % 4 < 2 ? 1 : -1]
  }

  private func write(_ frame: Int, compressed: Bool, singlePrecision: Bool) throws {
    func vector(_ numbers: [Double]) -> NPYArray {
      singlePrecision ? NPYArray(numbers.map(Float.init)) : NPYArray(numbers)
    }
    let robot = (0..<15).map { Double(frame) + Double($0) / 16 }
    let scene = (0..<24).map { Double($0) - Double(frame) / 4 }
    try writeNPZ(
      [
        ("rgb_static", picture(frame, 20, 20)), ("rgb_gripper", picture(frame + 1, 8, 8)),
        ("depth_static", NPYArray([Float](repeating: 1, count: 400), shape: [20, 20])),
        ("depth_gripper", NPYArray([Float](repeating: 2, count: 64), shape: [8, 8])),
        ("actions", vector((0..<6).map { Double(frame) + Double($0) / 8 } + [1])),
        ("rel_actions", vector(relativeAction(frame))), ("robot_obs", vector(robot)),
        ("scene_obs", vector(scene)),
      ], to: file(frame), compressed: compressed)
  }

  func file(_ frame: Int) -> String { "\(path)/episode_00000\(frame).npz" }

  private func picture(_ seed: Int, _ height: Int, _ width: Int) -> NPYArray {
    let pixels = (0..<(height * width * 3)).map { UInt8(truncatingIfNeeded: $0 * 31 + seed) }
    return NPYArray(pixels, shape: [height, width, 3])
  }
}

/// The recordings beside the package, absent in a plain clone.
enum Recordings {
  static let reference = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/reference").path
  static let exist = FileManager.default.fileExists(atPath: reference)
}

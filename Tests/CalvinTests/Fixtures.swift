import Calvin
import Foundation
import Geometry

/// The package's own `Tasks/` and the recordings beside the package.
enum Places {
  static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let tasks = package.appending(path: "Tasks").path
  static let shared = package.deletingLastPathComponent().appending(path: "shared").path
  static let hasReference = FileManager.default.fileExists(atPath: "\(shared)/reference/chains")
}

extension SceneInfo {
  /// Three blocks lying apart on the table, doors shut, lights off, the robot touching nothing.
  static func resting() -> SceneInfo {
    let names = ["block_red", "block_blue", "block_pink"]
    return SceneInfo(
      blocks: names.enumerated().map { index, name in
        Block(
          name: name, body: Int32(2 + index),
          pose: Pose(position: Vector3(0.1 * Double(index), -0.1, 0.46), orientation: .identity),
          linearVelocity: .zero, angularVelocity: .zero, contacts: [Contact(body: 5, link: -1)])
      },
      doors: [
        Door(joint: "base__slide", position: 0), Door(joint: "base__drawer", position: 0),
      ],
      lights: [Light(name: "lightbulb", state: 0), Light(name: "led", state: 0)],
      robotContacts: [],
      names: BodyNames(
        fixedBodies: ["table": 5],
        links: ["table": ["base_link": -1, "drawer_link": 3, "plank_link": 6]]))
  }

  /// The same with some numbers changed.
  func changed(_ change: (inout SceneInfo) -> Void) -> SceneInfo {
    var info = self
    change(&info)
    return info
  }
}

/// A turn about z by `degrees`.
func turn(_ degrees: Double) -> Quaternion {
  Quaternion(x: 0, y: 0, z: sin(degrees * .pi / 360), w: cos(degrees * .pi / 360))
}

import Assets
import Foundation
import Geometry
import NumPy

@testable import Rendering

/// One recorded state of `reference/frames` with PyBullet's pictures of it.
struct ReferenceFrame {
  struct Picture {
    var view: View
    var rgb: [UInt8]
    /// Metres.
    var depth: [Float]
  }

  var name: String
  var drawing: Drawing
  /// `static` and `gripper`.
  var pictures: [String: Picture]

  /// The folder with `reference/` and `calvin_env/`, beside the package.
  static let shared = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared").path
  static let isAvailable = FileManager.default.fileExists(atPath: "\(shared)/reference/frames")

  static func scene(_ name: String) throws -> RenderScene {
    let root = try AssetRoot(calvinEnv: "\(shared)/calvin_env")
    return try RenderScene(SceneAssets.load(root: root, scene: name))
  }

  /// Scene D, read once for all tests.
  static let sceneD = Result { try scene("D") }

  init(_ name: String, of scene: RenderScene) throws {
    self.name = name
    let stem = "\(Self.shared)/reference/frames/\(name)"
    let record = try JSONDecoder().decode(
      Record.self, from: Data(contentsOf: URL(filePath: "\(stem).json")))
    let bodies = (0..<record.bodies.count).compactMap { record.bodies[String($0)] }
    let frames = bodies.map { body in
      ([body.base_link_pose] + body.links).map { pose in
        Pose(
          position: Vector3(pose[0], pose[1], pose[2]),
          orientation: Quaternion(x: pose[3], y: pose[4], z: pose[5], w: pose[6]))
      }
    }
    // Links of the table: 4 is the LED, 5 the bulb.
    let off = SIMD4<Double>(1, 1, 1, 1)
    let table = bodies.count - 2
    drawing = try scene.drawing(
      worldFromLinkFrames: frames,
      colors: [
        Drawing.LinkColor(
          body: table, link: 4,
          rgba: record.scene_obs[5] == 1 ? SIMD4(0, 1, 0, 1) : off),
        Drawing.LinkColor(
          body: table, link: 5,
          rgba: record.scene_obs[4] == 1 ? SIMD4(1, 1, 0, 1) : off),
      ])
    pictures = [:]
    let depths = try NPZArchive(path: "\(stem)_depth.npz")
    for (camera, matrices) in [("static", record.static), ("gripper", record.gripper)] {
      pictures[camera] = Picture(
        view: View(
          view: matrices.view.map { Float($0) }, projection: matrices.projection.map { Float($0) },
          width: matrices.width, height: matrices.height, near: 0.01,
          far: camera == "static" ? 10 : 2),
        rgb: try Bitmap(pngFile: "\(stem)_\(camera).png").rgb().pixels,
        depth: try depths.array(camera).floats())
    }
  }

  private struct Record: Decodable {
    struct Body: Decodable {
      var base_link_pose: [Double]
      var links: [[Double]]
    }
    struct Camera: Decodable {
      var view: [Double]
      var projection: [Double]
      var width: Int
      var height: Int
    }
    var bodies: [String: Body]
    var scene_obs: [Double]
    var `static`: Camera
    var gripper: Camera
  }
}

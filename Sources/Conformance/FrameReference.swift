import Assets
import Foundation
import Geometry
import NumPy
import Rendering

/// One recorded state of `frames/`: poses as drawn, camera matrices, pictures and depths.
struct FrameReference {
  /// `A_000`.
  let name: String
  /// `A`.
  let scene: String
  let drawing: RecordedPoses
  let cameras: [(name: String, view: View, rgb: Bitmap, depth: [Float])]
  /// False for the first recorded state of each scene.
  let hasShadows: Bool

  /// Poses of URDF link frames, per body, base first, and the scene's state vector.
  struct RecordedPoses {
    var worldFromLinkFrames: [[Pose]]
    var sceneObservation: [Double]
  }

  /// Names of the states in a folder, sorted. Throws `ConformanceError` when there are none.
  static func names(in folder: String) throws -> [String] {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    let names = files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    guard !names.isEmpty else {
      throw ConformanceError("\(folder): expected recorded states (A_000.json, ...), found none")
    }
    return names
  }

  /// Reads one state; near and far planes it does not name are those of `cameras`.
  init(name: String, folder: String, cameras descriptions: [CameraDescription]) throws {
    self.name = name
    scene = String(name.prefix { $0 != "_" })
    hasShadows = !name.hasSuffix("_000")
    let path = "\(folder)/\(name).json"
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let record: Record
    do {
      record = try JSONDecoder().decode(Record.self, from: data)
    } catch {
      throw ConformanceError("\(path): expected a recorded frame state: \(error)")
    }
    drawing = RecordedPoses(
      worldFromLinkFrames: try (0..<record.bodies.count).map { body in
        guard let entry = record.bodies[String(body)] else {
          throw ConformanceError("\(path): expected bodies numbered from 0, found no \(body)")
        }
        return try ([entry.base_link_pose] + entry.links).map { try Self.pose($0, path) }
      }, sceneObservation: record.scene_obs)
    let depths = try NPZArchive(path: "\(folder)/\(name)_depth.npz")
    cameras = try [("static", record.static), ("gripper", record.gripper)].map { camera, record in
      guard let description = descriptions.first(where: { $0.name == camera }) else {
        throw ConformanceError("\(path): the assets have no camera \(camera)")
      }
      let view = View(
        view: record.view, projection: record.projection, width: record.width,
        height: record.height, near: record.near ?? description.near,
        far: record.far ?? description.far)
      let rgb = try Bitmap(pngFile: "\(folder)/\(name)_\(camera).png").rgb()
      let depth = try depths.array(camera).floats()
      guard rgb.width == view.width, rgb.height == view.height,
        depth.count == view.width * view.height
      else {
        throw ConformanceError(
          "\(folder)/\(name)_\(camera): expected \(view.width)x\(view.height) pixels and depths")
      }
      return (camera, view, rgb, depth)
    }
  }

  private static func pose(_ n: [Double], _ path: String) throws -> Pose {
    guard n.count == 7 else {
      throw ConformanceError("\(path): expected poses of 7 numbers, found \(n.count)")
    }
    return Pose(
      position: Vector3(n[0], n[1], n[2]),
      orientation: Quaternion(x: n[3], y: n[4], z: n[5], w: n[6]))
  }

  private struct Record: Decodable {
    struct Body: Decodable {
      var base_link_pose: [Double]
      var links: [[Double]]
    }
    struct Camera: Decodable {
      var view: [Float]
      var projection: [Float]
      var width: Int
      var height: Int
      /// Of a camera that is not the scene's own.
      var near: Double?
      var far: Double?
    }
    var scene_obs: [Double]
    var bodies: [String: Body]
    var `static`: Camera
    var gripper: Camera
  }
}

extension SceneAssets {
  /// Colours of the lamps in a state: bulb after `scene_obs[4]`, LED after `[5]`; white is off.
  public func lampColors(sceneObservation: [Double]) -> [Drawing.LinkColor] {
    let places = ["lightbulb": 4, "led": 5]
    var result: [Drawing.LinkColor] = []
    for (index, object) in scene.fixedObjects.enumerated() {
      for light in object.lights {
        guard let link = fixedModels[index].linkIndex(light.link), let place = places[light.name],
          place < sceneObservation.count
        else { continue }
        result.append(
          Drawing.LinkColor(
            body: 2 + movableModels.count + index, link: link,
            rgba: sceneObservation[place] > 0 ? light.color : SIMD4(1, 1, 1, 1)))
      }
    }
    return result
  }
}

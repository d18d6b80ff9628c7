import Assets
import Foundation
import Geometry

@testable import Rendering

/// A scene that ships with the package, drawn without physics: forward kinematics of given joints.
struct EmbeddedScene {
  let assets: SceneAssets
  let scene: RenderScene

  init(_ name: String) throws {
    let package = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let root = AssetRoot(path: package.appending(path: "Scenes").path, isEmbedded: true)
    assets = try SceneAssets.load(root: root, scene: name)
    scene = try RenderScene(assets)
  }

  /// Scene D, read once for all tests.
  static let d = Result { try EmbeddedScene("D") }

  /// A state of a motion: the arm swings, a block slides, the drawer opens, a lamp comes on.
  func drawing(step: Int) throws -> Drawing {
    let t = Double(step)
    let robot = assets.scene
    let joints = robot.robotInitialJointPositions.enumerated().map { index, angle in
      angle + 0.02 * t * (index.isMultiple(of: 2) ? 1 : -1)
    }
    var bodies = [
      Self.linkFrames(
        assets.robotModel, base: Pose(position: robot.robotBasePosition, orientation: .identity),
        scale: 1, joints: joints), [.identity],
    ]
    for (index, model) in assets.movableModels.enumerated() {
      let base = Pose(
        position: Vector3(-0.1 + 0.12 * Double(index) + 0.004 * t, -0.12, 0.46),
        orientation: Self.turn(0.2 * t, around: Vector3(0, 0, 1)))
      bodies.append(Self.linkFrames(model, base: base, scale: robot.globalScaling, joints: []))
    }
    for (object, model) in zip(robot.fixedObjects, assets.fixedModels) {
      bodies.append(
        Self.linkFrames(
          model, base: Pose(position: object.position, orientation: .identity),
          scale: robot.globalScaling, joints: [0, 0, 0, 0.01 * t]))
    }
    bodies.append([.identity])
    let lamp = Drawing.LinkColor(
      body: 2 + assets.movableModels.count, link: 4,
      rgba: step > 3 ? SIMD4(0, 1, 0, 1) : SIMD4(1, 1, 1, 1))
    return try scene.drawing(worldFromLinkFrames: bodies, colors: [lamp])
  }

  /// Static camera, and the gripper camera as if its link were at a point above the table.
  func views(step: Int) throws -> [View] {
    let link = Transform(
      rows: (Vector3(-1, 0, 0), Vector3(0, 0.6, -0.8), Vector3(0, -0.8, -0.6)),
      origin: Vector3(-0.1 + 0.01 * Double(step), -0.2, 0.75))
    return try assets.cameras.map { try View($0, worldFromCamera: link.pose) }
  }

  /// About a turn of `angle` radians: without sines, which differ between machines.
  private static func turn(_ angle: Double, around axis: Vector3) -> Quaternion {
    let t = angle / 4
    let sine = 2 * t / (1 + t * t)
    return Quaternion(
      x: axis.x * sine, y: axis.y * sine, z: axis.z * sine, w: (1 - t * t) / (1 + t * t))
  }

  private static func linkFrames(
    _ model: URDFModel, base: Pose, scale: Double, joints: [Double]
  ) -> [Pose] {
    var frames = [model.rootLink?.name ?? "": Transform(base)]
    var result = [base]
    var next = joints.makeIterator()
    for joint in model.depthFirstJoints {
      let position = joint.kind == .fixed ? 0 : next.next() ?? 0
      var motion = Transform.identity
      let axis = joint.axis
      if joint.kind == .prismatic {
        motion.origin = axis * position
      } else if joint.kind != .fixed {
        motion = Transform(
          Pose(position: .zero, orientation: turn(position, around: axis)))
      }
      let frame =
        (frames[joint.parent] ?? .identity) * Transform(joint.origin, scale: scale) * motion
      frames[joint.child] = frame
      result.append(frame.pose)
    }
    return result
  }
}

/// FNV-1a over pictures and depths.
func fingerprint(_ images: [RenderedImage]) -> String {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  for image in images {
    image.rgb.forEach(add)
    for depth in image.depthBuffer {
      withUnsafeBytes(of: depth.bitPattern.littleEndian) { $0.forEach(add) }
    }
  }
  return String(hash, radix: 16)
}

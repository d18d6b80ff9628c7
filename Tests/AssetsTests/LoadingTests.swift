import Foundation
import Geometry
import Testing

@testable import Assets

/// A copy of the embedded scenes that a test may damage.
private struct Copy {
  let root: AssetRoot

  init() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("calvin-scenes-\(UUID().uuidString)")
    try FileManager.default.copyItem(
      at: URL(fileURLWithPath: "\(packageRoot)/Scenes"), to: folder)
    root = AssetRoot(path: folder.path, isEmbedded: true)
  }

  func remove() throws {
    try FileManager.default.removeItem(atPath: root.path)
  }

  func replace(_ old: String, with new: String, in file: String) throws {
    let path = "\(root.path)/\(file)"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.contains(old))
    try text.replacing(old, with: new, maxReplacements: 1)
      .write(toFile: path, atomically: true, encoding: .utf8)
  }

  func failure(scene: String = "D", datasetConfig: String? = nil) -> AssetError? {
    #expect(throws: AssetError.self) {
      try SceneAssets.load(root: root, scene: scene, datasetConfig: datasetConfig)
    }
  }
}

@Suite struct LoadingTests {
  private let embedded = AssetRoot(path: "\(packageRoot)/Scenes", isEmbedded: true)

  @Test func digestKnowsContentsAndNotPlaces() throws {
    let copy = try Copy()
    defer { try? copy.remove() }
    let digest = try SceneAssets.load(root: embedded, scene: "D").digest
    #expect(digest.count == 12 && digest.allSatisfy(\.isHexDigit))
    #expect(try SceneAssets.load(root: copy.root, scene: "D").digest == digest)
    #expect(try SceneAssets.load(root: embedded, scene: "A").digest != digest)
    try copy.replace("Kd 1 1 1", with: "Kd 1 1 0", in: "data/table_D/meshes/wood.mtl")
    #expect(try SceneAssets.load(root: copy.root, scene: "D").digest != digest)
  }

  @Test func meshesAndTexturesAreComplete() throws {
    let assets = try SceneAssets.load(root: embedded, scene: "C")
    #expect(assets.textures.count == 4)
    let models =
      [assets.robotModel, assets.planeModel] + assets.fixedModels + assets.movableModels
    for link in models.flatMap(\.links) {
      for shape in link.visuals.map(\.geometry) + link.collisions.map(\.geometry) {
        guard case .mesh(let path, let scale) = shape else { continue }
        #expect(assets.meshes[path] != nil && scale == Vector3(1, 1, 1))
      }
    }
    let drawer = try #require(assets.meshes.keys.first { $0.hasSuffix("meshes/drawer.obj") })
    let base = try #require(assets.meshes.keys.first { $0.hasSuffix("meshes/base.obj") })
    #expect(assets.texture(ofMesh: drawer)?.width == 512)
    #expect(assets.texture(ofMesh: drawer) != assets.texture(ofMesh: base))
    #expect(assets.texture(ofMesh: "no such mesh") == nil)
  }

  @Test func unknownNamesListTheChoices() throws {
    let scene = #expect(throws: AssetError.self) {
      try SceneAssets.load(root: embedded, scene: "E")
    }
    #expect(scene?.message == "no scene 'E', expected one of: A, B, C, D")
    let robot = #expect(throws: AssetError.self) {
      try SceneAssets.load(root: embedded, scene: "D", robot: "ur5")
    }
    #expect(robot?.message.contains("conf/robot has: panda_longer_finger") == true)
  }

  @Test(arguments: [
    ("conf/scene/calvin_scene_D.yaml", "[0.35, -0.03, 0.46]", "[0.35, -0.03]", 12, "3 numbers"),
    ("conf/scene/calvin_scene_D.yaml", "initial_pos: any", "initial_pos: roof", 34, "'any'"),
    ("conf/scene/calvin_scene_D.yaml", "effect: led", "effect: lamp", 25, "lightbulb, led"),
    ("conf/scene/calvin_scene_D.yaml", "global_scaling: 0.8", "global_scaling: 0", 5, "above 0"),
    ("conf/robot/panda_longer_finger.yaml", "tcp_link_id: 15", "tcp_link_id: x", 13, "'x'"),
    (
      "conf/cameras/static_and_gripper.yaml", "cameras@static: static", "a b: c", 2, "group@package"
    ),
    ("data/table_D/urdf/table_D.urdf", "meshes/base.obj", "meshes/bas.obj", 12, "bas.obj"),
    ("data/plane/plane.obj", "f 1", "f x", 13, "corner"),
  ])
  func errorsNameFileAndLine(
    file: String, old: String, new: String, line: Int, words: String
  ) throws {
    let copy = try Copy()
    defer { try? copy.remove() }
    try copy.replace(old, with: new, in: file)
    let error = copy.failure()
    #expect(error?.file == "\(copy.root.path)/\(file)", "\(String(describing: error))")
    #expect(error?.line == line, "\(String(describing: error))")
    #expect(error?.message.contains(words) == true, "\(String(describing: error))")
  }

  @Test func sceneAndModelMustFit() throws {
    let copy = try Copy()
    defer { try? copy.remove() }
    try copy.replace("base__slide:", with: "base__door:", in: "conf/scene/calvin_scene_D.yaml")
    #expect(copy.failure()?.message.contains("'base__door', expected one of: base__button") == true)
  }

  @Test func aMissingTextureLeavesThePlainColour() throws {
    let copy = try Copy()
    defer { try? copy.remove() }
    try FileManager.default.removeItem(atPath: "\(copy.root.path)/data/plane/floor.png")
    let assets = try SceneAssets.load(root: copy.root, scene: "D")
    #expect(assets.textures.count == 2)
  }

  /// A dataset's merged configuration brings its own scene, robot and cameras.
  @Test func datasetConfigurationsReplaceTheNamedOnes() throws {
    let scene = try String(
      contentsOfFile: "\(packageRoot)/Scenes/conf/scene/calvin_scene_B.yaml", encoding: .utf8)
    let robot = try String(
      contentsOfFile: "\(packageRoot)/Scenes/conf/robot/panda_longer_finger.yaml", encoding: .utf8)
    func indented(_ text: String) -> String {
      text.split(separator: "\n").map { "  \($0)\n" }.joined()
    }
    let config = """
      data_path: data
      cameras:
        tactile: {_target_: x.TactileSensor}
        side: {_target_: x.GripperCamera, fov: 40, aspect: 1, nearval: 0.1, farval: 2, width: 9, height: 8}
        gripper: {_target_: x.GripperCamera, fov: 75, aspect: 1, nearval: 0.1, farval: 2, width: 9, height: 8}
      scene:
      \(indented(scene))  name: calvin_scene_B
      robot:
      \(indented(robot.replacing("max_velocity: 2", with: "max_velocity: 3")))
      """
    try withFile("merged_config.yaml", config) { path in
      let assets = try SceneAssets.load(root: embedded, scene: "D", datasetConfig: path)
      #expect(assets.scene.name == "B")
      #expect(assets.robot.maxVelocity == 3)
      #expect(assets.cameras.map(\.name) == ["gripper", "side"])
      let named = try SceneAssets.load(root: embedded, scene: "B")
      #expect(assets.scene == named.scene && assets.digest != named.digest)
    }
  }

  @Test func rootsAreChecked() throws {
    let error = #expect(throws: AssetError.self) { try AssetRoot(calvinEnv: packageRoot) }
    #expect(error?.message.contains("missing: conf/scene") == true)
    #expect(throws: AssetError.self) { try AssetRoot(calvinEnv: "/no/such/folder") }
    #expect(try AssetRoot(calvinEnv: "\(packageRoot)/Scenes/").path == "\(packageRoot)/Scenes")
  }
}

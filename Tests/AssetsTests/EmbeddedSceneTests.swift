import Assets
import Geometry
import Testing

@testable import SceneGenerator

private func embedded(_ scene: String) throws -> SceneAssets {
  try SceneAssets.load(
    root: AssetRoot(path: "\(packageRoot)/Scenes", isEmbedded: true), scene: scene)
}

@Suite struct EmbeddedSceneTests {
  @Test func areWhatTheGeneratorMakes() throws {
    let files = try SceneGenerator.files()
    #expect(files.count == 93)
    for (name, bytes) in files {
      let stored = try fileBytes("\(packageRoot)/Scenes/\(name)")
      #expect(stored == bytes, "\(name) differs: run swift run SceneGenerator Scenes")
    }
  }

  @Test func areSmall() throws {
    let files = try SceneGenerator.files()
    #expect(files.values.reduce(0) { $0 + $1.count } < 6 << 20)
    for scene in ["A", "B", "C", "D"] {
      let triangles = try embedded(scene).meshes.values.reduce(0) { $0 + $1.triangleCount }
      #expect(triangles < 40_000)
    }
  }

  @Test func areFoundFromAnywhereBelow() throws {
    let root = try AssetRoot.embedded(executable: "\(packageRoot)/.build/debug/some-program")
    #expect(root == AssetRoot(path: "\(packageRoot)/Scenes", isEmbedded: true))
    #expect(root.sceneNames == ["A", "B", "C", "D"])
    let error = #expect(throws: AssetError.self) {
      try AssetRoot.embedded(executable: "/nowhere/bin/some-program")
    }
    #expect(error?.message.contains("/nowhere/bin/Scenes, /nowhere/Scenes, /Scenes") == true)
  }

  @Test(arguments: ["A", "B", "C", "D"])
  func armHasThePandasLinksAndLimits(scene: String) throws {
    let model = try embedded(scene).robotModel
    let joints = model.depthFirstJoints
    #expect(
      joints.map(\.child) == [
        "panda_link1", "panda_link2", "panda_link3", "panda_link4", "panda_link5", "panda_link6",
        "panda_link7", "panda_link8", "panda_hand", "panda_leftfinger", "finger_left_tip",
        "panda_rightfinger", "finger_right_tip", "panda_grasptarget", "gripper_cam", "tcp",
      ])
    let limits = [2.9671, 1.8326, 2.9671, 0, 2.9671, 3.8223, 2.9671]
    #expect(joints.prefix(7).map(\.upper) == limits)
    #expect(
      joints.prefix(7).map(\.lower) == [
        -2.9671, -1.8326, -2.9671, -3.1416, -2.9671, -0.0873, -2.9671,
      ])
    #expect(joints[9].axis == Vector3(0, 1, 0) && joints[11].axis == Vector3(0, -1, 0))
    #expect(joints[9].kind == .prismatic && joints[9].upper == 0.04)
    #expect(
      joints.compactMap { model.link($0.child)?.inertial.mass } == [
        2.7, 2.73, 2.04, 2.08, 3, 1.3, 0.2, 0, 0.81, 0.1, 0.0001, 0.1, 0.0001, 0, 0.2, 0.00001,
      ])
    #expect(model.link("panda_leftfinger")?.contact.stiffness == 30000)
    #expect(model.link("panda_rightfinger")?.contact.hasFrictionAnchor == true)
    #expect(joints[14].origin.position == Vector3(-0.1, 0, 0))
    #expect(joints[15].origin.position == Vector3(0, 0, 0.14))
  }

  @Test(arguments: ["A", "B", "C", "D"])
  func tableHasCalvinsJoints(scene: String) throws {
    let model = try #require(try embedded(scene).fixedModels.first)
    let joints = model.depthFirstJoints
    #expect(
      joints.map(\.name) == [
        "base__button", "base__switch", "base__slide", "base__drawer", "base__led", "base__light",
        "base__plank",
      ])
    let slide = ["A": 0.35, "B": 0.38, "C": 0.3, "D": 0.35]
    #expect(joints.prefix(4).map(\.upper) == [0.025, 0.11, slide[scene] ?? 0, 0.275])
    #expect(
      joints.prefix(4).map(\.axis) == [
        Vector3(0, -1, 0), Vector3(0, 0, -1), Vector3(-1, 0, 0), Vector3(0, 0, 1),
      ])
    let button = ["A": -0.35, "B": 0.35, "C": -0.15, "D": -0.15]
    let `switch` = ["A": 0.375, "B": -0.4, "C": -0.4, "D": 0.375]
    let drawer = ["A": 0.125, "B": 0.225, "C": 0.125, "D": 0.225]
    let origins = joints.map(\.origin.position)
    #expect(origins[0].x == button[scene])
    #expect(origins[1].x == `switch`[scene])
    #expect(origins[3] == Vector3(drawer[scene] ?? 0, 0, 0.4))
    let base = try #require(model.rootLink)
    #expect(base.collisions.map(\.isConcave) == [true])
    #expect(base.inertial.mass == 0)
  }
}

@Suite(.enabled(if: OfficialAssets.arePresent, "needs ../shared/calvin_env"))
struct EmbeddedAgainstOfficialTests {
  @Test(arguments: ["A", "B", "C", "D"])
  func modelsAgree(scene: String) throws {
    let root = try #require(OfficialAssets.root)
    let ours = try embedded(scene)
    let official = try SceneAssets.load(root: root, scene: scene)
    #expect(ours.cameras == official.cameras)
    #expect(ours.scene.surfaces == official.scene.surfaces)
    #expect(ours.scene.movableObjects.map(\.name) == official.scene.movableObjects.map(\.name))
    #expect(ours.scene.robotBasePosition == official.scene.robotBasePosition)
    #expect(
      ours.scene.robotInitialJointPositions == official.scene.robotInitialJointPositions)
    var robot = ours.robot
    robot.file = official.robot.file
    #expect(robot == official.robot)
    expectSameMechanics(ours.robotModel, official.robotModel)
    for (ours, official) in zip(
      ours.fixedModels + ours.movableModels, official.fixedModels + official.movableModels)
    {
      expectSameMechanics(ours, official)
    }
    expectSameMechanics(ours.planeModel, official.planeModel)
  }

  /// Joints, masses, frames, contact parameters: all but the shapes.
  private func expectSameMechanics(_ ours: URDFModel, _ official: URDFModel) {
    let pairs = zip(ours.depthFirstJoints, official.depthFirstJoints)
    #expect(ours.depthFirstJoints.count == official.depthFirstJoints.count)
    for (ours, official) in pairs {
      #expect(ours.name == official.name && ours.kind == official.kind)
      #expect(ours.parent == official.parent && ours.child == official.child)
      #expect(isClose(ours.origin.position, official.origin.position))
      #expect(
        isClose(ours.origin.rollPitchYaw ?? .zero, official.origin.rollPitchYaw ?? .zero))
      guard ours.kind != .fixed else { continue }
      #expect(ours.axis == official.axis)
      #expect(ours.lower == official.lower && ours.upper == official.upper)
      #expect(ours.effort == official.effort && ours.velocity == official.velocity)
    }
    for official in official.links {
      let ours = ours.link(official.name)
      let mass = ours?.inertial.mass ?? -1
      #expect(abs(mass - official.inertial.mass) < 1e-12, "\(official.name)")
      #expect(ours?.contact == official.contact, "\(official.name)")
      #expect(
        isClose(
          ours?.inertial.origin.position ?? Vector3(9, 9, 9), official.inertial.origin.position))
      #expect(ours?.collisions.count == official.collisions.count, "\(official.name)")
    }
  }

  /// CAD exports carry noise of 1e-16 around zero.
  private func isClose(_ a: Vector3, _ b: Vector3) -> Bool { (a - b).length < 1e-12 }

  /// The collision shapes keep the official outlines: boxes around them agree to a quarter millimetre.
  @Test(arguments: ["A", "B", "C", "D"])
  func collisionOutlinesAgree(scene: String) throws {
    let root = try #require(OfficialAssets.root)
    let ours = try embedded(scene)
    let official = try SceneAssets.load(root: root, scene: scene)
    var largest = 0.0
    for (mine, theirs) in zip(
      [ours.robotModel] + ours.fixedModels, [official.robotModel] + official.fixedModels)
    {
      for link in theirs.links where !link.collisions.isEmpty {
        let a = try #require(ours.outline(mine.link(link.name)))
        let b = try #require(official.outline(link))
        let difference = max((a.0 - b.0).largest, (a.1 - b.1).largest)
        #expect(difference < 0.00025, "\(link.name): \(a) \(b)")
        largest = max(largest, difference)
      }
    }
    print("scene \(scene): collision outlines differ by at most \(largest) m")
  }
}

extension MeshFile {
  fileprivate var triangleCount: Int {
    switch self {
    case .obj(let model): model.groups.reduce(0) { $0 + $1.corners.count / 3 }
    case .stl(let model): model.normals.count / 3
    }
  }

  fileprivate var points: [Vector3] {
    let flat: [Float]
    switch self {
    case .obj(let model): flat = model.positions
    case .stl(let model): flat = model.vertices
    }
    return stride(from: 0, to: flat.count, by: 3).map {
      Vector3(Double(flat[$0]), Double(flat[$0 + 1]), Double(flat[$0 + 2]))
    }
  }
}

extension SceneAssets {
  /// Corners of the box around a link's collision meshes, in their own frame.
  fileprivate func outline(_ link: URDFLink?) -> (Vector3, Vector3)? {
    var lower = Vector3(repeating: .infinity)
    var upper = -lower
    for collision in link?.collisions ?? [] {
      guard case .mesh(let path, _) = collision.geometry, let mesh = meshes[path] else { continue }
      for point in mesh.points {
        lower = pointwiseMin(lower, point)
        upper = pointwiseMax(upper, point)
      }
    }
    return lower.x.isFinite ? (lower, upper) : nil
  }
}

extension SIMD3 where Scalar == Double {
  fileprivate var largest: Double { [abs(x), abs(y), abs(z)].max() ?? 0 }
}

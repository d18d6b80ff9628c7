import Assets
import Calvin
import Geometry
import Physics

/// The bodies of a scene, converted once and shared by the environments of all workers.
public final class SceneModels: Sendable {
  /// The files' contents.
  public let assets: SceneAssets
  /// The robot's body.
  public let robot: BodyModel
  let cylinder: BodyModel
  let blocks: [BodyModel]
  let fixedObjects: [BodyModel]
  let plane: BodyModel
  /// The arm's inverse kinematics with upstream's null space.
  public let inverseKinematics: InverseKinematics

  /// Body ids in loading order.
  public enum BodyID {
    /// The arm.
    public static let robot = 0
    /// The first movable block; the others follow in the scene's order.
    public static let firstBlock = 2
  }

  /// Converts all models; throws what is wrong with a file.
  public init(_ assets: SceneAssets) throws(SimulationError) {
    let (scene, robot) = (assets.scene, assets.robot)
    guard robot.usesEulerObservations else {
      throw .unsupported("robot.euler_obs is false; expected Euler angles in observations")
    }
    guard robot.usesNullSpace else {
      throw .unsupported("robot.use_nullspace is false; expected inverse kinematics with it")
    }
    guard robot.armJointIDs.count == 7, robot.gripperJointIDs.count == 2,
      robot.gripperJointLimits.count == 2, robot.lowerJointLimits.count == 7,
      robot.upperJointLimits.count == 7, scene.robotInitialJointPositions.count == 7
    else {
      throw .unsupported("expected a robot with 7 arm joints and 2 fingers")
    }
    self.assets = assets
    let bodies = try simulating { () throws(PhysicsError) -> Bodies in
      try Bodies(assets)
    }
    self.robot = bodies.robot
    cylinder = bodies.cylinder
    blocks = bodies.blocks
    fixedObjects = bodies.fixedObjects
    plane = bodies.plane
    inverseKinematics = bodies.inverseKinematics
  }

  /// What `init` makes of the files.
  private struct Bodies {
    var robot: BodyModel
    var cylinder: BodyModel
    var blocks: [BodyModel] = []
    var fixedObjects: [BodyModel] = []
    var plane: BodyModel
    var inverseKinematics: InverseKinematics

    init(_ assets: SceneAssets) throws(PhysicsError) {
      let (meshes, scaling) = (assets.meshes, assets.scene.globalScaling)
      robot = try BodyModel(assets.robotModel, isFixed: true, meshes: meshes)
      cylinder = try BodyModel(emptyNamed: "base cylinder")
      for model in assets.movableModels {
        blocks.append(try BodyModel(model, scaling: scaling, meshes: meshes))
      }
      for model in assets.fixedModels {
        fixedObjects.append(try BodyModel(model, scaling: scaling, meshes: meshes))
      }
      plane = try BodyModel(assets.planeModel, meshes: meshes)
      let degrees = robot.links.count { $0.kind != .fixed }
      let open = assets.robot.gripperJointLimits[1]
      inverseKinematics = try InverseKinematics(
        model: robot, link: assets.robot.tcpLink,
        nullSpace: InverseKinematics.NullSpace(
          lower: Array(repeating: -7, count: degrees),
          upper: Array(repeating: 7, count: degrees),
          range: Array(repeating: 7, count: degrees),
          rest: assets.scene.robotInitialJointPositions + [open, open]))
    }
  }

  /// Pose of the robot's base link.
  public var worldFromRobotBase: Pose {
    Pose(
      position: assets.scene.robotBasePosition,
      orientation: Quaternion(euler: assets.scene.robotBaseOrientation))
  }

  /// Body id of the first fixed object.
  var firstFixedObject: Int { BodyID.firstBlock + blocks.count }

  /// Links of every body in loading order, for reading poses.
  var linkCounts: [Int] {
    ([robot, cylinder] + blocks + fixedObjects + [plane]).map(\.links.count)
  }

  /// Link whose frame the gripper camera has.
  var gripperCameraLink: Int {
    robot.linkIndex(named: "gripper_cam") ?? assets.robot.gripperCameraLink
  }

  /// Numbers of the names the oracle uses.
  var names: SceneInfo.BodyNames {
    var names = SceneInfo.BodyNames(fixedBodies: [:], links: [:])
    for (index, object) in assets.scene.fixedObjects.enumerated() {
      names.fixedBodies[object.name] = Int32(firstFixedObject + index)
      var links: [String: Int32] = [:]
      for (link, entry) in fixedObjects[index].links.enumerated() {
        links[entry.name] = Int32(link)
      }
      links["base_link"] = -1
      names.links[object.name] = links
    }
    return names
  }
}

import Assets
import Geometry
import Physics
import Rendering

/// What rendering needs of an environment.
extension Environment {
  /// Up-to-date poses of all links and the lamps' colours.
  public var drawing: Drawing {
    let poses = models.linkCounts.enumerated().map { body, count in
      var poses = Array(repeating: Pose.identity, count: count + 1)
      world.readColliderPoses(of: body, into: &poses)
      return poses
    }
    let colors = table.lights.map { light in
      Drawing.LinkColor(
        body: light.body, link: light.link,
        rgba: light.isOn ? light.color : SIMD4(1, 1, 1, 1))
    }
    return Drawing(worldFromLinks: poses, colors: colors)
  }

  /// The gripper camera's link as upstream's camera sees it: one physics step old after a step.
  public var worldFromGripperCamera: Pose {
    world.staleLinkPose(of: SceneModels.BodyID.robot, link: models.gripperCameraLink)
  }

  /// The gripper camera's link when `robotObservation` was recorded: upstream reads TCP and camera
  /// one physics step late, so the recorded TCP pose says where the camera was, which the joints
  /// (read on time) do not.
  public func worldFromGripperCamera(recordedWith robotObservation: [Double]) -> Pose {
    let worldFromTCP = world.staleLinkPose(
      of: SceneModels.BodyID.robot, link: models.assets.robot.tcpLink)
    let recorded = Pose(
      position: Vector3(robotObservation[0], robotObservation[1], robotObservation[2]),
      orientation: Quaternion(
        euler: Vector3(robotObservation[3], robotObservation[4], robotObservation[5])))
    return recorded * (worldFromTCP.inverse * worldFromGripperCamera)
  }

  /// The robot's base in its centre-of-mass frame, which inverse kinematics works in.
  public var worldFromRobot: Pose { world.basePose(of: SceneModels.BodyID.robot) }

  /// A camera's view of the current state.
  public func view(of camera: CameraDescription) throws(RenderError) -> View {
    try View(camera, worldFromCamera: worldFromGripperCamera)
  }
}

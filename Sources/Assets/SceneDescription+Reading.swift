import Geometry

extension SceneDescription {
  /// Reads the `scene` group of a composed configuration.
  init(_ config: ConfigReader, name: String) throws(AssetError) {
    self.init(
      name: name, globalScaling: try config.required("global_scaling").double(),
      robotBasePosition: try config.required("robot_base_position").vector(),
      robotBaseOrientation: try config.required("robot_base_orientation").vector(),
      robotInitialJointPositions: try config.required("robot_initial_joint_positions").doubles(7),
      surfaces: [], fixedObjects: [], movableObjects: [])
    guard globalScaling > 0 else {
      throw try config.required("global_scaling").error("expected a number above 0")
    }
    for (name, surface) in try config.required("surfaces").entries() {
      try surfaces.append(Surface(surface, name: name))
    }
    let objects = try config.required("objects")
    for (name, object) in try objects.optional("fixed_objects")?.entries() ?? [] {
      try fixedObjects.append(FixedObject(object, name: name))
    }
    for (name, object) in try objects.optional("movable_objects")?.entries() ?? [] {
      try movableObjects.append(
        MovableObject(
          name: name, file: object.required("file").string(),
          position: placement(object.required("initial_pos")),
          orientation: placement(object.required("initial_orn"))))
    }
  }

  private func placement(_ config: ConfigReader) throws(AssetError) -> Placement {
    guard let text = config.scalar else { return .given(try config.vector()) }
    if text == "any" { return .any }
    guard surfaces.contains(where: { $0.name == text }) else {
      throw config.error(
        "expected three numbers, 'any' or a surface (\(surfaces.map(\.name).joined(separator: ", ")))"
          + ", found '\(text)'")
    }
    return .surface(text)
  }
}

extension SceneDescription.Surface {
  fileprivate init(_ config: ConfigReader, name: String) throws(AssetError) {
    let corners = try config.items()
    guard corners.count == 2 else {
      throw config.error("expected two corners, found \(corners.count)")
    }
    self.init(name: name, lower: try corners[0].vector(), upper: try corners[1].vector())
  }
}

extension SceneDescription.FixedObject {
  fileprivate init(_ config: ConfigReader, name: String) throws(AssetError) {
    self.init(
      name: name, file: try config.required("file").string(),
      position: try config.required("initial_pos").vector(),
      orientation: try config.required("initial_orn").vector(),
      joints: try Self.joints(config.optional("joints")),
      buttons: try Self.joints(config.optional("buttons")),
      switches: try Self.joints(config.optional("switches")), lights: [])
    for (name, light) in try config.optional("lights")?.entries() ?? [] {
      let color = try light.required("color").doubles(4)
      lights.append(
        SceneDescription.Light(
          name: name, link: try light.required("link").string(),
          color: SIMD4(color[0], color[1], color[2], color[3])))
    }
    for joint in buttons + switches {
      guard let effect = joint.effect, !lights.contains(where: { $0.name == effect }) else {
        continue
      }
      throw config.error(
        "the effect of '\(joint.joint)' is '\(effect)', expected a light of this object: "
          + lights.map(\.name).joined(separator: ", "))
    }
  }

  private static func joints(
    _ config: ConfigReader?
  ) throws(AssetError) -> [SceneDescription.JointState] {
    var result: [SceneDescription.JointState] = []
    for (name, joint) in try config?.entries() ?? [] {
      try result.append(
        SceneDescription.JointState(
          joint: name, initialState: joint.required("initial_state").double(),
          effect: joint.optional("effect")?.string()))
    }
    return result
  }
}

extension RobotDescription {
  /// Reads the `robot` group of a composed configuration.
  init(_ config: ConfigReader) throws(AssetError) {
    self.init(
      file: try config.required("filename").string(),
      armJointIDs: try config.required("arm_joint_ids").integers(7),
      gripperJointIDs: try config.required("gripper_joint_ids").integers(2),
      gripperJointLimits: try config.required("gripper_joint_limits").doubles(2),
      lowerJointLimits: try Self.limits(config, "lower_joint_limits", Self.pandaLower),
      upperJointLimits: try Self.limits(config, "upper_joint_limits", Self.pandaUpper),
      maxJointForce: try config.required("max_joint_force").double(),
      gripperForce: try config.required("gripper_force").double(),
      maxVelocity: try config.required("max_velocity").double(),
      tcpLink: try config.required("tcp_link_id").integer(),
      endEffectorLink: try config.required("end_effector_link_id").integer(),
      gripperCameraLink: try config.required("gripper_cam_link").integer(),
      usesNullSpace: try config.required("use_nullspace").bool(),
      usesTargetPose: try config.required("use_target_pose").bool(),
      usesEulerObservations: try config.required("euler_obs").bool(),
      positionScaling: try config.required("magic_scaling_factor_pos").double(),
      orientationScaling: try config.required("magic_scaling_factor_orn").double())
  }

  /// The datasets' `merged_config.yaml` was written before the limits became keys of the robot file.
  private static func limits(
    _ config: ConfigReader, _ key: String, _ standard: [Double]
  ) throws(AssetError) -> [Double] {
    try config.optional(key)?.doubles(7) ?? standard
  }

  private static let pandaLower = [-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973]
  private static let pandaUpper = [2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973]
}

extension CameraDescription {
  /// Reads one camera; nil for tactile sensors, which are no cameras.
  init?(_ config: ConfigReader, name: String) throws(AssetError) {
    let target = try config.required("_target_").string()
    let mounting: Mounting
    switch target.split(separator: ".").last {
    case "StaticCamera":
      mounting = .fixed(
        lookFrom: try config.required("look_from").vector(),
        lookAt: try config.required("look_at").vector(),
        up: try config.optional("up_vector")?.vector() ?? Vector3(0, 0, 1))
    case "GripperCamera": mounting = .gripper
    case "TactileSensor": return nil
    default:
      throw try config.required("_target_").error(
        "expected a class StaticCamera, GripperCamera or TactileSensor, found '\(target)'")
    }
    self.init(
      name: try config.optional("name")?.string() ?? name, mounting: mounting,
      fieldOfViewDegrees: try config.required("fov").double(),
      aspect: try config.required("aspect").double(),
      near: try config.required("nearval").double(), far: try config.required("farval").double(),
      width: try config.required("width").integer(),
      height: try config.required("height").integer())
    try check(config)
  }

  private func check(_ config: ConfigReader) throws(AssetError) {
    guard fieldOfViewDegrees > 0, fieldOfViewDegrees < 180 else {
      throw config.error("expected fov between 0 and 180 degrees")
    }
    guard aspect > 0 else { throw config.error("expected aspect above 0") }
    guard near > 0, far > near else { throw config.error("expected 0 < nearval < farval") }
    guard (1...4096).contains(width), (1...4096).contains(height) else {
      throw config.error("expected width and height from 1 to 4096 pixels")
    }
  }
}

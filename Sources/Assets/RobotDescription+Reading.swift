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

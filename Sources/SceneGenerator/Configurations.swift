/// The files in `conf/`: CALVIN's values in calvin_env's own form.
enum Configurations {
  static func files() -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [
      "conf/robot/panda_longer_finger.yaml": Array(robot.utf8),
      "conf/cameras/static_and_gripper.yaml": Array(bothCameras.utf8),
      "conf/cameras/cameras/static.yaml": Array(staticCamera.utf8),
      "conf/cameras/cameras/gripper.yaml": Array(gripperCamera.utf8),
    ]
    for scene in scenes {
      files["conf/scene/calvin_scene_\(scene.name).yaml"] = Array(text(scene).utf8)
    }
    return files
  }

  private struct Scene {
    var name: String
    var table: String
    var left: String
    var right: String
    /// In file order, which decides body ids and the order in `scene_obs`.
    var blocks: [(color: String, size: String)]
  }

  private static let scenes = [
    Scene(
      name: "A", table: "[[-0.2, -0.15, 0.46], [0.35, -0.03, 0.46]]",
      left: "[[-0.32, 0.05, 0.46], [-0.16, 0.12, 0.46]]",
      right: "[[-0.05, 0.05, 0.46], [0.13, 0.12, 0.46]]",
      blocks: [("pink", "small"), ("blue", "big"), ("red", "middle")]),
    Scene(
      name: "B", table: "[[-0.35, -0.15, 0.46], [0.15, -0.03, 0.46]]",
      left: "[[-0.12, 0.05, 0.46], [0.06, 0.12, 0.46]]",
      right: "[[0.15, 0.05, 0.46], [0.33, 0.12, 0.46]]",
      blocks: [("red", "small"), ("blue", "big"), ("pink", "middle")]),
    Scene(
      name: "C", table: "[[0.0, -0.15, 0.46], [0.35, -0.03, 0.46]]",
      left: "[[-0.12, 0.05, 0.46], [0.06, 0.12, 0.46]]",
      right: "[[0.15, 0.05, 0.46], [0.3, 0.12, 0.46]]",
      blocks: [("blue", "small"), ("red", "big"), ("pink", "middle")]),
    Scene(
      name: "D", table: "[[0.0, -0.15, 0.46], [0.35, -0.03, 0.46]]",
      left: "[[-0.32, 0.05, 0.46], [-0.16, 0.12, 0.46]]",
      right: "[[-0.05, 0.05, 0.46], [0.13, 0.12, 0.46]]",
      blocks: [("red", "middle"), ("blue", "small"), ("pink", "big")]),
  ]

  private static func text(_ scene: Scene) -> String {
    let blocks = scene.blocks.map { color, size in
      """
          block_\(color):
            file: blocks/block_\(color)_\(size).urdf
            initial_pos: any
            initial_orn: any

      """
    }
    return """
      # Scene \(scene.name): lengths in metres, angles in radians, world frame.
      _target_: calvin_env.scene.play_table_scene.PlayTableScene
      _recursive_: false
      data_path: ${data_path}
      global_scaling: 0.8
      euler_obs: ${robot.euler_obs}
      robot_base_position: [-0.34, -0.46, 0.24]
      robot_base_orientation: [0, 0, 0]
      robot_initial_joint_positions:
        [-1.21779206, 1.03987646, 2.11978261, -2.34205014, -0.87015947, 1.64119353, 0.55344866]
      surfaces:
        table: \(scene.table)
        slider_left: \(scene.left)
        slider_right: \(scene.right)
      objects:
        fixed_objects:
          table:
            file: table_\(scene.name)/urdf/table_\(scene.name).urdf
            initial_pos: [0, 0, 0]
            initial_orn: [0, 0, 0]
            joints:
              base__slide: {initial_state: 0}
              base__drawer: {initial_state: 0}
            buttons:
              base__button: {initial_state: 0, effect: led}
            switches:
              base__switch: {initial_state: 0, effect: lightbulb}
            lights:
              lightbulb: {link: light_link, color: [1, 1, 0, 1]}
              led: {link: led_link, color: [0, 1, 0, 1]}
        movable_objects:
      \(blocks.joined())
      """
  }

  private static let robot = """
    _target_: calvin_env.robot.robot.Robot
    filename: arm/panda_longer_finger.urdf
    base_position: ${scene.robot_base_position}
    base_orientation: ${scene.robot_base_orientation}
    initial_joint_positions: ${scene.robot_initial_joint_positions}
    max_joint_force: 200.0
    gripper_force: 200
    arm_joint_ids: [0, 1, 2, 3, 4, 5, 6]
    lower_joint_limits: [-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973]
    upper_joint_limits: [2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973]
    gripper_joint_ids: [9, 11]
    gripper_joint_limits: [0, 0.04]
    tcp_link_id: 15
    end_effector_link_id: 7
    gripper_cam_link: 12
    use_nullspace: true
    max_velocity: 2
    use_ik_fast: false
    magic_scaling_factor_pos: 1
    magic_scaling_factor_orn: 1
    use_target_pose: true
    euler_obs: true

    """

  private static let bothCameras = """
    defaults:
      - cameras@static: static
      - cameras@gripper: gripper

    """

  private static let staticCamera = """
    _target_: calvin_env.camera.static_camera.StaticCamera
    name: static
    fov: 10
    aspect: 1
    nearval: 0.01
    farval: 10
    width: 200
    height: 200
    look_at: [-0.026242351159453392, -0.0302329882979393, 0.3920000493526459]
    look_from: [2.871459009488717, -2.166602199425597, 2.555159848480571]
    up_vector: [0.4041403970338857, 0.22629790978217404, 0.8862616969685161]

    """

  private static let gripperCamera = """
    _target_: calvin_env.camera.gripper_camera.GripperCamera
    name: gripper
    fov: 75
    aspect: 1
    nearval: 0.01
    farval: 2
    width: 84
    height: 84

    """
}

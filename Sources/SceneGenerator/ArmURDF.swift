/// The arm's URDF: the Panda's joints, limits, masses and contact parameters with our meshes. The order
/// of links and joints decides the link indices (fingers 9 and 11, tips 10 and 12, camera 14, TCP 15).
enum ArmURDF {
  private static let white = (name: "arm", rgba: "1 1 1 1")
  private static let quarter = "1.57079632679"

  static func bytes() -> [UInt8] {
    var urdf = URDFText(robot: "panda")
    for link in links { urdf.append(link) }
    for joint in joints { urdf.append(joint) }
    return urdf.bytes
  }

  private static var links: [URDFText.Link] {
    let arm: [(mass: String, centre: String)] = [
      ("2.9", "0 0 0.05"), ("2.7", "0 -0.04 -0.05"), ("2.73", "0 -0.04 0.06"),
      ("2.04", "0.01 0.01 -0.05"), ("2.08", "-0.03 0.03 0.02"), ("3", "0 0.04 -0.12"),
      ("1.3", "0.04 0 0"), ("0.2", "0 0 0.08"),
    ]
    var links = arm.enumerated().map { index, link in
      URDFText.Link(
        name: "panda_link\(index)", mass: link.mass, centreOfMass: link.centre,
        visual: "meshes/link\(index).obj", collision: "meshes/link\(index)_collision.obj",
        material: white)
    }
    links.append(URDFText.Link(name: "panda_link8"))
    links.append(
      URDFText.Link(
        name: "panda_hand", mass: "0.81", centreOfMass: "0 0 0.04", visual: "meshes/hand.obj",
        collision: "meshes/hand_collision.obj", material: white))
    links.append(finger("panda_leftfinger", centre: "0 0.01 0.02", angles: nil))
    links.append(finger("panda_rightfinger", centre: "0 -0.01 0.02", angles: "0 0 3.14159265359"))
    links.append(URDFText.Link(name: "panda_grasptarget"))
    links.append(
      URDFText.Link(
        name: "gripper_cam", mass: "0.2", visual: "meshes/camera.obj", material: white))
    links.append(URDFText.Link(name: "tcp", mass: "0.00001"))
    return links
      + ["finger_left_tip", "finger_right_tip"].map { name in
        URDFText.Link(
          name: name, mass: "0.0001", visual: "meshes/tip.obj",
          collision: "meshes/tip_collision.stl", material: white,
          contact: [
            "<lateral_friction value=\"1\"/>", "<spinning_friction value=\"0.001\"/>",
          ])
      }
  }

  private static func finger(_ name: String, centre: String, angles: String?) -> URDFText.Link {
    URDFText.Link(
      name: name, mass: "0.1", centreOfMass: centre, visual: "meshes/finger.obj",
      visualAngles: angles, collision: "meshes/finger_collision.obj", collisionAngles: angles,
      material: white,
      contact: [
        "<friction_anchor/>", "<stiffness value=\"30000\"/>", "<damping value=\"1000\"/>",
        "<spinning_friction value=\"0.1\"/>", "<lateral_friction value=\"1\"/>",
      ])
  }

  private static var joints: [URDFText.Joint] {
    let arm: [(position: String, angles: String, lower: String, upper: String)] = [
      ("0 0 0.333", "0 0 0", "-2.9671", "2.9671"),
      ("0 0 0", "-\(quarter) 0 0", "-1.8326", "1.8326"),
      ("0 -0.316 0", "\(quarter) 0 0", "-2.9671", "2.9671"),
      ("0.0825 0 0", "\(quarter) 0 0", "-3.1416", "0"),
      ("-0.0825 0.384 0", "-\(quarter) 0 0", "-2.9671", "2.9671"),
      ("0 0 0", "\(quarter) 0 0", "-0.0873", "3.8223"),
      ("0.088 0 0", "\(quarter) 0 0", "-2.9671", "2.9671"),
    ]
    var joints = arm.enumerated().map { index, joint in
      let dynamics =
        index < 4 ? "effort=\"87\" velocity=\"2.175\"" : "effort=\"12\" velocity=\"2.61\""
      return URDFText.Joint(
        name: "panda_joint\(index + 1)", type: "revolute", parent: "panda_link\(index)",
        child: "panda_link\(index + 1)", position: joint.position, angles: joint.angles,
        axis: "0 0 1", limit: "lower=\"\(joint.lower)\" upper=\"\(joint.upper)\" \(dynamics)")
    }
    joints.append(fixed("panda_joint8", "panda_link7", "panda_link8", "0 0 0.107", "0 0 0"))
    joints.append(
      fixed("panda_hand_joint", "panda_link8", "panda_hand", "0 0 0", "0 0 -0.785398163397"))
    joints.append(finger("panda_finger_joint1", "panda_leftfinger", axis: "0 1 0"))
    joints.append(finger("panda_finger_joint2", "panda_rightfinger", axis: "0 -1 0"))
    joints.append(
      fixed("panda_grasptarget_hand", "panda_hand", "panda_grasptarget", "0 0 0.105", "0 0 0"))
    joints.append(fixed("camera_joint", "panda_hand", "gripper_cam", "-0.1 0 0", "1.3 0 -1.57"))
    joints.append(fixed("tcp_joint", "panda_hand", "tcp", "0 0 0.14", "0 0 0"))
    joints.append(
      fixed(
        "joint_finger_tip_left", "panda_leftfinger", "finger_left_tip", "0.0009 0.021 0.066",
        "0 0 -1.57"))
    joints.append(
      fixed(
        "joint_finger_tip_right", "panda_rightfinger", "finger_right_tip", "-0.0009 -0.021 0.066",
        "0 0 1.57"))
    return joints
  }

  private static func fixed(
    _ name: String, _ parent: String, _ child: String, _ position: String, _ angles: String
  ) -> URDFText.Joint {
    URDFText.Joint(
      name: name, type: "fixed", parent: parent, child: child, position: position, angles: angles)
  }

  private static func finger(_ name: String, _ child: String, axis: String) -> URDFText.Joint {
    URDFText.Joint(
      name: name, type: "prismatic", parent: "panda_hand", child: child, position: "0 0 0.0584",
      angles: "0 0 0", axis: axis,
      limit: "lower=\"0\" upper=\"0.04\" effort=\"20\" velocity=\"0.2\"")
  }
}

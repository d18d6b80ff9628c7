import Geometry

/// Shape and reach of the Panda's hand with CALVIN's long fingers.
///
/// Lengths are those of the robot's files, in the TCP frame: x across the fingers, y along their
/// axis, z the way they point.
enum Gripper {
  /// Opening of the gripper when it is open, metres.
  static let open = 0.08
  /// From the TCP to the tips.
  static let fingertip = 0.0148

  /// Boxes around hand and fingers. `margin` widens them sideways; tips are not made longer, since
  /// they end close to what a block lies on.
  static func boxes(
    at pose: Pose, opening: Double, margin: Double = 0
  ) -> [OrientedBox] {
    let (thickness, width, inner) = (0.0105 + margin, 0.027 + margin, opening / 2)
    return [
      OrientedBox(
        lower: Vector3(-0.032 - margin, -0.104 - margin, -0.166),
        upper: Vector3(0.032 + margin, 0.104 + margin, -0.074), in: pose),
      OrientedBox(
        lower: Vector3(-thickness, inner, -0.082),
        upper: Vector3(thickness, inner + width, fingertip), in: pose),
      OrientedBox(
        lower: Vector3(-thickness, -inner - width, -0.082),
        upper: Vector3(thickness, -inner, fingertip), in: pose),
    ]
  }

  /// How far the arm is from being stretched out at a goal, metres; negative beyond its reach.
  static func reserve(at goal: TCPGoal, robotBase: Vector3) -> Double {
    // The forearm ends in the wrist, behind the hand and nearer to the base by the flange's offset.
    let outward = (goal.position - robotBase).at(z: 0)
    let pointing = goal.pointing
    let level = outward / max(outward.length, 1e-6)
    let across = level - pointing * pointing.dot(level)
    let wrist =
      goal.position - pointing * 0.247 - across / max(across.length, 1e-6) * 0.088
    let shoulder = robotBase + Vector3(0, 0, 0.333)
    return 0.7 - (wrist - shoulder).length
  }
}

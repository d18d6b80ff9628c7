import Assets
import Calvin
import Geometry
import Glibc
import Physics

/// The robot: turns actions into motor targets as calvin_env's `Robot` does.
struct PandaArm {
  private let settings: RobotDescription
  private let initialPositions: [Double]
  private let inverseKinematics: InverseKinematics
  /// Movable joints' link indices in order.
  private let movableLinks: [Int]
  /// Solution of the last inverse kinematics, one number per movable joint.
  private var solution: [Double]
  /// Arm joint targets of the current step.
  private var targets: [Double]
  /// Pose that relative actions add up to: position and Euler angles.
  private(set) var targetPosition = Vector3.zero
  private(set) var targetAngles = Vector3.zero
  /// 1 open, -1 closed.
  var gripperAction = 1.0

  /// Metres and radians a relative action of 1 stands for.
  private static let relativePosition = 0.02
  private static let relativeAngle = 0.05
  /// Velocity bound of the fingers, m/s.
  private static let fingerVelocity = 1.0
  /// Opening uses this part of the gripper's force.
  private static let openingForcePart = 100.0
  /// Targets beyond this many metres or radians are a mistake of the policy.
  private static let farthestTarget = 1000.0

  private static let body = SceneModels.BodyID.robot

  init(_ models: SceneModels) {
    settings = models.assets.robot
    initialPositions = models.assets.scene.robotInitialJointPositions
    inverseKinematics = models.inverseKinematics
    movableLinks = models.robot.links.indices.filter { models.robot.links[$0].kind != .fixed }
    solution = Array(repeating: 0, count: movableLinks.count)
    targets = Array(repeating: 0, count: settings.armJointIDs.count)
  }

  // MARK: Loading and resetting

  /// Adds the robot, its base cylinder and the coupling of the fingers.
  mutating func load(_ models: SceneModels, into world: World) throws(PhysicsError) {
    let body = try world.add(models.robot, at: models.worldFromRobotBase)
    precondition(body == Self.body)
    _ = try world.add(models.cylinder, at: .identity)
    try world.addGear(
      body: body, links: (settings.gripperJointIDs[0], settings.gripperJointIDs[1]), ratio: -1,
      errorReduction: 0.1, maxForce: 50)
    reset(to: nil, in: world)
  }

  /// Puts the joints at those of a `robot_obs`, or at the scene's initial ones.
  mutating func reset(to observation: [Double]?, in world: World) {
    let opening = observation.map { $0[6] / 2 } ?? settings.gripperJointLimits[1]
    for (index, link) in settings.armJointIDs.enumerated() {
      let position = observation.map { $0[7 + index] } ?? initialPositions[index]
      world.resetJoint(body: Self.body, link: link, position: position)
      world.setPositionMotor(
        body: Self.body, link: link, target: position, force: settings.maxJointForce,
        maxVelocity: settings.maxVelocity)
    }
    for link in settings.gripperJointIDs {
      world.resetJoint(body: Self.body, link: link, position: opening)
      world.setPositionMotor(
        body: Self.body, link: link, target: opening, force: settings.gripperForce,
        maxVelocity: Self.fingerVelocity)
    }
    let worldFromTCP = world.staleLinkPose(of: Self.body, link: settings.tcpLink)
    targetPosition = worldFromTCP.position
    targetAngles = worldFromTCP.orientation.euler
  }

  /// Moves both fingers to the same side, metres; together they stay open by `opening`.
  func shiftFingers(by shift: Double, opening: Double, in world: World) {
    for (link, side) in zip(settings.gripperJointIDs, [1.0, -1.0]) {
      world.resetJoint(body: Self.body, link: link, position: opening / 2 + side * shift)
    }
  }

  // MARK: Acting

  /// Sets the motors for an action; an error leaves everything as it was.
  mutating func apply(
    _ action: Action, jointPositions: [Double], in world: World
  ) throws(SimulationError) {
    let command = try ActionCommand(action)
    switch command.motion {
    case .relativePose(let translation, let rotation, let precision):
      let target = relativeTarget(translation, rotation, precision, in: world)
      try check(target.position, "position", command.kind)
      try check(target.angles, "orientation", command.kind)
      if settings.usesTargetPose { (targetPosition, targetAngles) = target }
      solve(
        Pose(position: target.position, orientation: Quaternion(euler: target.angles)),
        jointPositions, in: world)
    case .pose(let worldFromTarget):
      try check(worldFromTarget.position, "position", command.kind)
      solve(worldFromTarget, jointPositions, in: world)
    case .relativeJoints(let values):
      for (index, link) in settings.armJointIDs.enumerated() {
        try check(jointPositions[link] + values[index], "joint \(index)", command.kind)
      }
      for (index, link) in settings.armJointIDs.enumerated() {
        targets[index] = jointPositions[link] + values[index]
      }
    case .joints(let values):
      for index in targets.indices { try check(values[index], "joint \(index)", command.kind) }
      for index in targets.indices { targets[index] = values[index] }
    }
    gripperAction = command.gripper
    drive(world)
  }

  /// The TCP pose that inverse kinematics would be asked for and the positions it would start
  /// from; nil for actions that name joints.
  func kinematicsProblem(
    of action: Action, jointPositions: [Double], in world: World
  ) throws(SimulationError) -> (worldFromTarget: Pose, positions: [Double])? {
    let positions = movableLinks.map { jointPositions[$0] }
    switch try ActionCommand(action).motion {
    case .relativePose(let translation, let rotation, let precision):
      let target = relativeTarget(translation, rotation, precision, in: world)
      let pose = Pose(position: target.position, orientation: Quaternion(euler: target.angles))
      return (pose, positions)
    case .pose(let worldFromTarget): return (worldFromTarget, positions)
    case .relativeJoints, .joints: return nil
    }
  }

  private static func scaled(
    _ step: Vector3, by scale: Double, _ precision: Action.Precision
  ) -> Vector3 {
    switch precision {
    case .double: return step * scale
    case .single:
      let scale = Float(scale)
      return Vector3(
        Double(Float(step.x) * scale), Double(Float(step.y) * scale), Double(Float(step.z) * scale))
    case .half:
      // A product of two halves has 22 bits at most: it is exact until it is rounded.
      let product = step * roundedToHalf(scale)
      return Vector3(
        roundedToHalf(product.x), roundedToHalf(product.y), roundedToHalf(product.z))
    }
  }

  /// The nearest IEEE half precision number; `Float16` is not to be had on every x86-64 toolchain.
  static func roundedToHalf(_ value: Double) -> Double {
    // 10 bits behind the leading one, and nothing finer than the smallest subnormal.
    let quantum = Double(sign: .plus, exponent: max(value.exponent, -14) - 10, significand: 1)
    let rounded = (value / quantum).rounded(.toNearestOrEven) * quantum
    return abs(rounded) > 65504 ? Double(signOf: value, magnitudeOf: .infinity) : rounded
  }

  private func relativeTarget(
    _ translation: Vector3, _ rotation: Vector3, _ precision: Action.Precision, in world: World
  ) -> (position: Vector3, angles: Vector3) {
    let translation = Self.scaled(
      translation, by: Self.relativePosition * settings.positionScaling, precision)
    let rotation = Self.scaled(
      rotation, by: Self.relativeAngle * settings.orientationScaling, precision)
    if settings.usesTargetPose {
      return (targetPosition + translation, targetAngles + rotation)
    }
    let worldFromTCP = world.staleLinkPose(of: Self.body, link: settings.tcpLink)
    return (worldFromTCP.position + translation, worldFromTCP.orientation.euler + rotation)
  }

  /// Arm joint targets for a TCP pose, clipped to the robot file's limits.
  private mutating func solve(
    _ worldFromTCP: Pose, _ jointPositions: [Double], in world: World
  ) {
    for (index, link) in movableLinks.enumerated() { solution[index] = jointPositions[link] }
    inverseKinematics.solve(
      worldFromTarget: worldFromTCP, worldFromBase: world.basePose(of: Self.body),
      positions: &solution)
    for index in targets.indices {
      targets[index] = min(
        max(solution[index], settings.lowerJointLimits[index]), settings.upperJointLimits[index])
    }
  }

  private func drive(_ world: World) {
    for (index, target) in targets.enumerated() {
      world.setPositionMotor(
        body: Self.body, link: index, target: target, force: settings.maxJointForce,
        maxVelocity: settings.maxVelocity)
    }
    let opens = gripperAction == 1
    for link in settings.gripperJointIDs {
      world.setPositionMotor(
        body: Self.body, link: link, target: settings.gripperJointLimits[opens ? 1 : 0],
        force: opens ? settings.gripperForce / Self.openingForcePart : settings.gripperForce,
        maxVelocity: Self.fingerVelocity)
    }
  }

  private func check(
    _ value: Double, _ component: String, _ kind: String
  ) throws(SimulationError) {
    guard abs(value) <= Self.farthestTarget else {
      throw .absurdTarget(
        kind: kind, component: component, value: value, limit: Self.farthestTarget)
    }
  }

  private func check(
    _ value: Vector3, _ quantity: String, _ kind: String
  ) throws(SimulationError) {
    for (index, axis) in ["x", "y", "z"].enumerated() where abs(value[index]) > Self.farthestTarget
    {
      try check(value[index], "\(quantity) \(axis)", kind)
    }
  }
}

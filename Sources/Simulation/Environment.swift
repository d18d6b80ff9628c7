import Assets
import Calvin
import Geometry
import Physics
import Rendering

/// One CALVIN play table with its robot: 240 Hz physics, 30 Hz control.
///
/// Belongs to one worker. What it computes depends only on the scene, the seed, the last `reset`
/// and the actions since: every reset rebuilds the world as calvin_env's `load()` builds it.
public final class Environment {
  /// Control steps per second.
  public static let controlFrequency = 30.0
  /// Physics steps per control step.
  public static let substeps = 8
  /// Length of a physics step, seconds.
  static let timeStep = 1.0 / 240.0
  /// Farthest a block may be from the origin, metres; beyond it the simulation has diverged.
  public static let farthestBlock = 10.0

  /// The scene's files and bodies.
  public let models: SceneModels
  /// `robot_obs` and `scene_obs` after the last reset or step.
  public private(set) var state: EnvironmentState
  /// What the oracle reads, after the last reset or step.
  public private(set) var info: SceneInfo

  /// Poses at which the last reset loaded the blocks, in scene-file order, as Bullet reports them.
  public private(set) var loadPoses: [Pose] = []

  private let seed: UInt32
  private(set) var world: World
  private(set) var arm: PandaArm
  private(set) var table: PlayTable
  /// The robot's joints after the last reset or step.
  public private(set) var robotJoints: JointReadings
  /// The fixed objects' joints after the last reset or step, in scene-file order.
  public private(set) var fixedJoints: [JointReadings]
  private var divergence: SimulationError?

  /// An environment of this scene after a random reset; block poses at loading and at random
  /// resets are drawn from calvin_env's generator for `seed` (upstream: 0).
  public convenience init(
    assets: SceneAssets, seed: UInt32 = 0
  ) throws(SimulationError) {
    try self.init(models: SceneModels(assets), seed: seed)
  }

  /// An environment sharing bodies that are already converted.
  public init(models: SceneModels, seed: UInt32 = 0) throws(SimulationError) {
    self.models = models
    self.seed = seed
    arm = PandaArm(models)
    table = try PlayTable(models)
    world = try simulating { () throws(PhysicsError) in try Self.emptyWorld() }
    robotJoints = JointReadings(count: models.robot.links.count)
    fixedJoints = models.fixedObjects.map { JointReadings(count: $0.links.count) }
    state = EnvironmentState(
      robotObservation: Array(repeating: 0, count: 15),
      sceneObservation: Array(
        repeating: 0, count: table.observationCount + 6 * models.blocks.count))
    info = SceneInfo(models, table)
    try reset(to: nil)
  }

  /// Builds the world anew and resets it to a state, or at random from the scene's surfaces.
  public func reset(to target: EnvironmentState?) throws(SimulationError) {
    try reset(to: target, gripperAction: 1)
  }

  /// Resets with the gripper command (1 or -1) that `robot_obs` reports until the first action.
  ///
  /// Upstream's robot object keeps its last command over `load()` and `reset()`, a fresh one says 1;
  /// nothing else depends on it.
  public func reset(
    to target: EnvironmentState?, gripperAction: Double
  ) throws(SimulationError) {
    try reset(
      robotObservation: target?.robotObservation, sceneObservation: target?.sceneObservation,
      gripperAction: gripperAction)
  }

  /// Resets arm and scene each to its vector; without one the arm goes to its initial joints and
  /// the scene is drawn at random.
  public func reset(
    robotObservation: [Double]?, sceneObservation: [Double]?, gripperAction: Double = 1
  ) throws(SimulationError) {
    if let robotObservation {
      try check("robot_obs", robotObservation, count: state.robotObservation.count)
    }
    if let sceneObservation {
      try check("scene_obs", sceneObservation, count: state.sceneObservation.count)
      try table.check(sceneObservation.prefix(table.observationCount))
    }
    var placement = Placement(seed: seed, surfaces: models.assets.scene.surfaces)
    try load(&placement)
    if let sceneObservation {
      resetScene(to: sceneObservation)
    } else {
      try resetSceneRandomly(&placement)
    }
    arm.reset(to: robotObservation, in: world)
    arm.gripperAction = gripperAction
    try simulating { () throws(PhysicsError) in try world.step() }
    divergence = nil
    readJoints()
    observe()
    try checkDivergence()
  }

  /// Places everything where a recorded state says, without any physics, for pictures of what was
  /// recorded. Contacts stay those of before, and `step` needs a `reset` first.
  ///
  /// A state holds only the sum of the two fingers' openings, of which each gets half;
  /// `fingerShift` metres more go to the first and less to the second.
  public func show(
    _ target: EnvironmentState, fingerShift: Double = 0
  ) throws(SimulationError) {
    let (robot, scene) = (target.robotObservation, target.sceneObservation)
    try check("robot_obs", robot, count: state.robotObservation.count)
    try check("scene_obs", scene, count: state.sceneObservation.count)
    try table.check(scene.prefix(table.observationCount))
    resetScene(to: scene)
    arm.reset(to: robot, in: world)
    if fingerShift != 0 { arm.shiftFingers(by: fingerShift, opening: robot[6], in: world) }
    arm.gripperAction = robot[14]
    readJoints()
    observe()
    try checkDivergence()
  }

  /// One control step: inverse kinematics and motors, 8 physics steps, lights, then `state` and
  /// `info`. Allocates nothing once the arrays of `state` and `info` are not shared.
  ///
  /// A refused action changes nothing; after a divergence only `reset` helps.
  public func step(_ action: Action) throws(SimulationError) {
    if let divergence { throw divergence }
    try arm.apply(action, jointPositions: robotJoints.positions, in: world)
    for _ in 0..<Self.substeps {
      try simulating { () throws(PhysicsError) in try world.step() }
    }
    readJoints()
    table.step(fixedJoints)
    observe()
    try checkDivergence()
  }

  /// Every contact of the robot and of the blocks as `[body, other body, link, other link]`, sorted,
  /// without repetition.
  public var contacts: [SIMD4<Int32>] {
    var found: Set<SIMD4<Int32>> = []
    let blocks = blockBodies
    func isReported(_ body: Int32) -> Bool {
      Int(body) == SceneModels.BodyID.robot || blocks.contains(Int(body))
    }
    world.forEachContact { contact in
      if isReported(contact.bodyA) {
        found.insert(SIMD4(contact.bodyA, contact.bodyB, contact.linkA, contact.linkB))
      }
      if isReported(contact.bodyB) {
        found.insert(SIMD4(contact.bodyB, contact.bodyA, contact.linkB, contact.linkA))
      }
    }
    return found.sorted { ($0.x, $0.y, $0.z, $0.w) < ($1.x, $1.y, $1.z, $1.w) }
  }

  // MARK: Loading

  private static func emptyWorld() throws(PhysicsError) -> World {
    try World(gravity: Vector3(0, 0, -9.8), timeStep: timeStep)
  }

  /// Upstream's `load()`: robot, cylinder, blocks, fixed objects with their motors, plane.
  private func load(_ placement: inout Placement) throws(SimulationError) {
    var poses: [Pose] = []
    for block in models.assets.scene.movableObjects {
      poses.append(try placement.pose(of: block))
    }
    table = try PlayTable(models)
    try simulating { () throws(PhysicsError) in
      world = try Self.emptyWorld()
      try arm.load(models, into: world)
      for (model, pose) in zip(models.blocks, poses) { _ = try world.add(model, at: pose) }
      for (index, object) in models.assets.scene.fixedObjects.enumerated() {
        let pose = Pose(
          position: object.position, orientation: Quaternion(euler: object.orientation))
        _ = try world.add(models.fixedObjects[index], at: pose)
        table.installMotors(ofObject: index, in: world)
      }
      _ = try world.add(models.plane, at: .identity)
    }
    loadPoses = blockBodies.map(world.basePose)
  }

  // MARK: Resetting

  private func check(
    _ name: String, _ values: [Double], count: Int
  ) throws(SimulationError) {
    guard values.count == count else {
      throw .invalidState("\(name) has \(values.count) numbers, expected \(count)")
    }
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw .invalidState("\(name)[\(index)] is \(values[index]), expected a finite number")
    }
  }

  private func resetScene(to observation: [Double]) {
    table.reset(to: observation.prefix(table.observationCount), in: world)
    for index in models.blocks.indices {
      let start = table.observationCount + 6 * index
      let numbers = observation[start..<(start + 6)]
      place(index, at: Pose(numbers))
    }
  }

  /// Draws block poses until no two blocks touch, as upstream does.
  private func resetSceneRandomly(_ placement: inout Placement) throws(SimulationError) {
    table.resetToInitialState(in: world)
    let attempts = 1000
    for _ in 0..<attempts {
      for (index, block) in models.assets.scene.movableObjects.enumerated() {
        place(index, at: try placement.pose(of: block))
      }
      try simulating { () throws(PhysicsError) in try world.step() }
      var touches = false
      let blocks = blockBodies
      world.forEachContact { contact in
        if blocks.contains(Int(contact.bodyA)) && blocks.contains(Int(contact.bodyB)) {
          touches = true
        }
      }
      if !touches { return }
    }
  }

  private func place(_ block: Int, at pose: Pose) {
    world.resetBase(body: SceneModels.BodyID.firstBlock + block, worldFromCenterOfMass: pose)
  }

  var blockBodies: Range<Int> {
    SceneModels.BodyID.firstBlock..<models.firstFixedObject
  }

  // MARK: Observing

  private func readJoints() {
    world.readJoints(of: SceneModels.BodyID.robot, into: &robotJoints)
    for index in fixedJoints.indices {
      world.readJoints(of: models.firstFixedObject + index, into: &fixedJoints[index])
    }
  }

  private func observe() {
    info.readBlocks(from: world)
    info.readContacts(from: world, blocks: blockBodies)
    info.readTable(table, fixedJoints)
    writeRobotObservation()
    writeSceneObservation()
  }

  private func writeRobotObservation() {
    let robot = models.assets.robot
    let worldFromTCP = world.staleLinkPose(of: SceneModels.BodyID.robot, link: robot.tcpLink)
    let angles = worldFromTCP.orientation.euler
    for axis in 0..<3 {
      state.robotObservation[axis] = worldFromTCP.position[axis]
      state.robotObservation[3 + axis] = angles[axis]
    }
    state.robotObservation[6] =
      robotJoints.positions[robot.gripperJointIDs[0]]
      + robotJoints.positions[robot.gripperJointIDs[1]]
    for (index, link) in robot.armJointIDs.enumerated() {
      state.robotObservation[7 + index] = robotJoints.positions[link]
    }
    state.robotObservation[14] = arm.gripperAction
  }

  private func writeSceneObservation() {
    var next = 0
    func append(_ value: Double) {
      state.sceneObservation[next] = value
      next += 1
    }
    func append(_ joint: PlayTable.Joint) {
      append(fixedJoints[joint.object].positions[joint.link])
    }
    for door in table.doors { append(door) }
    for button in table.buttons { append(button.joint) }
    for other in table.switches { append(other.joint) }
    for light in table.lights { append(light.isOn ? 1 : 0) }
    for block in info.blocks {
      let angles = block.pose.orientation.euler
      for axis in 0..<3 { append(block.pose.position[axis]) }
      for axis in 0..<3 { append(angles[axis]) }
    }
  }

  /// Throws, and keeps throwing until the next reset, when the state means nothing any more.
  private func checkDivergence() throws(SimulationError) {
    guard let found = findDivergence() else { return }
    divergence = found
    throw found
  }

  private func findDivergence() -> SimulationError? {
    for (link, position) in robotJoints.positions.enumerated() where !position.isFinite {
      return .diverged(quantity: "robot joint \(link)", value: position)
    }
    for joints in fixedJoints {
      for (link, position) in joints.positions.enumerated() where !position.isFinite {
        return .diverged(quantity: "table joint \(link)", value: position)
      }
    }
    for block in info.blocks {
      let distance = block.pose.position.length
      // The negation catches NaN.
      if !(distance <= Self.farthestBlock) || !block.pose.orientation.lengthSquared.isFinite {
        return .diverged(quantity: "distance of \(block.name) from the origin", value: distance)
      }
    }
    return nil
  }
}

extension Pose {
  /// Six numbers of `scene_obs`: position and Euler angles.
  fileprivate init(_ numbers: ArraySlice<Double>) {
    let start = numbers.startIndex
    self.init(
      position: Vector3(numbers[start], numbers[start + 1], numbers[start + 2]),
      orientation: Quaternion(
        euler: Vector3(numbers[start + 3], numbers[start + 4], numbers[start + 5])))
  }
}

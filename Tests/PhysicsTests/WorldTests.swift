import Assets
import Geometry
import Testing

@testable import Physics

@Suite struct WorldTests {
  private func worldWithBlock(height: Double) throws -> (world: World, block: Int) {
    let world = try World(gravity: Vector3(0, 0, -9.8), timeStep: 1.0 / 240)
    let block = try BodyModel(
      Models.box("block", size: Vector3(0.1, 0.1, 0.1), mass: 1), meshes: [:])
    let floor = try BodyModel(Models.floor, meshes: [:])
    let id = try world.add(
      block, at: Pose(position: Vector3(0, 0, height), orientation: .identity))
    _ = try world.add(floor, at: .identity)
    return (world, id)
  }

  @Test func blockFallsFreelyThenRests() throws {
    let (world, block) = try worldWithBlock(height: 1)
    for _ in 0..<24 { try world.step() }
    // Semi-implicit Euler for 0.1 s; damping takes a little.
    #expect(abs(world.basePose(of: block).position.z - (1 - 0.5 * 9.8 * 0.01)) < 5e-3)
    #expect(abs(world.baseVelocity(of: block).linear.z + 0.98) < 0.01)
    for _ in 0..<480 { try world.step() }
    #expect(abs(world.basePose(of: block).position.z - 0.05) < 2e-3)
    var touching: [[Int32]] = []
    world.forEachContact { touching.append([$0.bodyA, $0.bodyB].sorted()) }
    #expect(touching == [[0, 1]])
  }

  @Test func equalCallsGiveEqualBits() throws {
    let (first, block) = try worldWithBlock(height: 0.3)
    let (second, _) = try worldWithBlock(height: 0.3)
    let tilted = Pose(
      position: Vector3(0, 0, 0.4), orientation: Quaternion(euler: Vector3(0.3, 0.4, 0.5)))
    for world in [first, second] { world.resetBase(body: block, worldFromCenterOfMass: tilted) }
    for _ in 0..<300 {
      try first.step()
      try second.step()
      #expect(first.basePose(of: block) == second.basePose(of: block))
    }
  }

  @Test func motorDrivesAJointToItsTarget() throws {
    let world = try World(gravity: .zero, timeStep: 1.0 / 240)
    let arm = try world.add(
      BodyModel(Models.arm, isFixed: true, meshes: [:]), at: .identity)
    var readings = JointReadings(count: 3)
    world.setPositionMotor(body: arm, link: 1, target: 0.7, force: 100, maxVelocity: 2)
    for _ in 0..<480 { try world.step() }
    world.readJoints(of: arm, into: &readings)
    #expect(abs(readings.positions[1] - 0.7) < 1e-3)
    #expect(abs(readings.velocities[1]) < 1e-3)
    // Beyond the limit of 2 rad the target is clamped.
    world.setPositionMotor(body: arm, link: 1, target: 9, force: 100)
    for _ in 0..<960 { try world.step() }
    world.readJoints(of: arm, into: &readings)
    #expect(abs(readings.positions[1] - 2) < 1e-2)
  }

  @Test func resetJointMovesTheLinksAtOnce() throws {
    let world = try World(gravity: .zero, timeStep: 1.0 / 240)
    let arm = try world.add(
      BodyModel(Models.arm, isFixed: true, meshes: [:]), at: .identity)
    world.resetJoint(body: arm, link: 1, position: 0.5)
    let tip = world.staleLinkPose(of: arm, link: 2).position
    #expect(abs(tip.x - 0.3 * 0.8775825618903728) < 1e-9)
    var poses = Array(repeating: Pose.identity, count: 4)
    world.readColliderPoses(of: arm, into: &poses)
    #expect(poses[3].position == tip)
  }

  @Test func brokenModelsAreErrors() {
    var loose = Models.arm
    loose.joints.removeLast()
    #expect(throws: PhysicsError.self) { try BodyModel(loose, meshes: [:]) }
    var mesh = Models.arm
    mesh.links[1].collisions[0].geometry = .mesh(
      path: "missing.obj", scale: Vector3(1, 1, 1))
    #expect(throws: PhysicsError.self) { try BodyModel(mesh, meshes: [:]) }
    let empty = OBJModel(
      positions: [], normals: [], textureCoordinates: [], groups: [], materials: [])
    mesh.links[1].collisions[0].isConcave = true
    #expect(throws: PhysicsError.self) {
      try BodyModel(mesh, meshes: ["missing.obj": .obj(empty)])
    }
  }
}

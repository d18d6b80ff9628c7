import CBullet
import Geometry

/// A Bullet world with PyBullet's settings. One worker owns a world; worlds share nothing mutable.
///
/// Body ids count from 0 in the order of `add`; link indices are PyBullet's, -1 is the base.
public final class World {
  let handle: OpaquePointer
  private var contactBuffer: UnsafeMutableBufferPointer<cbullet_contact>

  /// An empty world with gravity in m/s² and a step in seconds.
  public init(gravity: Vector3, timeStep: Double) throws(PhysicsError) {
    var created: OpaquePointer?
    let status = cbullet_world_create([gravity.x, gravity.y, gravity.z], timeStep, &created)
    guard status == CBULLET_OK, let created else {
      throw .bulletFailed(operation: "creating a world")
    }
    handle = created
    contactBuffer = .allocate(capacity: 256)
  }

  deinit {
    cbullet_world_destroy(handle)
    contactBuffer.deallocate()
  }

  /// Adds a body with its base link frame at this pose and returns its id.
  public func add(_ model: BodyModel, at worldFromBase: Pose) throws(PhysicsError) -> Int {
    var pose = cbullet_pose(worldFromBase)
    var body: Int32 = -1
    guard cbullet_world_add_body(handle, model.handle, &pose, &body) == CBULLET_OK else {
      throw .bulletFailed(operation: "adding \(model.name)")
    }
    return Int(body)
  }

  /// Couples two joints of a body so that q_a + ratio · q_b stays 0 (`JOINT_GEAR`).
  public func addGear(
    body: Int, links: (Int, Int), ratio: Double, errorReduction: Double, maxForce: Double
  ) throws(PhysicsError) {
    let status = cbullet_world_add_gear(
      handle, Int32(body), Int32(links.0), Int32(links.1), ratio, errorReduction, maxForce)
    precondition(status != CBULLET_INVALID_ARGUMENT, "a gear needs two movable joints")
    guard status == CBULLET_OK else { throw .bulletFailed(operation: "adding a gear") }
  }

  /// Drives a joint to a target (`POSITION_CONTROL` with default gains); without `maxVelocity` the
  /// last bound stays.
  public func setPositionMotor(
    body: Int, link: Int, target: Double, force: Double, maxVelocity: Double? = nil
  ) {
    require(
      cbullet_world_set_position_motor(
        handle, Int32(body), Int32(link), target, force, maxVelocity ?? -1), body, link)
  }

  /// Brakes a joint with this force (`VELOCITY_CONTROL` towards 0).
  public func setVelocityMotor(body: Int, link: Int, force: Double) {
    require(
      cbullet_world_set_velocity_motor(handle, Int32(body), Int32(link), force), body, link)
  }

  /// Puts a joint at rest at this position (`resetJointState`).
  public func resetJoint(body: Int, link: Int, position: Double) {
    require(
      cbullet_world_reset_joint(handle, Int32(body), Int32(link), position), body, link)
  }

  /// Puts a body at rest with its base's centre of mass at this pose
  /// (`resetBasePositionAndOrientation`); the quaternion is taken as it is.
  public func resetBase(body: Int, worldFromCenterOfMass: Pose) {
    var pose = cbullet_pose(worldFromCenterOfMass)
    require(cbullet_world_reset_base(handle, Int32(body), &pose), body, -1)
  }

  /// Advances by one time step.
  public func step() throws(PhysicsError) {
    guard cbullet_world_step(handle) == CBULLET_OK else {
      throw .bulletFailed(operation: "a simulation step")
    }
  }

  private func require(_ status: cbullet_status, _ body: Int, _ link: Int) {
    precondition(status == CBULLET_OK, "body \(body) has no movable joint or link \(link)")
  }
}

/// Positions and velocities of a body's joints by link index, 0 for fixed ones.
public struct JointReadings: Sendable, Equatable {
  /// Metres or radians.
  public var positions: [Double]
  /// m/s or rad/s.
  public var velocities: [Double]

  /// Readings for a body with this many links.
  public init(count: Int) {
    positions = Array(repeating: 0, count: count)
    velocities = positions
  }
}

/// Readers; none allocates.
extension World {
  /// Reads every link's joint; `readings` must have one entry per link.
  public func readJoints(of body: Int, into readings: inout JointReadings) {
    let status = readings.positions.withUnsafeMutableBufferPointer { positions in
      readings.velocities.withUnsafeMutableBufferPointer { velocities in
        cbullet_world_get_joints(
          handle, Int32(body), positions.baseAddress, velocities.baseAddress,
          Int32(positions.count))
      }
    }
    precondition(
      status == CBULLET_OK, "body \(body) does not have \(readings.positions.count) links")
  }

  /// Centre-of-mass pose of a body's base.
  public func basePose(of body: Int) -> Pose {
    var pose = cbullet_pose()
    require(cbullet_world_get_base_pose(handle, Int32(body), &pose), body, -1)
    return Pose(pose)
  }

  /// Velocity of a body's base: linear in m/s, angular in rad/s.
  public func baseVelocity(of body: Int) -> (linear: Vector3, angular: Vector3) {
    var values = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    let status = withUnsafeMutableBytes(of: &values) { bytes in
      let values = bytes.assumingMemoryBound(to: Double.self)
      return cbullet_world_get_base_velocity(
        handle, Int32(body), values.baseAddress, values.baseAddress.map { $0 + 3 })
    }
    require(status, body, -1)
    return (
      Vector3(values.0, values.1, values.2), Vector3(values.3, values.4, values.5)
    )
  }

  /// Centre-of-mass pose of a link as `getLinkState` reports it: after a step it is one time step
  /// old, because Bullet refreshes it before integrating.
  public func staleLinkPose(of body: Int, link: Int) -> Pose {
    var pose = cbullet_pose()
    require(cbullet_world_get_link_pose(handle, Int32(body), Int32(link), &pose), body, link)
    return Pose(pose)
  }

  /// Up-to-date centre-of-mass poses of all colliders of a body, base first.
  public func readColliderPoses(of body: Int, into poses: inout [Pose]) {
    let count = poses.count
    withUnsafeTemporaryAllocation(of: cbullet_pose.self, capacity: count) { buffer in
      let status = cbullet_world_get_collider_poses(
        handle, Int32(body), buffer.baseAddress, Int32(count))
      precondition(status == CBULLET_OK, "body \(body) does not have \(count) colliders")
      for index in 0..<count { poses[index] = Pose(buffer[index]) }
    }
  }

  /// Two touching links, in the order Bullet keeps them.
  public struct Contact: Sendable, Hashable {
    /// Body id of one side.
    public var bodyA: Int32
    /// Link index of that side.
    public var linkA: Int32
    /// Body id of the other side.
    public var bodyB: Int32
    /// Link index of the other side.
    public var linkB: Int32
  }

  /// Calls `body` for every contact manifold that holds points (link pairs may repeat). The points
  /// are those of the last step's collision detection.
  public func forEachContact(_ body: (Contact) -> Void) {
    var count: Int32 = 0
    var status = cbullet_world_get_contacts(
      handle, contactBuffer.baseAddress, Int32(contactBuffer.count), &count)
    if status == CBULLET_BUFFER_TOO_SMALL {
      contactBuffer.deallocate()
      contactBuffer = .allocate(capacity: 2 * Int(count))
      status = cbullet_world_get_contacts(
        handle, contactBuffer.baseAddress, Int32(contactBuffer.count), &count)
    }
    precondition(status == CBULLET_OK)
    for contact in contactBuffer[..<Int(count)] {
      body(
        Contact(
          bodyA: contact.body_a, linkA: contact.link_a, bodyB: contact.body_b,
          linkB: contact.link_b))
    }
  }
}

extension cbullet_pose {
  init(_ pose: Pose) {
    let (p, q) = (pose.position, pose.orientation)
    self.init(position: (p.x, p.y, p.z), orientation: (q.x, q.y, q.z, q.w))
  }
}

extension Pose {
  init(_ pose: cbullet_pose) {
    let (p, q) = (pose.position, pose.orientation)
    self.init(
      position: Vector3(p.0, p.1, p.2), orientation: Quaternion(x: q.0, y: q.1, z: q.2, w: q.3))
  }
}

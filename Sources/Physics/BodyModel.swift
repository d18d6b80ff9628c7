import Assets
import CBullet
import Geometry

/// A body ready to be put into any world: shapes, masses and joints of a URDF file.
///
/// Immutable; built once per scene and shared by the worlds of all workers.
public final class BodyModel: @unchecked Sendable {
  // Never written after creation; the shim reads models only.
  let handle: OpaquePointer
  /// Name of the URDF's `<robot>`.
  public let name: String
  /// Links in PyBullet's depth-first order without the base: entry i is link index i.
  public let links: [Link]
  /// Name of the base link.
  public let baseName: String

  /// A link with the joint that carries it.
  public struct Link: Sendable, Equatable {
    /// Name of the link.
    public var name: String
    /// Name of the joint between parent and link.
    public var joint: String
    /// Kind of motion.
    public var kind: URDFJointKind
    /// Index of the parent link, -1 for the base.
    public var parent: Int
    /// Lower joint limit after scaling, metres or radians.
    public var lower: Double
    /// Upper joint limit after scaling, metres or radians; below `lower` when there is no limit.
    public var upper: Double
    /// Centre-of-mass frame in the link's frame.
    public var linkFromCenterOfMass: Pose
  }

  /// Converts a URDF model as `loadURDF(useFixedBase:, globalScaling:)` does: file inertias are
  /// ignored, lengths are multiplied by `scaling`, and `isFixed` takes the base's mass away.
  public init(
    _ urdf: URDFModel, scaling: Double = 1, isFixed: Bool = false,
    meshes: [String: MeshFile]
  ) throws(PhysicsError) {
    let tree = try LinkTree(urdf)
    var shapes: [CollisionShape] = []
    var collisions: [cbullet_collision] = []
    var collisionRanges: [Range<Int>] = []
    for entry in tree.entries {
      let start = collisions.count
      for collision in entry.link.collisions {
        let shape = try CollisionShape(
          collision, scaling: scaling, meshes: meshes, model: urdf.path)
        shapes.append(shape)
        collisions.append(
          cbullet_collision(
            shape: shape.handle, origin: cbullet_origin(collision.origin, scaling: scaling)))
      }
      collisionRanges.append(start..<collisions.count)
    }
    var created: OpaquePointer?
    let status = collisions.withUnsafeBufferPointer { collisions in
      let links = zip(tree.entries, collisionRanges).map { entry, range in
        cbullet_link(
          entry, scaling: scaling,
          collisions: UnsafeBufferPointer(rebasing: collisions[range]))
      }
      return cbullet_model_create(links, Int32(links.count), isFixed, &created)
    }
    withExtendedLifetime(shapes) {}
    guard status == CBULLET_OK, let created else {
      throw .bulletFailed(operation: "creating model \(urdf.path)")
    }
    handle = created
    name = urdf.name
    baseName = tree.entries[0].link.name
    links = tree.entries.dropFirst().map { entry in
      Link(
        name: entry.link.name, joint: entry.joint?.name ?? "", kind: entry.joint?.kind ?? .fixed,
        parent: entry.parent, lower: entry.lower(scaling), upper: entry.upper(scaling),
        linkFromCenterOfMass: Pose(
          position: entry.link.inertial.origin.position * scaling,
          orientation: Quaternion(euler: entry.link.inertial.origin.rollPitchYaw ?? .zero)))
    }
  }

  /// A fixed body without shapes, as `createMultiBody` with only a visual shape makes it.
  public init(emptyNamed name: String) throws(PhysicsError) {
    var base = cbullet_link()
    base.contact.lateral_friction = URDFContact().lateralFriction
    var created: OpaquePointer?
    guard cbullet_model_create(&base, 1, true, &created) == CBULLET_OK, let created else {
      throw .bulletFailed(operation: "creating model \(name)")
    }
    handle = created
    self.name = name
    baseName = name
    links = []
  }

  deinit { cbullet_model_destroy(handle) }

  /// Index of the link carried by the named joint.
  public func linkIndex(ofJoint joint: String) -> Int? {
    links.firstIndex { $0.joint == joint }
  }

  /// Index of the named link.
  public func linkIndex(named name: String) -> Int? {
    links.firstIndex { $0.name == name }
  }

  /// Local inertia diagonal (kg·m²) that was computed for a link; -1 is the base.
  public func inertia(ofLink link: Int) -> Vector3 {
    var inertia = (0.0, 0.0, 0.0)
    let status = withUnsafeMutableBytes(of: &inertia) { bytes in
      cbullet_model_get_inertia(
        handle, Int32(link), bytes.assumingMemoryBound(to: Double.self).baseAddress)
    }
    precondition(status == CBULLET_OK, "\(name) has no link \(link)")
    return Vector3(inertia.0, inertia.1, inertia.2)
  }
}

extension cbullet_origin {
  /// An origin with scaled translation.
  fileprivate init(_ origin: URDFOrigin, scaling: Double) {
    let angles = origin.rollPitchYaw ?? .zero
    self.init(
      position: (
        origin.position.x * scaling, origin.position.y * scaling, origin.position.z * scaling
      ),
      roll_pitch_yaw: (angles.x, angles.y, angles.z), has_angles: origin.rollPitchYaw != nil)
  }
}

extension cbullet_link {
  /// Margin PyBullet gives to the compound of a link's collision shapes, metres.
  private static let compoundMargin = 0.001

  fileprivate init(
    _ entry: LinkTree.Entry, scaling: Double,
    collisions: UnsafeBufferPointer<cbullet_collision>
  ) {
    self.init()
    parent = Int32(entry.parent)
    inertial_origin = cbullet_origin(entry.link.inertial.origin, scaling: scaling)
    mass = entry.link.inertial.mass
    self.collisions = collisions.baseAddress
    collision_count = Int32(collisions.count)
    compound_margin = Self.compoundMargin
    contact = cbullet_contact_parameters(entry.link.contact)
    guard let joint = entry.joint else { return }
    self.joint =
      switch joint.kind {
      case .fixed: CBULLET_FIXED
      case .revolute: CBULLET_REVOLUTE
      case .continuous: CBULLET_CONTINUOUS
      case .prismatic: CBULLET_PRISMATIC
      }
    joint_origin = cbullet_origin(joint.origin, scaling: scaling)
    axis = (joint.axis.x, joint.axis.y, joint.axis.z)
    lower = entry.lower(scaling)
    upper = entry.upper(scaling)
    joint_damping = joint.damping
  }
}

extension cbullet_contact_parameters {
  fileprivate init(_ contact: URDFContact) {
    self.init(
      lateral_friction: contact.lateralFriction,
      spinning_friction: contact.spinningFriction ?? 0,
      rolling_friction: contact.rollingFriction ?? 0, restitution: contact.restitution ?? 0,
      stiffness: contact.stiffness ?? 0, damping: contact.damping ?? 0,
      has_spinning_friction: contact.spinningFriction != nil,
      has_rolling_friction: contact.rollingFriction != nil,
      has_restitution: contact.restitution != nil,
      has_stiffness_and_damping: contact.stiffness != nil && contact.damping != nil,
      has_friction_anchor: contact.hasFrictionAnchor)
  }
}

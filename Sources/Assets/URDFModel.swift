import Geometry

/// A robot description file as plain values, before any scaling; lengths in metres, angles in radians.
public struct URDFModel: Sendable, Equatable {
  /// The `name` attribute of `<robot>`.
  public var name: String
  /// Links in file order.
  public var links: [URDFLink]
  /// Joints in file order (the order that decides PyBullet's link indices).
  public var joints: [URDFJoint]
  /// Colours by material name; a later definition of a name replaces an earlier one for all links.
  public var materials: [String: SIMD4<Double>]
  /// The file the model was read from.
  public var path: String

  /// A model of these parts.
  public init(
    name: String, links: [URDFLink], joints: [URDFJoint], materials: [String: SIMD4<Double>],
    path: String
  ) {
    self.name = name
    self.links = links
    self.joints = joints
    self.materials = materials
    self.path = path
  }
}

/// A pose in a URDF file. A missing `rpy` is not the same as zeros: PyBullet sends given angles
/// through a quaternion, missing ones not.
public struct URDFOrigin: Sendable, Equatable {
  /// Translation in metres.
  public var position: Vector3
  /// Roll, pitch, yaw in radians, nil when the attribute is absent.
  public var rollPitchYaw: Vector3?

  /// An origin with this translation and these angles.
  public init(position: Vector3 = .zero, rollPitchYaw: Vector3? = nil) {
    self.position = position
    self.rollPitchYaw = rollPitchYaw
  }
}

/// `<inertial>`; the inertia tensor of the file is not kept because PyBullet ignores it.
public struct URDFInertial: Sendable, Equatable {
  /// Link frame to centre-of-mass frame.
  public var origin: URDFOrigin
  /// Kilograms.
  public var mass: Double

  /// An inertial element with this frame and mass.
  public init(origin: URDFOrigin = URDFOrigin(), mass: Double = 0) {
    self.origin = origin
    self.mass = mass
  }
}

/// A shape as the file gives it, unscaled.
public enum URDFGeometry: Sendable, Equatable {
  /// Full edge lengths.
  case box(size: Vector3)
  /// Radius and full length along z.
  case cylinder(radius: Double, length: Double)
  /// Radius.
  case sphere(radius: Double)
  /// A mesh file (resolved path) and its `scale` attribute.
  case mesh(path: String, scale: Vector3)
}

/// `<visual>`.
public struct URDFVisual: Sendable, Equatable {
  /// Link frame to shape frame.
  public var origin: URDFOrigin
  /// The shape.
  public var geometry: URDFGeometry
  /// Name of the material, if any; look it up in `URDFModel.materials`.
  public var materialName: String?
  /// Colour given on the spot (used when the name is absent from the model's map).
  public var localColor: SIMD4<Double>?

  /// A visual of these parts.
  public init(
    origin: URDFOrigin, geometry: URDFGeometry, materialName: String?,
    localColor: SIMD4<Double>?
  ) {
    self.origin = origin
    self.geometry = geometry
    self.materialName = materialName
    self.localColor = localColor
  }
}

/// `<collision>`.
public struct URDFCollision: Sendable, Equatable {
  /// Link frame to shape frame.
  public var origin: URDFOrigin
  /// The shape.
  public var geometry: URDFGeometry
  /// True when the element carries a `concave` attribute, whatever its value.
  public var isConcave: Bool

  /// A collision element of these parts.
  public init(origin: URDFOrigin, geometry: URDFGeometry, isConcave: Bool) {
    self.origin = origin
    self.geometry = geometry
    self.isConcave = isConcave
  }
}

/// `<contact>`; nil where the file gives nothing (lateral friction then is 0.5).
public struct URDFContact: Sendable, Equatable {
  /// Coulomb friction coefficient.
  public var lateralFriction = 0.5
  /// Spinning friction coefficient.
  public var spinningFriction: Double?
  /// Rolling friction coefficient.
  public var rollingFriction: Double?
  /// Restitution coefficient.
  public var restitution: Double?
  /// Contact stiffness, N/m.
  public var stiffness: Double?
  /// Contact damping, N·s/m.
  public var damping: Double?
  /// True when `<friction_anchor/>` is present.
  public var hasFrictionAnchor = false

  /// Default contact parameters.
  public init() {}
}

/// `<link>`.
public struct URDFLink: Sendable, Equatable {
  /// Name, unique in its model.
  public var name: String
  /// Mass and centre-of-mass frame.
  public var inertial: URDFInertial
  /// Shapes to draw, in file order.
  public var visuals: [URDFVisual]
  /// Shapes to collide with, in file order.
  public var collisions: [URDFCollision]
  /// Contact parameters.
  public var contact: URDFContact

  /// A link of these parts.
  public init(
    name: String, inertial: URDFInertial, visuals: [URDFVisual], collisions: [URDFCollision],
    contact: URDFContact
  ) {
    self.name = name
    self.inertial = inertial
    self.visuals = visuals
    self.collisions = collisions
    self.contact = contact
  }
}

/// The kinds of joint the scenes use.
public enum URDFJointKind: String, Sendable, Equatable {
  /// Rotation about `axis` within limits.
  case revolute
  /// Rotation without limits.
  case continuous
  /// Translation along `axis` within limits.
  case prismatic
  /// No motion.
  case fixed
}

/// `<joint>`.
public struct URDFJoint: Sendable, Equatable {
  /// Name, unique in its model.
  public var name: String
  /// Kind of motion.
  public var kind: URDFJointKind
  /// Parent link frame to joint frame.
  public var origin: URDFOrigin
  /// Name of the parent link.
  public var parent: String
  /// Name of the child link.
  public var child: String
  /// Axis in the joint frame as the file gives it ((1, 0, 0) when missing).
  public var axis: Vector3
  /// Lower limit (radians or metres); lower 0 and upper -1 mean "no limit".
  public var lower: Double
  /// Upper limit (radians or metres).
  public var upper: Double
  /// Effort limit (N or N·m).
  public var effort: Double
  /// Velocity limit (rad/s or m/s).
  public var velocity: Double
  /// `<dynamics damping>`.
  public var damping: Double
  /// `<dynamics friction>`.
  public var friction: Double

  /// A joint of these parts.
  public init(
    name: String, kind: URDFJointKind, origin: URDFOrigin, parent: String, child: String,
    axis: Vector3, lower: Double, upper: Double, effort: Double, velocity: Double,
    damping: Double, friction: Double
  ) {
    self.name = name
    self.kind = kind
    self.origin = origin
    self.parent = parent
    self.child = child
    self.axis = axis
    self.lower = lower
    self.upper = upper
    self.effort = effort
    self.velocity = velocity
    self.damping = damping
    self.friction = friction
  }
}

import Geometry

/// A scene file (`conf/scene/*.yaml`) as plain values; lists keep the file's order.
public struct SceneDescription: Sendable, Equatable {
  /// Name of the scene: A, B, C, D, or the file's stem.
  public var name: String
  /// Scale applied to blocks and table (0.8).
  public var globalScaling: Double
  /// Position of the robot's base link frame, metres.
  public var robotBasePosition: Vector3
  /// Orientation of the robot's base, Euler angles in radians.
  public var robotBaseOrientation: Vector3
  /// Joints 1-7 after a reset without given state, radians.
  public var robotInitialJointPositions: [Double]
  /// Boxes from which block positions are drawn, in file order.
  public var surfaces: [Surface]
  /// The table and other bodies that do not move as a whole, in file order.
  public var fixedObjects: [FixedObject]
  /// The blocks, in file order (which decides body ids and `scene_obs[6...]`).
  public var movableObjects: [MovableObject]

  /// A named box with corners in metres, world frame.
  public struct Surface: Sendable, Equatable {
    /// Name, e.g. `slider_left`.
    public var name: String
    /// Lower corner.
    public var lower: Vector3
    /// Upper corner.
    public var upper: Vector3
    /// A surface of these parts.
    public init(name: String, lower: Vector3, upper: Vector3) {
      self.name = name
      self.lower = lower
      self.upper = upper
    }
  }

  /// A placement that is given, or drawn from the surfaces (`any` or a surface's name).
  public enum Placement: Sendable, Equatable {
    /// Drawn from all surfaces.
    case any
    /// Drawn from the named surface.
    case surface(String)
    /// Given numbers: a position in metres, or Euler angles in radians.
    case given(Vector3)
  }

  /// A movable object (a block).
  public struct MovableObject: Sendable, Equatable {
    /// Name, e.g. `block_red`.
    public var name: String
    /// URDF file, relative to the data folder.
    public var file: String
    /// Position at load and at random resets.
    public var position: Placement
    /// Orientation at load and at random resets.
    public var orientation: Placement
    /// A movable object of these parts.
    public init(name: String, file: String, position: Placement, orientation: Placement) {
      self.name = name
      self.file = file
      self.position = position
      self.orientation = orientation
    }
  }

  /// A named joint with the position it is reset to.
  public struct JointState: Sendable, Equatable {
    /// Joint name in the URDF.
    public var joint: String
    /// Position after a reset without given state (metres or radians).
    public var initialState: Double
    /// Name of the light it acts on (buttons and switches).
    public var effect: String?
    /// A joint entry of these parts.
    public init(joint: String, initialState: Double, effect: String? = nil) {
      self.joint = joint
      self.initialState = initialState
      self.effect = effect
    }
  }

  /// A light: a link that changes colour.
  public struct Light: Sendable, Equatable {
    /// Name, e.g. `lightbulb`.
    public var name: String
    /// Link name in the URDF.
    public var link: String
    /// RGBA when on.
    public var color: SIMD4<Double>
    /// A light of these parts.
    public init(name: String, link: String, color: SIMD4<Double>) {
      self.name = name
      self.link = link
      self.color = color
    }
  }

  /// A fixed object, possibly articulated (the table).
  public struct FixedObject: Sendable, Equatable {
    /// Name, e.g. `table`.
    public var name: String
    /// URDF file, relative to the data folder.
    public var file: String
    /// Base position, metres.
    public var position: Vector3
    /// Base orientation, Euler angles in radians.
    public var orientation: Vector3
    /// Doors (slide, drawer), in file order.
    public var joints: [JointState]
    /// Buttons, in file order.
    public var buttons: [JointState]
    /// Switches, in file order.
    public var switches: [JointState]
    /// Lights, in file order.
    public var lights: [Light]
    /// A fixed object of these parts.
    public init(
      name: String, file: String, position: Vector3, orientation: Vector3,
      joints: [JointState], buttons: [JointState], switches: [JointState], lights: [Light]
    ) {
      self.name = name
      self.file = file
      self.position = position
      self.orientation = orientation
      self.joints = joints
      self.buttons = buttons
      self.switches = switches
      self.lights = lights
    }
  }

  /// A scene of these parts.
  public init(
    name: String, globalScaling: Double, robotBasePosition: Vector3,
    robotBaseOrientation: Vector3, robotInitialJointPositions: [Double], surfaces: [Surface],
    fixedObjects: [FixedObject], movableObjects: [MovableObject]
  ) {
    self.name = name
    self.globalScaling = globalScaling
    self.robotBasePosition = robotBasePosition
    self.robotBaseOrientation = robotBaseOrientation
    self.robotInitialJointPositions = robotInitialJointPositions
    self.surfaces = surfaces
    self.fixedObjects = fixedObjects
    self.movableObjects = movableObjects
  }
}

/// A robot file (`conf/robot/*.yaml`) as plain values, `defaults` resolved.
public struct RobotDescription: Sendable, Equatable {
  /// URDF file, relative to the data folder.
  public var file: String
  /// Arm joint indices (0-6).
  public var armJointIDs: [Int]
  /// Finger joint indices (9, 11).
  public var gripperJointIDs: [Int]
  /// Closed and open finger position, metres (0, 0.04).
  public var gripperJointLimits: [Double]
  /// Lower arm joint limits used to clip IK solutions, radians.
  public var lowerJointLimits: [Double]
  /// Upper arm joint limits used to clip IK solutions, radians.
  public var upperJointLimits: [Double]
  /// Motor force of the arm joints, N·m (200).
  public var maxJointForce: Double
  /// Motor force of the closing fingers, N (200; opening uses a hundredth).
  public var gripperForce: Double
  /// Velocity bound of the arm motors, rad/s (2).
  public var maxVelocity: Double
  /// Link index of the tool centre point (15).
  public var tcpLink: Int
  /// Link index given as `end_effector_link_id`.
  public var endEffectorLink: Int
  /// Link index given as `gripper_cam_link`.
  public var gripperCameraLink: Int
  /// True when IK uses the null space.
  public var usesNullSpace: Bool
  /// True when relative actions integrate the last target instead of the measured pose.
  public var usesTargetPose: Bool
  /// True when orientations are reported as Euler angles.
  public var usesEulerObservations: Bool
  /// `magic_scaling_factor_pos`.
  public var positionScaling: Double
  /// `magic_scaling_factor_orn`.
  public var orientationScaling: Double

  /// A robot with these settings.
  public init(
    file: String, armJointIDs: [Int], gripperJointIDs: [Int], gripperJointLimits: [Double],
    lowerJointLimits: [Double], upperJointLimits: [Double], maxJointForce: Double,
    gripperForce: Double, maxVelocity: Double, tcpLink: Int, endEffectorLink: Int,
    gripperCameraLink: Int, usesNullSpace: Bool, usesTargetPose: Bool,
    usesEulerObservations: Bool, positionScaling: Double, orientationScaling: Double
  ) {
    self.file = file
    self.armJointIDs = armJointIDs
    self.gripperJointIDs = gripperJointIDs
    self.gripperJointLimits = gripperJointLimits
    self.lowerJointLimits = lowerJointLimits
    self.upperJointLimits = upperJointLimits
    self.maxJointForce = maxJointForce
    self.gripperForce = gripperForce
    self.maxVelocity = maxVelocity
    self.tcpLink = tcpLink
    self.endEffectorLink = endEffectorLink
    self.gripperCameraLink = gripperCameraLink
    self.usesNullSpace = usesNullSpace
    self.usesTargetPose = usesTargetPose
    self.usesEulerObservations = usesEulerObservations
    self.positionScaling = positionScaling
    self.orientationScaling = orientationScaling
  }
}

/// A camera file (`conf/cameras/cameras/*.yaml`) as plain values.
public struct CameraDescription: Sendable, Equatable {
  /// Where the camera is.
  public enum Mounting: Sendable, Equatable {
    /// Fixed in the world: eye and target in metres, up vector.
    case fixed(lookFrom: Vector3, lookAt: Vector3, up: Vector3)
    /// On the robot's gripper camera link.
    case gripper
  }

  /// Name, e.g. `static`.
  public var name: String
  /// Where the camera is.
  public var mounting: Mounting
  /// Vertical field of view in degrees.
  public var fieldOfViewDegrees: Double
  /// Width over height of the projection.
  public var aspect: Double
  /// Near plane, metres.
  public var near: Double
  /// Far plane, metres.
  public var far: Double
  /// Pixels per row.
  public var width: Int
  /// Rows.
  public var height: Int

  /// A camera with these settings.
  public init(
    name: String, mounting: Mounting, fieldOfViewDegrees: Double, aspect: Double, near: Double,
    far: Double, width: Int, height: Int
  ) {
    self.name = name
    self.mounting = mounting
    self.fieldOfViewDegrees = fieldOfViewDegrees
    self.aspect = aspect
    self.near = near
    self.far = far
    self.width = width
    self.height = height
  }
}

import Geometry

/// The part of calvin_env's `get_info()` the task oracle reads.
public struct SceneInfo: Sendable, Equatable {
  /// One side of a contact as the oracle sees it.
  public struct Contact: Sendable, Hashable, Comparable {
    /// Body id: robot 0, base cylinder 1, blocks 2-4 in scene-file order, table 5, plane 6.
    public var body: Int32
    /// Link index, -1 for the base.
    public var link: Int32
    /// A contact with this body and link.
    @inlinable public init(body: Int32, link: Int32) {
      self.body = body
      self.link = link
    }
    /// By body, then link.
    public static func < (a: Self, b: Self) -> Bool { (a.body, a.link) < (b.body, b.link) }
  }

  /// State of one block.
  public struct Block: Sendable, Equatable {
    /// Name, e.g. `block_red`.
    public var name: String
    /// Body id.
    public var body: Int32
    /// Centre of mass in the world, metres; orientation xyzw.
    public var pose: Pose
    /// m/s.
    public var linearVelocity: Vector3
    /// rad/s.
    public var angularVelocity: Vector3
    /// What it touches, sorted, without repetition.
    public var contacts: [Contact]
    /// A block of these parts.
    public init(
      name: String, body: Int32, pose: Pose, linearVelocity: Vector3, angularVelocity: Vector3,
      contacts: [Contact]
    ) {
      self.name = name
      self.body = body
      self.pose = pose
      self.linearVelocity = linearVelocity
      self.angularVelocity = angularVelocity
      self.contacts = contacts
    }
  }

  /// Blocks in scene-file order.
  public var blocks: [Block]
  /// Doors by joint name (`base__slide`, `base__drawer`): position in metres.
  public var doors: [Door]
  /// Lights by name (`lightbulb`, `led`): 1 on, 0 off.
  public var lights: [Light]
  /// What the robot touches (every contact's other side), sorted, without repetition.
  public var robotContacts: [Contact]
  /// Body and link names needed to resolve the oracle's names (`table`, `plank_link`).
  public var names: BodyNames

  /// A door's position.
  public struct Door: Sendable, Equatable {
    /// Joint name.
    public var joint: String
    /// Metres (or radians).
    public var position: Double
    /// A door of these parts.
    public init(joint: String, position: Double) {
      self.joint = joint
      self.position = position
    }
  }

  /// A light's logical state.
  public struct Light: Sendable, Equatable {
    /// Name.
    public var name: String
    /// 1 on, 0 off.
    public var state: Int
    /// A light of these parts.
    public init(name: String, state: Int) {
      self.name = name
      self.state = state
    }
  }

  /// Numbers of the bodies and links the oracle names.
  public struct BodyNames: Sendable, Equatable {
    /// Body id of each fixed object, by name (`table` -> 5).
    public var fixedBodies: [String: Int32]
    /// Link index by fixed object's name and link name; the base link is -1.
    public var links: [String: [String: Int32]]
    /// Body id of the robot (0).
    public var robot: Int32
    /// Names of these parts.
    public init(
      fixedBodies: [String: Int32], links: [String: [String: Int32]], robot: Int32 = 0
    ) {
      self.fixedBodies = fixedBodies
      self.links = links
      self.robot = robot
    }
  }

  /// Info of these parts.
  public init(
    blocks: [Block], doors: [Door], lights: [Light], robotContacts: [Contact], names: BodyNames
  ) {
    self.blocks = blocks
    self.doors = doors
    self.lights = lights
    self.robotContacts = robotContacts
    self.names = names
  }
}

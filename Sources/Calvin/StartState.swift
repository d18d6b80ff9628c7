import Geometry
import NumPy

/// What the start state of a chain depends on in a scene: order of blocks and places for them.
public struct SceneLayout: Sendable, Equatable {
  /// A named box blocks are put on, corners in metres, world frame.
  public struct Surface: Sendable, Equatable {
    /// `table`, `slider_left`, `slider_right`.
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

  /// Scene name; only D has official start states.
  public var scene: String
  /// Block names in scene-file order (the order of `scene_obs`).
  public var blocks: [String]
  /// Places for blocks.
  public var surfaces: [Surface]

  /// A layout of these parts.
  public init(scene: String, blocks: [String], surfaces: [Surface]) {
    self.scene = scene
    self.blocks = blocks
    self.surfaces = surfaces
  }

  /// Scene D's layout, the one official chains are made for.
  public static let official = SceneLayout(
    scene: "D", blocks: ["block_red", "block_blue", "block_pink"],
    surfaces: [
      Surface(name: "table", lower: [0, -0.15, 0.46], upper: [0.35, -0.03, 0.46]),
      Surface(name: "slider_left", lower: [-0.32, 0.05, 0.46], upper: [-0.16, 0.12, 0.46]),
      Surface(name: "slider_right", lower: [-0.05, 0.05, 0.46], upper: [0.13, 0.12, 0.46]),
    ])

  /// True when upstream's own start states apply: scene D with its blocks in its order.
  public var isOfficial: Bool { scene == "D" && blocks == Self.official.blocks }
}

extension InitialState {
  /// The numbers a chain starts from in a scene.
  ///
  /// In D they are `get_env_state_for_initial_condition`, bit for bit. Elsewhere blocks are found
  /// by name, shelf places are the centres of that scene's surfaces and table places are drawn on
  /// its table, by a generator seeded with the state's hash.
  public func startState(in layout: SceneLayout) throws(CalvinError) -> EnvironmentState {
    var random = RandomState(seed: seed)
    var tablePlaces = Self.officialTablePlaces
    random.shuffle(&tablePlaces)
    var scene = [Double](repeating: 0, count: 6 + 6 * layout.blocks.count)
    if self["slider"] == .word("left") { scene[0] = 0.28 }
    if self["drawer"] == .word("open") { scene[1] = 0.22 }
    if self["lightbulb"] == .number(1) {
      scene[3] = 0.088
      scene[4] = 1
    }
    if self["led"] == .number(1) { scene[5] = 1 }

    var taken: [Vector3] = []
    for block in Self.blockKeys {
      guard case .word(let place)? = self[block] else {
        throw CalvinError("initial state", "has no place for \(block)")
      }
      let position: Vector3
      if layout.isOfficial {
        position = officialPosition(of: block, at: place, tablePlaces: tablePlaces)
      } else {
        position = try layout.position(at: place, awayFrom: taken, random: &random)
      }
      taken.append(position)
      let angle = random.uniform(.pi / 2 - .pi / 8, .pi / 2 + .pi / 8)
      let name = "block_" + block.dropLast("_block".count)
      guard let index = layout.blocks.firstIndex(of: name) else {
        throw CalvinError(
          "scene \(layout.scene)",
          "has no \(name) to put at \(place) (\(layout.blocks.joined(separator: ", ")))")
      }
      let offset = 6 + 6 * index
      (scene[offset], scene[offset + 1], scene[offset + 2]) = (position.x, position.y, position.z)
      scene[offset + 5] = angle
    }
    return EnvironmentState(
      robotObservation: Self.officialRobotObservation, sceneObservation: scene)
  }

  private static let blockKeys = ["red_block", "blue_block", "pink_block"]

  private func officialPosition(
    of block: String, at place: String, tablePlaces: [Vector3]
  ) -> Vector3 {
    switch place {
    case "slider_right": Vector3(7.03416330e-02, 9.24044687e-02, 4.60990009e-01)
    case "slider_left": Vector3(-2.40851662e-01, 9.24044687e-02, 4.60990009e-01)
    default:
      switch block {
      case "red_block": tablePlaces[0]
      case "blue_block": tablePlaces[self["red_block"] == .word("table") ? 1 : 0]
      default: tablePlaces[1]
      }
    }
  }

  private static let officialTablePlaces: [Vector3] = [
    Vector3(5.00000896e-02, -1.20000177e-01, 4.59990009e-01),
    Vector3(2.29995412e-01, -1.19995140e-01, 4.59990010e-01),
  ]

  /// `robot_obs` at the start of every official chain.
  public static let officialRobotObservation = [
    0.02586889, -0.2313129, 0.5712808, 3.09045411, -0.02908596, 1.50013585, 0.07999963,
    -1.21779124, 1.03987629, 2.11978254, -2.34205014, -0.87015899, 1.64119093, 0.55344928, 1.0,
  ]
}

extension SceneLayout {
  /// A place on the named surface: the middle of a shelf, or a spot on the table that keeps 0.15 m
  /// from blocks already placed (less only where the table has no such spot).
  fileprivate func position(
    at place: String, awayFrom taken: [Vector3], random: inout RandomState
  ) throws(CalvinError) -> Vector3 {
    guard let surface = surfaces.first(where: { $0.name == place }) else {
      throw CalvinError(
        "scene \(scene)",
        "has no surface '\(place)' (\(surfaces.map(\.name).joined(separator: ", ")))")
    }
    guard place == "table" else { return (surface.lower + surface.upper) / 2 }
    var distance = 0.15
    while true {
      for _ in 0..<100 {
        let x = random.uniform(surface.lower.x, surface.upper.x)
        let y = random.uniform(surface.lower.y, surface.upper.y)
        let spot = Vector3(x, y, random.uniform(surface.lower.z, surface.upper.z))
        if taken.allSatisfy({ !(($0 - spot).length < distance) }) { return spot }
      }
      distance *= 0.9
    }
  }
}

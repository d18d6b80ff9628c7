import Assets
import Geometry

/// What the expert knows of a scene before it starts: where things are fastened and how large the
/// blocks are, all measured in the scene's own files.
public struct Workbench: Sendable {
  /// The sliding door, the drawer, the button and the switch.
  let door: Fixture
  let drawer: Fixture
  let button: Fixture
  let switchLever: Fixture
  /// The shelf behind the sliding door.
  let shelf: Box
  /// The table's top: its height and the y of its front edge.
  let tableHeight: Double
  let tableFront: Double
  /// Collision shapes of the table and its parts.
  let solids: [Solid]
  /// Where the robot stands.
  let robotBase: Vector3
  /// Edge lengths of each block in its own frame, metres, in scene-file order.
  let blockSizes: [Vector3]

  /// Measures a scene; throws naming the part that is missing.
  public init(_ assets: SceneAssets) throws(ExpertError) {
    guard let table = assets.scene.fixedObjects.indices.first else {
      throw .missing("a fixed object (the table)")
    }
    let object = assets.scene.fixedObjects[table]
    func fixture(_ joint: String?, _ what: String) throws(ExpertError) -> Fixture {
      guard let joint, let found = Fixture(joint: joint, of: table, in: assets) else {
        throw .missing(what)
      }
      return found
    }
    func door(along axis: Int) -> String? {
      object.joints.map(\.joint).first { name in
        Fixture(joint: name, of: table, in: assets).map { abs($0.axis[axis]) > 0.9 } ?? false
      }
    }
    self.door = try fixture(door(along: 0), "a sliding door (a joint along x)")
    drawer = try fixture(door(along: 1), "a drawer (a joint along y)")
    button = try fixture(object.buttons.first?.joint, "a button")
    switchLever = try fixture(object.switches.first?.joint, "a switch")
    let plank = assets.fixedModels[table].joints.first { $0.child == "plank_link" }
    shelf = try fixture(plank?.name, "a shelf (plank_link)").body
    tableHeight = shelf.upper.z
    guard let base = Fixture.base(of: table, in: assets) else { throw .missing("a table top") }
    tableFront = base.lower.y
    solids = assets.fixedModels[table].links.compactMap { link in
      LinkShapes(of: link.name, object: table, in: assets).map {
        Solid(joint: $0.joint, axis: $0.axis, triangles: $0.triangles)
      }
    }
    robotBase = assets.scene.robotBasePosition
    blockSizes = assets.movableModels.map { model in
      guard let link = model.links.first, case .box(let size)? = link.collisions.first?.geometry
      else { return Vector3(repeating: 0.04) }
      return size * assets.scene.globalScaling
    }
  }
}

/// Why the expert cannot work in a scene.
public enum ExpertError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The scene lacks a part.
  case missing(String)
  /// The task is not one of the 34.
  case unknownTask(String)

  /// What is missing and what was expected.
  public var description: String {
    switch self {
    case .missing(let part): "the expert needs \(part), which this scene does not have"
    case .unknownTask(let name): "the expert has no recipe for task \(name)"
    }
  }
}

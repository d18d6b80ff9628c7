import Assets
import Digests
import Geometry
import NumPy

/// Draws block poses as calvin_env does, from gym 0.21's generator for a seed.
struct Placement {
  private var random: RandomState
  private let surfaces: [SceneDescription.Surface]

  init(seed: UInt32, surfaces: [SceneDescription.Surface]) {
    // gym hashes the seed's decimals and feeds the first 8 bytes as little-endian 32-bit words.
    let digest = sha512(String(seed))
    let words = (0..<2).map { word in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(digest[4 * word + $1]) << (8 * UInt32($1)) }
    }
    random = RandomState(seed: words[1] == 0 ? [words[0]] : words)
    self.surfaces = surfaces
  }

  /// A pose for this block; given coordinates draw nothing.
  mutating func pose(of block: SceneDescription.MovableObject) throws(SimulationError) -> Pose {
    let position: Vector3
    switch block.position {
    case .given(let given):
      position = given
    case .any:
      guard !surfaces.isEmpty else {
        throw .unsupported("block \(block.name) lies on any surface, but the scene has none")
      }
      position = draw(from: random.choice(surfaces))
    case .surface(let name):
      guard let surface = surfaces.first(where: { $0.name == name }) else {
        throw .unsupported(
          "block \(block.name) lies on surface '\(name)', expected one of: "
            + surfaces.map(\.name).joined(separator: ", "))
      }
      position = draw(from: surface)
    }
    switch block.orientation {
    case .given(let euler):
      return Pose(position: position, orientation: Quaternion(euler: euler))
    case .any:
      let euler = random.uniform([0, 0, -Double.pi], [0, 0, Double.pi])
      return Pose(
        position: position,
        orientation: Quaternion(euler: Vector3(euler[0], euler[1], euler[2])))
    case .surface(let name):
      throw .unsupported(
        "block \(block.name) has the orientation '\(name)', expected `any` or angles")
    }
  }

  private mutating func draw(from surface: SceneDescription.Surface) -> Vector3 {
    let (lower, upper) = (surface.lower, surface.upper)
    let drawn = random.uniform([lower.x, lower.y, lower.z], [upper.x, upper.y, upper.z])
    return Vector3(drawn[0], drawn[1], drawn[2])
  }
}

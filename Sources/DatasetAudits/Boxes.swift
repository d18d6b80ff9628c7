import Assets
import Geometry
import Simulation

/// A block as the box it is.
struct BlockBox: Sendable, Equatable {
  /// Name in the scene file.
  var name: String
  /// Its body in drawings.
  var body: Int
  /// Half lengths along its axes, metres.
  var half: Vector3
  /// Where its centre is.
  var worldFromBox: Transform

  /// Corners, the ones that differ in one bit of their index joined by an edge.
  var corners: [Vector3] {
    (0..<8).map { index in
      worldFromBox(
        Vector3(
          index & 1 == 0 ? -half.x : half.x, index & 2 == 0 ? -half.y : half.y,
          index & 4 == 0 ? -half.z : half.z))
    }
  }

  /// Pairs of corners joined by an edge.
  static let edges = (0..<8).flatMap { a in
    [1, 2, 4].compactMap { bit in a & bit == 0 ? (a, a | bit) : nil }
  }

  /// Distance of a point from the surface, negative inside.
  func distance(to point: Vector3) -> Double {
    let local = worldFromBox.inverse(point)
    let q = Vector3(abs(local.x), abs(local.y), abs(local.z)) - half
    let outside = Vector3(max(q.x, 0), max(q.y, 0), max(q.z, 0)).length
    return outside > 0 ? outside : max(q.x, q.y, q.z)
  }

  /// The blocks of a scene where an environment shows them; those that are no single box are left
  /// out.
  static func shown(in environment: Environment) -> [BlockBox] {
    let assets = environment.models.assets
    let blocks = zip(assets.movableModels, environment.info.blocks)
    return zip(assets.scene.movableObjects, blocks).enumerated().compactMap { index, pair in
      let (object, (model, block)) = pair
      guard let collision = model.links.first?.collisions.first,
        case .box(let size) = collision.geometry
      else { return nil }
      return BlockBox(
        name: object.name, body: SceneModels.BodyID.firstBlock + index,
        half: size * (0.5 * assets.scene.globalScaling), worldFromBox: Transform(block.pose))
    }
  }
}

import Assets
import Geometry

/// The collision shapes of one link of a fixed object, with every joint at 0; world frame, metres.
struct LinkShapes {
  /// Corners of each part, three per triangle. Groups of a mesh are parts, since each is a hull.
  let parts: [[Vector3]]
  /// The joint the link moves with; empty for the link that is fastened to the floor.
  let joint: String
  /// Displacement per unit of joint position.
  let axis: Vector3

  /// Reads a link's shapes; nil when there is no such link.
  init?(of name: String, object: Int, in assets: SceneAssets) {
    let model = assets.fixedModels[object]
    let scale = assets.scene.globalScaling
    guard let link = model.link(name) else { return nil }
    let placement = assets.scene.fixedObjects[object]
    var worldFromLink = Transform(
      Pose(position: placement.position, orientation: Quaternion(euler: placement.orientation)))
    // Every part of a play table hangs on its base.
    if let joint = model.joints.first(where: { $0.child == name }) {
      worldFromLink = worldFromLink * Transform(joint.origin, scale: scale)
      axis = worldFromLink.rotate(joint.axis)
      self.joint = joint.name
    } else {
      axis = .zero
      joint = ""
    }
    parts = link.collisions.flatMap { collision -> [[Vector3]] in
      let worldFromShape = worldFromLink * Transform(collision.origin, scale: scale)
      let parts =
        switch collision.geometry {
        case .box(let size): [Self.corners(ofBox: size * scale)]
        case .mesh(let path, let meshScale):
          (assets.meshes[path]?.parts ?? []).map { $0.map { $0 * meshScale * scale } }
        case .cylinder, .sphere: [[Vector3]]()
        }
      return parts.map { $0.map { worldFromShape($0) } }
    }
  }

  /// The box around each part.
  var boxes: [Box] { parts.compactMap { Box(around: $0) } }

  /// All triangles.
  var triangles: [Triangle] {
    parts.flatMap { corners in
      stride(from: 0, to: corners.count - 2, by: 3).map {
        Triangle(a: corners[$0], b: corners[$0 + 1], c: corners[$0 + 2])
      }
    }
  }

  /// A box's faces, two triangles each.
  private static func corners(ofBox size: Vector3) -> [Vector3] {
    func corner(_ index: Int) -> Vector3 {
      Vector3(
        index & 1 == 0 ? -size.x : size.x, index & 2 == 0 ? -size.y : size.y,
        index & 4 == 0 ? -size.z : size.z) * 0.5
    }
    let faces = [
      [0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5],
    ]
    return faces.flatMap { face in
      [face[0], face[1], face[2], face[0], face[2], face[3]].map(corner)
    }
  }
}

extension MeshFile {
  /// Corner positions of each group, three per triangle.
  fileprivate var parts: [[Vector3]] {
    func vector(_ values: [Float], _ index: Int) -> Vector3 {
      Vector3(
        Double(values[3 * index]), Double(values[3 * index + 1]), Double(values[3 * index + 2]))
    }
    switch self {
    case .obj(let model):
      return model.groups.map { group in
        group.corners.map { vector(model.positions, Int($0.position)) }
      }
    case .stl(let model):
      return [(0..<model.vertices.count / 3).map { vector(model.vertices, $0) }]
    }
  }
}

extension Transform {
  /// A URDF origin with its lengths scaled.
  fileprivate init(_ origin: URDFOrigin, scale: Double) {
    self.init(
      Pose(
        position: origin.position * scale,
        orientation: origin.rollPitchYaw.map { Quaternion(euler: $0) } ?? .identity))
  }
}

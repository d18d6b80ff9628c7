import Assets
import Geometry

/// A movable part of the table as the expert sees it: which way it goes and where to touch it.
struct Fixture: Sendable {
  /// Joint name, e.g. `base__drawer`.
  var joint: String
  /// Displacement in the world per unit of joint position.
  var axis: Vector3
  /// Joint limits, metres.
  var range: ClosedRange<Double>
  /// The whole link's collision shapes at joint position 0.
  var body: Box
  /// The part that sticks out and is meant to be touched, at joint position 0.
  var handle: Box
  /// The part with the largest level surface (a drawer's floor), at joint position 0.
  var floor: Box

  /// The handle at a joint position.
  func handle(at position: Double) -> Box { handle.moved(by: axis * position) }

  /// The whole link at a joint position.
  func body(at position: Double) -> Box { body.moved(by: axis * position) }
}

extension Fixture {
  /// Measures a joint's link in the assets; nil when the joint or its shapes are missing.
  init?(joint name: String, of object: Int, in assets: SceneAssets) {
    let model = assets.fixedModels[object]
    guard let joint = model.joints.first(where: { $0.name == name }) else { return nil }
    let scale = assets.scene.globalScaling
    let placement = assets.scene.fixedObjects[object]
    let worldFromBase = Transform(
      Pose(position: placement.position, orientation: Quaternion(euler: placement.orientation)))
    let worldFromLink = worldFromBase * Transform(joint.origin, scale: scale)
    let boxes = Self.partBoxes(of: joint.child, model, worldFromLink, scale, assets.meshes)
    guard let whole = boxes.union else { return nil }
    self.joint = name
    axis = worldFromLink.rotate(joint.axis)
    range = joint.lower * scale...max(joint.lower, joint.upper) * scale
    body = whole
    handle = Self.handle(among: boxes, whole: whole, axis: axis)
    floor = boxes.max { $0.size.x * $0.size.y < $1.size.x * $1.size.y } ?? whole
  }

  /// The box around the collision shapes of the link that is fastened to the floor.
  static func base(of object: Int, in assets: SceneAssets) -> Box? {
    let model = assets.fixedModels[object]
    let placement = assets.scene.fixedObjects[object]
    let worldFromBase = Transform(
      Pose(position: placement.position, orientation: Quaternion(euler: placement.orientation)))
    return model.rootLink.flatMap {
      partBoxes(of: $0.name, model, worldFromBase, assets.scene.globalScaling, assets.meshes).union
    }
  }

  /// Boxes of a link's collision parts: one per mesh group, since groups are separate hulls.
  private static func partBoxes(
    of link: String, _ model: URDFModel, _ worldFromLink: Transform, _ scale: Double,
    _ meshes: [String: MeshFile]
  ) -> [Box] {
    guard let link = model.link(link) else { return [] }
    return link.collisions.flatMap { collision -> [Box] in
      let worldFromShape = worldFromLink * Transform(collision.origin, scale: scale)
      func box(_ points: [Vector3]) -> Box? { Box(around: points.map { worldFromShape($0) }) }
      switch collision.geometry {
      case .box(let size):
        let half = size * (scale / 2)
        let corners = (0..<8).map { corner in
          Vector3(
            corner & 1 == 0 ? -half.x : half.x, corner & 2 == 0 ? -half.y : half.y,
            corner & 4 == 0 ? -half.z : half.z)
        }
        return [box(corners)].compactMap { $0 }
      case .mesh(let path, let meshScale):
        guard let mesh = meshes[path] else { return [] }
        return mesh.parts.compactMap { box($0.map { $0 * meshScale * scale }) }
      case .cylinder, .sphere:
        return []
      }
    }
  }

  /// A drawer's handle is what is farthest along its way out; a sliding door's what is beside the
  /// panel, its largest part; a small link is all handle.
  private static func handle(among boxes: [Box], whole: Box, axis: Vector3) -> Box {
    guard boxes.count > 1 else { return whole }
    if abs(axis.y) > 0.9 {
      return boxes.max { $0.center.dot(axis) < $1.center.dot(axis) } ?? whole
    }
    if abs(axis.x) > 0.9 {
      let panel = boxes.max { $0.volume < $1.volume }
      return boxes.filter { $0 != panel }.union ?? whole
    }
    return whole
  }
}

extension [Box] {
  fileprivate var union: Box? {
    reduce(Box?.none) { $0?.union($1) ?? $1 }
  }
}

extension MeshFile {
  /// Corner positions of each group.
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

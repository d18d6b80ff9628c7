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
    guard let joint = assets.fixedModels[object].joints.first(where: { $0.name == name }),
      let shapes = LinkShapes(of: joint.child, object: object, in: assets)
    else { return nil }
    let scale = assets.scene.globalScaling
    let boxes = shapes.boxes
    guard let whole = boxes.union else { return nil }
    self.joint = name
    axis = shapes.axis
    range = joint.lower * scale...max(joint.lower, joint.upper) * scale
    body = whole
    handle = Self.handle(among: boxes, whole: whole, axis: axis)
    floor = boxes.max { $0.size.x * $0.size.y < $1.size.x * $1.size.y } ?? whole
  }

  /// The box around the collision shapes of the link that is fastened to the floor.
  static func base(of object: Int, in assets: SceneAssets) -> Box? {
    assets.fixedModels[object].rootLink.flatMap {
      LinkShapes(of: $0.name, object: object, in: assets)?.boxes.union
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
  /// The smallest box around all of them; nil for none.
  fileprivate var union: Box? {
    reduce(Box?.none) { $0?.union($1) ?? $1 }
  }
}

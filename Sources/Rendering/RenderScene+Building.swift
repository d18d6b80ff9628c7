import Assets
import Geometry

extension RenderScene {
  /// Builds what PyBullet's renderer registers while calvin_env loads the scene: robot, base
  /// cylinder, blocks, fixed objects, floor. Throws `RenderError` on meshes that are not there.
  public init(_ assets: SceneAssets) throws(RenderError) {
    var builder = RenderSceneBuilder(assets: assets)
    try builder.add(assets.robotModel, scale: 1)
    try builder.addBaseCylinder(under: assets.scene)
    for model in assets.movableModels {
      try builder.add(model, scale: assets.scene.globalScaling, isFixed: false)
    }
    for model in assets.fixedModels {
      try builder.add(model, scale: assets.scene.globalScaling)
    }
    try builder.add(assets.planeModel, scale: 1)
    self = builder.scene
  }
}

private struct RenderSceneBuilder {
  let assets: SceneAssets
  private var shapes: [GraphicsShape] = []
  /// Instances in registration order.
  private var instances: [RenderScene.GraphicsInstance] = []
  private var textures: [Texture] = []
  private var linkFromCOM: [[Transform]] = []
  private var textureNumbers: [String: Int] = [:]
  /// PyBullet's cache: file, placement in the centre-of-mass frame, placement in the link frame.
  private var meshShapes: [MeshKey: Int] = [:]

  private struct MeshKey: Hashable {
    var path: String
    var comFromVisual: Transform
    var linkFromVisual: Transform
  }

  init(assets: SceneAssets) { self.assets = assets }

  var scene: RenderScene {
    var sorted: [RenderScene.GraphicsInstance] = []
    var shapes = shapes
    for shape in shapes.indices {
      let own = instances.filter { $0.shape == shape }
      shapes[shape].instances = sorted.count..<sorted.count + own.count
      sorted += own
    }
    return RenderScene(
      shapes: shapes, instances: sorted, textures: textures, linkFromCOM: linkFromCOM)
  }

  mutating func add(
    _ model: URDFModel, scale: Double, isFixed: Bool = true
  ) throws(RenderError) {
    let body = linkFromCOM.count
    let links = model.linksInBulletOrder
    let fixed = isFixed ? model.fixedLinks : []
    linkFromCOM.append(links.map { Transform($0.inertial.origin, scale: scale) })
    for (index, link) in links.enumerated() {
      // PyBullet shows the collision shapes of a link that has nothing else to show.
      let shown =
        link.visuals.isEmpty
        ? link.collisions.map { ($0.origin, $0.geometry, nil as URDFVisual?) }
        : link.visuals.map { ($0.origin, $0.geometry, $0) }
      for (origin, geometry, visual) in shown {
        let linkFromVisual = Transform(origin, scale: scale)
        let shape = try shape(
          geometry, scale: scale, linkFromVisual: linkFromVisual,
          linkFromCOM: linkFromCOM[body][index], model: model, link: link)
        instances.append(
          RenderScene.GraphicsInstance(
            shape: shape, body: body, link: index - 1,
            color: color(of: visual, model: model, link: index - 1),
            isFixed: fixed.contains(link.name)))
      }
    }
  }

  /// The visual-only cylinder calvin_env puts under the robot (radius 0.13 m).
  mutating func addBaseCylinder(under scene: SceneDescription) throws(RenderError) {
    let base = scene.robotBasePosition
    let yaw = scene.robotBaseOrientation.z
    let origin = Vector3(
      base.x - cosine(yaw) * 0.05, base.y - sine(yaw) * 0.05, base.z / 2)
    let link = URDFLink(
      name: "", inertial: URDFInertial(),
      visuals: [
        URDFVisual(
          origin: URDFOrigin(position: origin),
          geometry: .cylinder(radius: 0.13, length: base.z), materialName: nil,
          localColor: SIMD4(1, 1, 1, 1))
      ], collisions: [], contact: URDFContact())
    try add(
      URDFModel(
        name: "base cylinder", links: [link], joints: [], materials: [:], path: "base cylinder"),
      scale: 1)
  }

  private mutating func shape(
    _ geometry: URDFGeometry, scale: Double, linkFromVisual: Transform, linkFromCOM: Transform,
    model: URDFModel, link: URDFLink
  ) throws(RenderError) -> Int {
    let comFromVisual = linkFromCOM.inverse * linkFromVisual
    var corners: [GraphicsVertex]
    var meshScale = Vector3(1, 1, 1)
    var texture: Int?
    if case .mesh(let path, let fileScale) = geometry {
      let key = MeshKey(
        path: path, comFromVisual: comFromVisual, linkFromVisual: linkFromVisual)
      if let known = meshShapes[key] { return known }
      meshShapes[key] = shapes.count
      meshScale = fileScale * scale
      switch assets.meshes[path] {
      case .obj(let mesh):
        corners = GraphicsVertex.corners(of: mesh)
        texture = self.texture(of: mesh, path: path)
      case .stl(let mesh):
        corners = GraphicsVertex.corners(of: mesh)
      case nil:
        throw .missingMesh(path: path, model: model.path)
      }
    } else {
      guard let hull = GraphicsVertex.corners(of: geometry.scaled(by: scale)) else {
        throw .noHull(model: model.path, link: link.name)
      }
      corners = hull
    }
    var shape = GraphicsShape(
      welding: corners.lazy.map { $0.baked(scale: meshScale, comFromVisual: comFromVisual) })
    shape.texture = texture
    shapes.append(shape)
    return shapes.count - 1
  }

  /// The mesh's texture; one that did not load is none.
  private mutating func texture(of mesh: OBJModel, path: String) -> Int? {
    guard let file = mesh.diffuseTexturePath(meshPath: path) else { return nil }
    if let known = textureNumbers[file] { return known }
    guard let bitmap = assets.textures[file] else { return nil }
    textureNumbers[file] = textures.count
    textures.append(Texture(bitmap))
    return textures.count - 1
  }

  private func color(of visual: URDFVisual?, model: URDFModel, link: Int) -> SIMD4<Float> {
    if let name = visual?.materialName, let color = model.materials[name] {
      return SIMD4<Float>(color)
    }
    if let color = visual?.localColor { return SIMD4<Float>(color) }
    // PyBullet's palette for shapes without a material.
    let palette: [SIMD4<Double>] = [
      SIMD4(60, 186, 84, 256), SIMD4(244, 194, 13, 256), SIMD4(219, 50, 54, 256),
      SIMD4(72, 133, 237, 256),
    ]
    return SIMD4<Float>(palette[max(link, 0) & 3] / 256)
  }
}

extension Transform {
  /// A URDF `<origin>`, its translation scaled; angles that are given go through a quaternion even
  /// when they are zero, as in PyBullet's parser.
  init(_ origin: URDFOrigin, scale: Double) {
    guard let angles = origin.rollPitchYaw else {
      self = .identity
      self.origin = origin.position * scale
      return
    }
    let (roll, pitch, yaw) = (angles.x * 0.5, angles.y * 0.5, angles.z * 0.5)
    let (sr, cr) = (sine(roll), cosine(roll))
    let (sp, cp) = (sine(pitch), cosine(pitch))
    let (sy, cy) = (sine(yaw), cosine(yaw))
    let x = sr * cp * cy - cr * sp * sy
    let y = cr * sp * cy + sr * cp * sy
    let z = cr * cp * sy - sr * sp * cy
    let w = cr * cp * cy + sr * sp * sy
    let reciprocal = 1 / (x * x + y * y + z * z + w * w).squareRoot()
    self.init(
      Pose(
        position: origin.position * scale,
        orientation: Quaternion(
          x: x * reciprocal, y: y * reciprocal, z: z * reciprocal, w: w * reciprocal)))
  }
}

extension URDFGeometry {
  fileprivate func scaled(by scale: Double) -> URDFGeometry {
    switch self {
    case .box(let size): .box(size: size * scale)
    case .cylinder(let radius, let length):
      .cylinder(radius: radius * scale, length: length * scale)
    case .sphere(let radius): .sphere(radius: radius * scale)
    case .mesh(let path, let fileScale): .mesh(path: path, scale: fileScale * scale)
    }
  }
}

extension URDFModel {
  /// Base first, then PyBullet's link order.
  fileprivate var linksInBulletOrder: [URDFLink] {
    (rootLink.map { [$0] } ?? []) + depthFirstJoints.compactMap { link($0.child) }
  }

  /// Names of the links that cannot move when the base cannot.
  fileprivate var fixedLinks: Set<String> {
    guard let root = rootLink else { return [] }
    var result: Set<String> = [root.name]
    for joint in depthFirstJoints where joint.kind == .fixed && result.contains(joint.parent) {
      result.insert(joint.child)
    }
    return result
  }
}

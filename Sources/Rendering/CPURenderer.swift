import CRaster

/// The instruction sets the software rasteriser is compiled for; all give the same bytes.
public enum InstructionSet: UInt32, Sendable, CaseIterable, Comparable {
  /// Any x86-64.
  case baseline = 0
  /// AVX2.
  case avx2 = 1
  /// AVX-512 F, DQ, BW, VL.
  case avx512 = 2

  /// The best one of this processor.
  public static var best: InstructionSet {
    InstructionSet(rawValue: craster_best_level().rawValue) ?? .baseline
  }

  /// Order by width.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  var level: craster_level { craster_level(rawValue: rawValue) }
}

/// Draws scenes on the CPU with PyBullet's shading model: the same bytes on every x86-64 machine,
/// for every instruction set and number of workers, with or without its caches.
///
/// What rests is drawn once per view and kept; each frame draws the rest over it, and shades only the
/// pixels that show something else, something that moved or another shadow than before.
public final class CPURenderer: Renderer {
  /// `cpu`.
  public let kind = "cpu"
  let geometry: RasterGeometry
  let settings: RendererSettings
  let level: craster_level
  private let cachesViews: Bool

  /// Vertices of all instances in the world.
  let world: RasterPoints
  /// Sphere centres and cone axes of all instances' clusters in the world.
  let centers: RasterPoints
  let axes: RasterPoints
  /// Where each instance's vertices and clusters start in those.
  let firstPoint: [Int]
  let firstCluster: [Int]
  private(set) var placements: [InstancePlacement] = []
  private(set) var resting: RestingParts

  let shadowMap: ShadowMap
  private var knownViews: [KnownView] = []
  private let newPicture = ShadedPicture()
  private var recentViews: [View] = []
  private let painter = Painter()

  /// A renderer of a scene; `cachesViews` false redraws everything in every frame, with the same
  /// result.
  public init(
    _ geometry: RasterGeometry, settings: RendererSettings = RendererSettings(),
    instructionSet: InstructionSet = .best, cachesViews: Bool = true
  ) {
    self.geometry = geometry
    self.settings = settings
    self.cachesViews = cachesViews
    level = min(instructionSet, .best).level
    var points = 0
    var clusters = 0
    var firstPoint: [Int] = []
    var firstCluster: [Int] = []
    for instance in geometry.scene.instances {
      firstPoint.append(points)
      firstCluster.append(clusters)
      // The kernels write whole lanes, so each instance starts on one.
      points += wholeLanes(geometry.shapes[instance.shape].vertices.count)
      clusters += wholeLanes(geometry.shapes[instance.shape].clusters.count)
    }
    self.firstPoint = firstPoint
    self.firstCluster = firstCluster
    world = RasterPoints(count: points)
    centers = RasterPoints(count: clusters)
    axes = RasterPoints(count: clusters)
    shadowMap = ShadowMap(level: level)
    resting = RestingParts(count: geometry.scene.instances.count)
  }

  /// Renders several views of one drawing; the shadow map is made once.
  /// Throws `RenderError` for poses that do not fit the scene, bad views and constant images.
  public func render(_ drawing: Drawing, views: [View], depth: Bool) throws -> [RenderedImage] {
    try move(to: geometry.scene.placements(of: drawing))
    if settings.shadows { shadowMap.update(self) }
    let images = try views.map { view in
      try view.check(name: "cpu")
      return try draw(view, depth: depth).checkedForContent(renderer: kind)
    }
    recentViews = (recentViews + views).suffix(Self.mostKnownViews)
    return images
  }

  /// Moves the instances whose pose changed.
  private func move(to new: [InstancePlacement]) {
    let all = placements.isEmpty
    for (instance, placement) in new.enumerated() {
      let description = geometry.scene.instances[instance]
      let hasMoved =
        all || placement.position != placements[instance].position
        || placement.orientation != placements[instance].orientation
      resting.update(instance, placement, hasMoved: hasMoved, isFixed: description.isFixed)
      guard hasMoved else { continue }
      let shape = geometry.shapes[description.shape]
      move(
        geometry.positions.from(shape.vertices.lowerBound), count: shape.vertices.count,
        placement, into: world, at: firstPoint[instance])
      move(
        geometry.centers.from(shape.clusters.lowerBound), count: shape.clusters.count, placement,
        into: centers, at: firstCluster[instance])
      var turn = placement
      turn.position = .zero
      move(
        geometry.axes.from(shape.clusters.lowerBound), count: shape.clusters.count, turn,
        into: axes, at: firstCluster[instance])
    }
    placements = new
  }

  private func move(
    _ points: craster_points, count: Int, _ placement: InstancePlacement, into target: RasterPoints,
    at first: Int
  ) {
    var position = placement.position
    var orientation = placement.orientation
    withUnsafeBytes(of: &position) { position in
      withUnsafeBytes(of: &orientation) { orientation in
        craster_move(
          level, points, Int32(count), position.bindMemory(to: Float.self).baseAddress,
          orientation.bindMemory(to: Float.self).baseAddress, target.x.base + first,
          target.y.base + first, target.z.base + first)
      }
    }
  }

  /// The colours and depths of one view.
  private func draw(_ view: View, depth: Bool) throws(RenderError) -> RenderedImage {
    let frame = FrameSetup(view, settings: settings, renderer: self)
    painter.begin(frame)
    let picture: ShadedPicture
    if let known = knownView(for: frame) {
      painter.restore(known.fixed, frame: frame)
      painter.draw(self, frame: frame) { !resting.contains($0) }
      picture = known.picture
    } else {
      painter.clear(frame)
      painter.draw(self, frame: frame) { _ in true }
      picture = newPicture
      picture.clear(view)
    }
    painter.shade(picture, renderer: self, frame: frame)
    return painter.image(picture, renderer: self, frame: frame, depth: depth)
  }

  /// What is kept of a view, once it comes a second time.
  private func knownView(for frame: FrameSetup) -> KnownView? {
    guard cachesViews else { return nil }
    if let index = knownViews.firstIndex(where: { $0.view == frame.view }) {
      if !knownViews[index].fixed.isValid(for: frame, renderer: self) {
        knownViews[index].fixed = painter.makeStaticView(renderer: self, frame: frame)
      }
      return knownViews[index]
    }
    guard recentViews.contains(frame.view) else { return nil }
    let fresh = KnownView(
      view: frame.view, fixed: painter.makeStaticView(renderer: self, frame: frame),
      picture: ShadedPicture())
    fresh.picture.clear(frame.view)
    if knownViews.count >= Self.mostKnownViews { knownViews.removeFirst() }
    knownViews.append(fresh)
    return fresh
  }

  /// Cameras may be asked one by one, so a view comes again some calls later; one that moves does
  /// not come again at all.
  private static let mostKnownViews = 4

  /// A view that comes again: the surfaces of what rests, and its last picture.
  private struct KnownView {
    let view: View
    var fixed: StaticView
    let picture: ShadedPicture
  }

  // MARK: Clusters

  /// Clusters of all instances, padding included.
  var clusterCount: Int { centers.x.count }

  /// Where an instance's clusters are and which way they face.
  func bounds(of instance: Int) -> craster_bounds {
    let shape = geometry.shapes[geometry.scene.instances[instance].shape]
    return craster_bounds(
      centers: centers.from(firstCluster[instance]), axes: axes.from(firstCluster[instance]),
      radius: UnsafePointer(geometry.radii.base + shape.clusters.lowerBound),
      cutoff: UnsafePointer(geometry.cutoffs.base + shape.clusters.lowerBound))
  }

  /// An instance's first cluster as something to draw.
  func item(of instance: Int, rank: UInt8) -> craster_item {
    let shape = geometry.shapes[geometry.scene.instances[instance].shape]
    return craster_item(
      cluster: UInt32(shape.clusters.lowerBound), first_point: UInt32(firstPoint[instance]),
      code: UInt32(instance) << 24, rank: UInt32(rank))
  }
}

/// What drawing one view of one frame needs: matrices, draw order, visible clusters' tests.
struct FrameSetup {
  let view: View
  /// World to clip space, column-major.
  let matrix: [Float]
  /// Place in the draw order by shape.
  let ranks: [UInt8]
  let depthBits: Int
  let frustum: craster_frustum
  private let columns: (SIMD4<Float>, SIMD4<Float>, SIMD4<Float>, SIMD4<Float>)

  init(_ view: View, settings: RendererSettings, renderer: CPURenderer) {
    self.view = view
    depthBits = settings.depthBits
    matrix = Matrix4.product(view.projection, view.view)
    var ranks = [UInt8](repeating: 0, count: renderer.geometry.shapes.count)
    let order = renderer.geometry.scene.drawOrder(renderer.placements, view: view.view)
    for (rank, shape) in order.enumerated() { ranks[shape] = UInt8(rank) }
    self.ranks = ranks
    let m = matrix
    columns = (
      SIMD4(m[0], m[1], m[2], m[3]), SIMD4(m[4], m[5], m[6], m[7]),
      SIMD4(m[8], m[9], m[10], m[11]), SIMD4(m[12], m[13], m[14], m[15])
    )
    frustum = Self.frustum(matrix, eye: SIMD3<Float>(view.worldFromCamera.origin))
  }

  private static func frustum(_ m: [Float], eye: SIMD3<Float>) -> craster_frustum {
    let rows = (0..<4).map { SIMD4(m[$0], m[4 + $0], m[8 + $0], m[12 + $0]) }
    let planes = (0..<6).flatMap { index -> [Float] in
      let row = rows[index / 2]
      let plane = index.isMultiple(of: 2) ? rows[3] + row : rows[3] - row
      let square = plane.x * plane.x + plane.y * plane.y + plane.z * plane.z
      let unit = plane / square.squareRoot()
      return [unit.x, unit.y, unit.z, unit.w]
    }
    var frustum = craster_frustum()
    frustum.eye = (eye.x, eye.y, eye.z)
    copy(planes, to: &frustum.planes)
    return frustum
  }

  /// A world point in clip space.
  func clip(_ p: SIMD3<Float>) -> SIMD4<Float> {
    ((columns.0 * p.x + columns.1 * p.y) + columns.2 * p.z) + columns.3
  }

  /// The fragment of an empty pixel.
  var background: UInt64 { craster_background(Int32(depthBits)) }

  var target: craster_target {
    var target = craster_target()
    copy(matrix, to: &target.matrix)
    target.half_width = Float(view.width) / 2
    target.half_height = Float(view.height) / 2
    // OpenGL windows of Mesa are drawn from the top row down.
    target.y_sign = -1
    target.bottom_edge_rule = 1
    target.x1 = Int32(view.width)
    target.y1 = Int32(view.height)
    target.stride = Int32(view.width)
    target.depth_bits = Int32(depthBits)
    return target
  }
}

/// `count` rounded up to whole lanes of the widest kernel.
func wholeLanes(_ count: Int) -> Int {
  (count + Int(CRASTER_PADDING) - 1) / Int(CRASTER_PADDING) * Int(CRASTER_PADDING)
}

/// Copies numbers into a C array.
func copy<CArray>(_ numbers: [Float], to array: inout CArray) {
  withUnsafeMutableBytes(of: &array) { bytes in
    let floats = bytes.bindMemory(to: Float.self)
    for (index, number) in numbers.enumerated() { floats[index] = number }
  }
}

import CRaster

/// A scene as the software rasteriser draws it: triangles in clusters of neighbours that face one
/// way, each with its own vertices. Immutable, built once, shared by all renderers of a process.
public final class RasterGeometry: @unchecked Sendable {
  /// The scene this was built from.
  public let scene: RenderScene

  /// Where a shape's data lie in the common arrays.
  struct Shape {
    var vertices: Range<Int>
    var clusters: Range<Int>
    /// First of the shape's entries in `triangleVertices`, three per triangle in original order.
    var firstTriangleVertex: Int
  }

  let shapes: [Shape]
  let positions: RasterPoints
  let attributes: RasterBuffer<craster_attributes>
  /// Spheres around clusters and axes of the cones of their normals, in their shapes' frames.
  let centers: RasterPoints
  let axes: RasterPoints
  let radii: RasterBuffer<Float>
  let cutoffs: RasterBuffer<Float>
  let triangleVertices: RasterBuffer<Int32>
  let textures: [RasterTexture]
  private let clusters: RasterBuffer<craster_cluster>
  private let corners: [RasterBuffer<UInt8>]
  private let original: RasterBuffer<UInt32>

  /// Clusters a scene. Throws `RenderError.tooLarge` beyond 255 instances or shapes, or a million
  /// triangles in one shape.
  public init(_ scene: RenderScene) throws(RenderError) {
    guard scene.instances.count < 256 else {
      throw .tooLarge(what: "instances", limit: 255, found: scene.instances.count)
    }
    var builder = ClusterBuilder()
    var shapes: [Shape] = []
    for shape in scene.shapes {
      guard shape.triangleCount < 1 << 20 else {
        throw .tooLarge(what: "triangles of a mesh", limit: 1 << 20 - 1, found: shape.triangleCount)
      }
      shapes.append(builder.add(shape))
    }
    self.scene = scene
    self.shapes = shapes
    let bounds = builder.bounds
    positions = RasterPoints(count: builder.vertices.count)
    for (index, vertex) in builder.vertices.enumerated() { positions[index] = vertex.position }
    attributes = RasterBuffer(
      builder.vertices.map {
        craster_attributes(normal: $0.normal, textureCoordinate: $0.textureCoordinate)
      }, padding: craster_attributes())
    centers = RasterPoints(count: bounds.count)
    axes = RasterPoints(count: bounds.count)
    for (index, bound) in bounds.enumerated() {
      centers[index] = bound.center
      axes[index] = bound.axis
    }
    radii = RasterBuffer(bounds.map(\.radius), padding: 0)
    cutoffs = RasterBuffer(bounds.map(\.cutoff), padding: 0)
    triangleVertices = RasterBuffer(builder.triangleVertices, padding: 0)
    clusters = RasterBuffer(builder.clusters, padding: craster_cluster())
    corners = builder.corners.map { RasterBuffer($0, padding: 0) }
    original = RasterBuffer(builder.original, padding: 0)
    textures = scene.textures.map(RasterTexture.init)
  }

  /// The triangles as the kernels take them.
  var meshes: craster_meshes {
    craster_meshes(
      clusters: clusters.base, corner0: corners[0].base, corner1: corners[1].base,
      corner2: corners[2].base, original: original.base)
  }

  /// Number in the shape's original order and the three vertices, in the shape's vertices, of a
  /// triangle of the corner arrays.
  func triangle(_ triangle: Int, ofCluster cluster: Int) -> (original: UInt32, [Int]) {
    let first = Int(clusters.base[cluster].first_vertex)
    return (original.base[triangle], corners.map { first + Int($0.base[triangle]) })
  }
}

/// A texture's levels in one buffer.
final class RasterTexture: @unchecked Sendable {
  private let texels: RasterBuffer<UInt32>
  let pointer: UnsafeMutablePointer<craster_texture>

  init(_ texture: Texture) {
    let levels = texture.levels.prefix(16)
    texels = RasterBuffer(
      count: levels.reduce(0) { $0 + ($1.width + 1) * $1.height }, repeating: 0)
    pointer = .allocate(capacity: 1)
    var description = craster_texture()
    description.texels = UnsafePointer(texels.base)
    description.level_count = Int32(levels.count)
    var offset = 0
    for (index, level) in levels.enumerated() {
      withUnsafeMutableBytes(of: &description.width) {
        $0.bindMemory(to: Int32.self)[index] = Int32(level.width)
      }
      withUnsafeMutableBytes(of: &description.height) {
        $0.bindMemory(to: Int32.self)[index] = Int32(level.height)
      }
      withUnsafeMutableBytes(of: &description.offset) {
        $0.bindMemory(to: Int32.self)[index] = Int32(offset)
      }
      for y in 0..<level.height {
        // The kernels take two neighbours at once: each row ends with its first texel.
        for x in 0...level.width {
          let source = 3 * (y * level.width + x % level.width)
          texels.base[offset + y * (level.width + 1) + x] =
            UInt32(level.pixels[source]) | UInt32(level.pixels[source + 1]) << 8
            | UInt32(level.pixels[source + 2]) << 16
        }
      }
      offset += (level.width + 1) * level.height
    }
    pointer.initialize(to: description)
  }

  deinit { pointer.deallocate() }
}

extension craster_attributes {
  init(normal: SIMD3<Float>, textureCoordinate: SIMD2<Float>) {
    self.init(
      nx: normal.x, ny: normal.y, nz: normal.z, u: textureCoordinate.x, v: textureCoordinate.y,
      unused: (0, 0, 0))
  }

  var normal: SIMD3<Float> { SIMD3(nx, ny, nz) }
  var textureCoordinate: SIMD2<Float> { SIMD2(u, v) }
}

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

  /// Sphere around a cluster and the cone of its normals, in the shape's frame.
  struct Bounds {
    var center: SIMD3<Float>
    var radius: Float
    var axis: SIMD3<Float>
    /// Sine of the cone's half angle; above 1 when the cone is too wide to tell anything.
    var cutoff: Float
  }

  let shapes: [Shape]
  let bounds: [Bounds]
  let positions: RasterPoints
  let normals: RasterPoints
  let u: RasterBuffer<Float>
  let v: RasterBuffer<Float>
  let centers: RasterPoints
  let axes: RasterPoints
  let triangleVertices: RasterBuffer<Int32>
  /// `Shape.firstTriangleVertex` by instance.
  let firstTriangleVertex: RasterBuffer<Int>
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
    bounds = builder.bounds
    positions = RasterPoints(count: builder.vertices.count)
    normals = RasterPoints(count: builder.vertices.count)
    u = RasterBuffer(count: builder.vertices.count, repeating: 0)
    v = RasterBuffer(count: builder.vertices.count, repeating: 0)
    for (index, vertex) in builder.vertices.enumerated() {
      positions[index] = vertex.position
      normals[index] = vertex.normal
      u.base[index] = vertex.textureCoordinate.x
      v.base[index] = vertex.textureCoordinate.y
    }
    centers = RasterPoints(count: bounds.count)
    axes = RasterPoints(count: bounds.count)
    for (index, bound) in bounds.enumerated() {
      centers[index] = bound.center
      axes[index] = bound.axis
    }
    triangleVertices = RasterBuffer(builder.triangleVertices, padding: 0)
    firstTriangleVertex = RasterBuffer(
      scene.instances.map { shapes[$0.shape].firstTriangleVertex }, padding: 0)
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
      count: levels.reduce(0) { $0 + $1.width * $1.height }, repeating: 0)
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
      for texel in 0..<level.width * level.height {
        texels.base[offset + texel] =
          UInt32(level.pixels[3 * texel]) | UInt32(level.pixels[3 * texel + 1]) << 8
          | UInt32(level.pixels[3 * texel + 2]) << 16
      }
      offset += level.width * level.height
    }
    pointer.initialize(to: description)
  }

  deinit { pointer.deallocate() }
}

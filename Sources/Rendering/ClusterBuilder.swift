import CRaster

/// Splits shapes into clusters: triangles sorted by the direction they face (octant and greatest
/// component), then along a Z-order curve, cut where a cluster's vertices or triangles are used up.
struct ClusterBuilder {
  static let triangleLimit = 96

  /// Sphere around a cluster and the cone of its normals, in the shape's frame.
  struct Bounds {
    var center: SIMD3<Float>
    var radius: Float
    var axis: SIMD3<Float>
    /// Sine of the cone's half angle; above 1 when the cone is too wide to tell anything.
    var cutoff: Float
  }

  private(set) var clusters: [craster_cluster] = []
  private(set) var bounds: [Bounds] = []
  private(set) var vertices: [GraphicsVertex] = []
  private(set) var corners: [[UInt8]] = [[], [], []]
  private(set) var original: [UInt32] = []
  private(set) var triangleVertices: [Int32] = []

  mutating func add(_ shape: GraphicsShape) -> RasterGeometry.Shape {
    let firstVertex = vertices.count
    let firstCluster = clusters.count
    let firstTriangleVertex = triangleVertices.count
    triangleVertices += [Int32](repeating: 0, count: shape.indices.count)
    var open = OpenCluster()
    var openDirection: UInt64 = 0
    for (key, triangle) in sortedTriangles(of: shape) {
      let direction = key >> 32
      let indices = (0..<3).map { shape.indices[3 * triangle + $0] }
      if direction != openDirection || !open.hasRoom(for: indices) {
        close(&open, shape: shape, firstVertex: firstVertex)
        openDirection = direction
      }
      open.append(indices, triangle: triangle)
      for corner in 0..<3 {
        let local = Int(open.local[indices[corner]] ?? 0)
        triangleVertices[firstTriangleVertex + 3 * triangle + corner] =
          Int32(vertices.count - firstVertex + local)
      }
    }
    close(&open, shape: shape, firstVertex: firstVertex)
    return RasterGeometry.Shape(
      vertices: firstVertex..<vertices.count, clusters: firstCluster..<clusters.count,
      firstTriangleVertex: firstTriangleVertex)
  }

  private struct OpenCluster {
    var local: [UInt32: UInt8] = [:]
    var vertices: [UInt32] = []
    var triangles: [(UInt32, [UInt8])] = []

    func hasRoom(for indices: [UInt32]) -> Bool {
      let new = indices.count { local[$0] == nil }
      return vertices.count + new <= Int(CRASTER_MAX_CLUSTER_VERTICES)
        && triangles.count < ClusterBuilder.triangleLimit
    }

    mutating func append(_ indices: [UInt32], triangle: Int) {
      let corners = indices.map { index -> UInt8 in
        if let known = local[index] { return known }
        let number = UInt8(vertices.count)
        local[index] = number
        vertices.append(index)
        return number
      }
      triangles.append((UInt32(triangle), corners))
    }
  }

  private mutating func close(
    _ open: inout OpenCluster, shape: GraphicsShape, firstVertex: Int
  ) {
    guard !open.triangles.isEmpty else { return }
    clusters.append(
      craster_cluster(
        first_vertex: UInt32(vertices.count - firstVertex),
        vertex_count: UInt32(open.vertices.count), first_triangle: UInt32(original.count),
        triangle_count: UInt32(open.triangles.count)))
    for (triangle, numbers) in open.triangles {
      original.append(triangle)
      for corner in 0..<3 { corners[corner].append(numbers[corner]) }
    }
    bounds.append(Self.bounds(of: open, shape: shape))
    vertices += open.vertices.map { shape.vertex(Int($0)) }
    open = OpenCluster()
  }

  private static func bounds(
    of cluster: OpenCluster, shape: GraphicsShape
  ) -> Bounds {
    let points = cluster.vertices.map { shape.vertex(Int($0)).position }
    let low = points.reduce(points[0]) { pointwiseMin($0, $1) }
    let high = points.reduce(points[0]) { pointwiseMax($0, $1) }
    let center = (low + high) * 0.5
    let radius = points.map { distance($0, center) }.max() ?? 0
    let facets = cluster.triangles.compactMap { shape.facetNormal(Int($0.0)) }
    let sum = facets.reduce(SIMD3<Float>.zero, +)
    var bounds = Bounds(
      // A little larger, so that rounding never culls what shows.
      center: center, radius: radius * 1.001 + 1e-6, axis: SIMD3(0, 0, 1), cutoff: 2)
    let length = distance(sum, .zero)
    guard length > 0 else { return bounds }
    bounds.axis = sum / length
    let least = facets.map { Matrix4.dot($0, bounds.axis) }.min() ?? -1
    // Facets nearly seen from the side may turn over when vertices are snapped to subpixels.
    if least > 0.1 { bounds.cutoff = (1 - least * least).squareRoot() + 0.03 }
    return bounds
  }

  private static func distance(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    Matrix4.dot(a - b, a - b).squareRoot()
  }

  /// Direction of the facet normal above a 30-bit Z-order number of the centroid.
  private func sortedTriangles(of shape: GraphicsShape) -> [(UInt64, Int)] {
    guard shape.triangleCount > 0 else { return [] }
    var low = shape.vertex(0).position
    var high = low
    for vertex in 0..<shape.vertexCount {
      low = pointwiseMin(low, shape.vertex(vertex).position)
      high = pointwiseMax(high, shape.vertex(vertex).position)
    }
    let extent = pointwiseMax(high - low, SIMD3(repeating: 1e-9))
    let keys = (0..<shape.triangleCount).map { triangle -> (UInt64, Int) in
      let normal = shape.facetNormal(triangle) ?? .zero
      let octant =
        (normal.x < 0 ? 1 : 0) | (normal.y < 0 ? 2 : 0) | (normal.z < 0 ? 4 : 0) as UInt64
      let size = SIMD3(abs(normal.x), abs(normal.y), abs(normal.z))
      let greatest: UInt64 = size.x >= max(size.y, size.z) ? 0 : size.y >= size.z ? 1 : 2
      let sum = (0..<3).reduce(SIMD3<Float>.zero) {
        $0 + shape.vertex(Int(shape.indices[3 * triangle + $1])).position
      }
      let cell = (sum / 3 - low) / extent * 1023
      var order: UInt64 = 0
      for axis in 0..<3 {
        let number = UInt64(min(max(cell[axis], 0), 1023))
        for bit in 0..<10 { order |= (number >> UInt64(bit) & 1) << UInt64(3 * bit + axis) }
      }
      return ((octant << 2 | greatest) << 32 | order, triangle)
    }
    return keys.sorted { $0 < $1 }
  }
}

extension GraphicsShape {
  /// One vertex.
  func vertex(_ index: Int) -> GraphicsVertex {
    GraphicsVertex(
      position: SIMD3(positions[3 * index], positions[3 * index + 1], positions[3 * index + 2]),
      normal: SIMD3(normals[3 * index], normals[3 * index + 1], normals[3 * index + 2]),
      textureCoordinate: SIMD2(
        textureCoordinates[2 * index], textureCoordinates[2 * index + 1]))
  }

  /// Unit normal by the corners' order; nil for a triangle without area.
  func facetNormal(_ triangle: Int) -> SIMD3<Float>? {
    let p = (0..<3).map { vertex(Int(indices[3 * triangle + $0])).position }
    let normal = Matrix4.cross(p[1] - p[0], p[2] - p[0])
    let square = Matrix4.dot(normal, normal)
    return square > 0 ? normal / square.squareRoot() : nil
  }
}

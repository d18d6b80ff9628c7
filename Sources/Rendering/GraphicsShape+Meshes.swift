import Assets
import CBullet
import Geometry

extension GraphicsVertex {
  /// The triangles PyBullet makes of an OBJ file: all groups, three fresh vertices per triangle,
  /// `vn` normals when all three are there, else the flat normal.
  static func corners(of model: OBJModel) -> [GraphicsVertex] {
    var result: [GraphicsVertex] = []
    result.reserveCapacity(model.groups.reduce(0) { $0 + $1.corners.count })
    for group in model.groups {
      for first in stride(from: 0, to: group.corners.count - 2, by: 3) {
        let triangle = group.corners[first..<first + 3]
        let points = triangle.map { vector(model.positions, $0.position) }
        let hasNormals = triangle.allSatisfy {
          $0.normal >= 0 && 3 * Int($0.normal) + 2 < model.normals.count
        }
        let flat = hasNormals ? .zero : flatNormal(points)
        for (corner, point) in zip(triangle, points) {
          result.append(
            GraphicsVertex(
              position: point,
              normal: hasNormals ? vector(model.normals, corner.normal) : flat,
              textureCoordinate: textureCoordinate(corner, of: model)))
        }
      }
    }
    return result
  }

  /// The triangles of an STL file with the facets' own normals.
  static func corners(of model: STLModel) -> [GraphicsVertex] {
    (0..<model.vertices.count / 3).map { vertex in
      GraphicsVertex(
        position: vector(model.vertices, Int32(vertex)),
        normal: vector(model.normals, Int32(vertex / 3)),
        textureCoordinate: SIMD2(0.5, 0.5))
    }
  }

  /// The hull PyBullet draws for a box, cylinder or sphere: vertices shared by faces, so shading is
  /// smooth. Nil for meshes and for sizes without a hull.
  static func corners(of geometry: URDFGeometry) -> [GraphicsVertex]? {
    let (kind, size): (cbullet_hull_kind, [Double]) =
      switch geometry {
      case .box(let size): (CBULLET_HULL_BOX, [size.x, size.y, size.z])
      case .cylinder(let radius, let length): (CBULLET_HULL_CYLINDER, [radius, length, 0])
      case .sphere(let radius): (CBULLET_HULL_SPHERE, [radius, 0, 0])
      case .mesh: (CBULLET_HULL_BOX, [])
      }
    guard !size.isEmpty else { return nil }
    var vertices = [Double](repeating: 0, count: 3 * Int(CBULLET_HULL_MAX_VERTICES))
    var indices = [Int32](repeating: 0, count: Int(CBULLET_HULL_MAX_INDICES))
    var vertexCount: Int32 = 0
    var indexCount: Int32 = 0
    let status = cbullet_hull_build(
      kind, size, &vertices, &vertexCount, &indices, &indexCount)
    guard status == 0 else { return nil }
    return indices[..<Int(indexCount)].map { index in
      let i = 3 * Int(index)
      let point = Vector3(vertices[i], vertices[i + 1], vertices[i + 2])
      return GraphicsVertex(
        position: SIMD3<Float>(point), normal: SIMD3<Float>(point * (1 / point.length)),
        textureCoordinate: SIMD2(0.5, 0.5))
    }
  }

  /// The vertex scaled, then moved from its own frame: in double, rounded to float32 after each.
  func baked(scale: Vector3, comFromVisual: Transform) -> GraphicsVertex {
    let scaled = SIMD3<Float>(Vector3(position) * scale)
    return GraphicsVertex(
      position: SIMD3<Float>(comFromVisual(Vector3(scaled))),
      normal: SIMD3<Float>(comFromVisual.rotate(Vector3(normal))),
      textureCoordinate: textureCoordinate)
  }

  private static func vector(_ numbers: [Float], _ index: Int32) -> SIMD3<Float> {
    let i = 3 * Int(index)
    return SIMD3(numbers[i], numbers[i + 1], numbers[i + 2])
  }

  private static func textureCoordinate(_ corner: OBJCorner, of model: OBJModel) -> SIMD2<Float> {
    guard !model.textureCoordinates.isEmpty else { return SIMD2(0.5, 0.5) }
    let i = 2 * Int(corner.textureCoordinate)
    guard i >= 0, i + 1 < model.textureCoordinates.count else { return .zero }
    return SIMD2(model.textureCoordinates[i], model.textureCoordinates[i + 1])
  }

  private static func flatNormal(_ points: [SIMD3<Float>]) -> SIMD3<Float> {
    let origin = Vector3(points[0])
    let normal = (Vector3(points[1]) - origin).cross(Vector3(points[2]) - origin)
    // Bullet's SIMD_EPSILON for doubles, compared with the squared length.
    guard normal.dot(normal) > Double.ulpOfOne else { return .zero }
    return SIMD3<Float>(normal * (1 / normal.length))
  }
}

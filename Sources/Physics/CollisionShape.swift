import Assets
import CBullet
import Geometry

/// An immutable collision shape; models and worlds of any thread may share it.
final class CollisionShape: @unchecked Sendable {
  // Never written after creation; the shim reads shapes only.
  let handle: OpaquePointer

  /// The shape of a `<collision>` element, every length multiplied by `scaling`.
  init(
    _ collision: URDFCollision, scaling: Double, meshes: [String: MeshFile], model: String
  ) throws(PhysicsError) {
    var created: OpaquePointer?
    let status: cbullet_status
    switch collision.geometry {
    case .box(let size):
      let edges = [size.x * scaling, size.y * scaling, size.z * scaling]
      status = cbullet_shape_create_box(edges, &created)
    case .sphere(let radius):
      status = cbullet_shape_create_sphere(radius * scaling, &created)
    case .cylinder(let radius, let length):
      status = cbullet_shape_create_cylinder(radius * scaling, length * scaling, &created)
    case .mesh(let path, let scale):
      guard let mesh = meshes[path] else {
        throw .invalidModel(model, reason: "mesh \(path) was not loaded")
      }
      let scale = Vector3(scale.x * scaling, scale.y * scaling, scale.z * scaling)
      status = Self.create(mesh, scale: scale, isConcave: collision.isConcave, &created)
    }
    guard status == CBULLET_OK, let created else {
      guard status == CBULLET_INVALID_ARGUMENT else {
        throw .bulletFailed(operation: "creating a collision shape")
      }
      throw .invalidModel(model, reason: "a collision mesh has no triangles")
    }
    handle = created
  }

  deinit { cbullet_shape_destroy(handle) }

  private static func create(
    _ mesh: MeshFile, scale: Vector3, isConcave: Bool, _ shape: inout OpaquePointer?
  ) -> cbullet_status {
    switch mesh {
    case .obj(let model):
      var points: [Double] = []
      points.reserveCapacity(model.groups.reduce(0) { $0 + 3 * $1.corners.count })
      for group in model.groups {
        for corner in group.corners {
          append(model.positions, vertex: Int(corner.position), scale: scale, to: &points)
        }
      }
      if isConcave {
        return cbullet_shape_create_mesh(points, Int32(points.count / 9), &shape)
      }
      let counts = model.groups.map { Int32($0.corners.count) }
      return cbullet_shape_create_hull_compound(points, counts, Int32(counts.count), &shape)
    case .stl(let model):
      var points: [Double] = []
      points.reserveCapacity(model.vertices.count)
      for vertex in 0..<(model.vertices.count / 3) {
        append(model.vertices, vertex: vertex, scale: scale, to: &points)
      }
      if isConcave {
        return cbullet_shape_create_mesh(points, Int32(points.count / 9), &shape)
      }
      return cbullet_shape_create_hull(points, Int32(points.count / 3), &shape)
    }
  }

  private static func append(
    _ vertices: [Float], vertex: Int, scale: Vector3, to points: inout [Double]
  ) {
    points.append(Double(vertices[3 * vertex]) * scale.x)
    points.append(Double(vertices[3 * vertex + 1]) * scale.y)
    points.append(Double(vertices[3 * vertex + 2]) * scale.z)
  }
}

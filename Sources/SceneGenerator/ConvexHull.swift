import Geometry

extension Mesh {
  /// The convex hull of the points, outside counter-clockwise; for collision shapes (positions only).
  static func hull(_ points: [Vector3]) -> Mesh {
    var mesh = Mesh()
    mesh.vertices = points.map {
      Vertex(position: $0, normal: Vector3(0, 0, 1), textureCoordinate: .zero)
    }
    mesh.triangles = hullFaces(points)
    return mesh
  }
}

/// Incremental hull: start with a tetrahedron, let every point replace the faces that see it by a fan.
private func hullFaces(_ points: [Vector3]) -> [(Int, Int, Int)] {
  let tolerance = 1e-9
  guard let start = tetrahedron(points, tolerance) else { return [] }
  var faces = start
  for point in points.indices {
    let visible = faces.filter { height(points, $0, points[point]) > tolerance }
    guard !visible.isEmpty else { continue }
    faces.removeAll { height(points, $0, points[point]) > tolerance }
    let edges = visible.flatMap { [($0.0, $0.1), ($0.1, $0.2), ($0.2, $0.0)] }
    for (a, b) in edges where !edges.contains(where: { $0 == (b, a) }) {
      faces.append((a, b, point))
    }
  }
  return faces
}

/// Distance of a point from a face's plane, positive outside.
private func height(_ points: [Vector3], _ face: (Int, Int, Int), _ point: Vector3) -> Double {
  let (a, b, c) = (points[face.0], points[face.1], points[face.2])
  return (b - a).cross(c - a).normalized.dot(point - a)
}

private func tetrahedron(_ points: [Vector3], _ tolerance: Double) -> [(Int, Int, Int)]? {
  guard let a = points.indices.min(by: { points[$0].x < points[$1].x }) else { return nil }
  let distance = { (i: Int) in (points[i] - points[a]).length }
  guard let b = points.indices.max(by: { distance($0) < distance($1) }) else { return nil }
  let axis = (points[b] - points[a]).normalized
  let area = { (i: Int) in axis.cross(points[i] - points[a]).length }
  guard let c = points.indices.max(by: { area($0) < area($1) }) else { return nil }
  let depth = { (i: Int) in height(points, (a, b, c), points[i]) }
  guard let d = points.indices.max(by: { abs(depth($0)) < abs(depth($1)) }),
    abs(depth(d)) > tolerance
  else { return nil }
  let (p, q) = depth(d) > 0 ? (c, b) : (b, c)
  return [(a, p, q), (a, q, d), (q, p, d), (p, a, d)]
}

/// Points on a circle around `axis` (a coordinate axis or any unit vector).
func circle(
  _ centre: Vector3, axis: Vector3, radius: Double, count: Int = 16
) -> [Vector3] {
  let (x, y) = axis.orthonormalPair
  return (0..<count).map { index in
    let (cosine, sine) = unitCircle(index, of: count)
    return centre + radius * (cosine * x + sine * y)
  }
}

/// The eight corners of a box with each edge cut at `chamfer`: 24 points.
func chamferedBox(_ lower: Vector3, _ upper: Vector3, chamfer: Double) -> [Vector3] {
  var points: [Vector3] = []
  for corner in 0..<8 {
    let signs = (0..<3).map { corner >> $0 & 1 == 0 ? -1.0 : 1.0 }
    for kept in 0..<3 {
      var point = Vector3.zero
      for axis in 0..<3 {
        let edge = signs[axis] < 0 ? lower[axis] : upper[axis]
        point[axis] = axis == kept ? edge : edge - signs[axis] * chamfer
      }
      points.append(point)
    }
  }
  return points
}

import Geometry

/// A solid as its distance function: negative inside, metres. Only sums, products and square roots, so
/// every machine gets the same bits.
struct Solid {
  var distance: (Vector3) -> Double

  /// A cylinder between two points whose rims are rounded with `rounding`.
  static func cylinder(
    _ from: Vector3, _ to: Vector3, _ radius: Double, rounding: Double = 0.004
  ) -> Solid {
    let axis = (to - from).normalized
    let half = (to - from).length / 2
    let centre = (from + to) / 2
    return Solid { point in
      let offset = point - centre
      let along = offset.dot(axis)
      let across = (offset - along * axis).length
      return rounded(across - (radius - rounding), abs(along) - (half - rounding), rounding)
    }
  }

  /// Two spheres and what lies between them, with a straight or a tapered waist.
  static func cone(_ from: Vector3, _ fromRadius: Double, _ to: Vector3, _ toRadius: Double)
    -> Solid
  {
    let axis = to - from
    return Solid { point in
      let along = min(max((point - from).dot(axis) / axis.dot(axis), 0), 1)
      return (point - from - along * axis).length - (fromRadius + along * (toRadius - fromRadius))
    }
  }

  /// A box with rounded edges; `half` are its half extents.
  static func box(_ centre: Vector3, _ half: Vector3, rounding: Double) -> Solid {
    Solid { point in
      let offset = point - centre
      let q = Vector3(abs(offset.x), abs(offset.y), abs(offset.z)) - half + rounding
      let outside = Vector3(max(q.x, 0), max(q.y, 0), max(q.z, 0)).length
      return outside + min(max(q.x, max(q.y, q.z)), 0) - rounding
    }
  }

  /// Both, with a fillet of about `blend` where they meet.
  func union(_ other: Solid, blend: Double) -> Solid {
    Solid { point in
      let (a, b) = (distance(point), other.distance(point))
      let share = max(blend - abs(a - b), 0) / blend
      return min(a, b) - share * share * blend / 4
    }
  }

  /// This without the other, with an edge rounded by about `blend`.
  func subtracting(_ other: Solid, blend: Double) -> Solid {
    Solid { point in
      let (a, b) = (distance(point), -other.distance(point))
      let share = max(blend - abs(a - b), 0) / blend
      return max(a, b) + share * share * blend / 4
    }
  }

  /// What of this lies on the side of the plane that `normal` points away from.
  func cut(_ point: Vector3, normal: Vector3) -> Solid {
    Solid { max(distance($0), ($0 - point).dot(normal)) }
  }

  func gradient(_ point: Vector3) -> Vector3 {
    let step = 1e-5
    var result = Vector3.zero
    for axis in 0..<3 {
      var offset = Vector3.zero
      offset[axis] = step
      result[axis] = distance(point + offset) - distance(point - offset)
    }
    return result.normalized
  }
}

private func rounded(_ across: Double, _ along: Double, _ rounding: Double) -> Double {
  let (x, y) = (max(across, 0), max(along, 0))
  return min(max(across, along), 0) + (x * x + y * y).squareRoot() - rounding
}

extension Solid {
  /// The surface as triangles by surface nets: one vertex per grid cell the surface crosses, drawn
  /// onto the surface, with the gradient as its normal. `cell` is the grid's spacing in metres.
  func mesh(lower: Vector3, upper: Vector3, cell: Double) -> Mesh {
    var grid = SurfaceNet(solid: self, lower: lower - 2.5 * cell, upper: upper + 2.5 * cell, cell)
    return grid.mesh()
  }
}

private struct SurfaceNet {
  let solid: Solid
  let origin: Vector3
  let cell: Double
  let counts: SIMD3<Int>
  var distances: [Double] = []

  init(solid: Solid, lower: Vector3, upper: Vector3, _ cell: Double) {
    self.solid = solid
    self.cell = cell
    origin = lower
    let size = (upper - lower) / cell
    counts = SIMD3(Int(size.x) + 2, Int(size.y) + 2, Int(size.z) + 2)
    distances.reserveCapacity(counts.x * counts.y * counts.z)
    for z in 0..<counts.z {
      for y in 0..<counts.y {
        for x in 0..<counts.x { distances.append(solid.distance(node(x, y, z))) }
      }
    }
  }

  private func node(_ x: Int, _ y: Int, _ z: Int) -> Vector3 {
    origin + cell * Vector3(Double(x), Double(y), Double(z))
  }

  private func index(_ x: Int, _ y: Int, _ z: Int) -> Int { (z * counts.y + y) * counts.x + x }

  mutating func mesh() -> Mesh {
    var mesh = Mesh()
    var vertexOfCell = [Int: Int]()
    for z in 0..<(counts.z - 1) {
      for y in 0..<(counts.y - 1) {
        for x in 0..<(counts.x - 1) {
          guard let position = crossing(x, y, z) else { continue }
          let settled = settle(position)
          vertexOfCell[index(x, y, z)] = mesh.vertices.count
          mesh.vertices.append(
            Mesh.Vertex(
              position: settled, normal: solid.gradient(settled), textureCoordinate: .zero))
        }
      }
    }
    addQuads(vertexOfCell, to: &mesh)
    return mesh
  }

  /// Mean of the points where the cell's edges cross the surface.
  private func crossing(_ x: Int, _ y: Int, _ z: Int) -> Vector3? {
    var sum = Vector3.zero
    var count = 0.0
    for axis in 0..<3 {
      for other in 0..<4 {
        var start = SIMD3(x, y, z)
        start[(axis + 1) % 3] += other & 1
        start[(axis + 2) % 3] += other >> 1
        var end = start
        end[axis] += 1
        let a = distances[index(start.x, start.y, start.z)]
        let b = distances[index(end.x, end.y, end.z)]
        guard (a < 0) != (b < 0) else { continue }
        let from = node(start.x, start.y, start.z)
        sum += from + (a / (a - b)) * (node(end.x, end.y, end.z) - from)
        count += 1
      }
    }
    return count > 0 ? sum / count : nil
  }

  /// A few steps along the gradient onto the surface, never farther than a cell.
  private func settle(_ start: Vector3) -> Vector3 {
    var point = start
    for _ in 0..<4 { point -= solid.distance(point) * solid.gradient(point) }
    return (point - start).length < cell ? point : start
  }

  private func addQuads(_ vertexOfCell: [Int: Int], to mesh: inout Mesh) {
    for z in 1..<(counts.z - 1) {
      for y in 1..<(counts.y - 1) {
        for x in 1..<(counts.x - 1) {
          for axis in 0..<3 {
            var end = SIMD3(x, y, z)
            end[axis] += 1
            let isInside = distances[index(x, y, z)] < 0
            guard isInside != (distances[index(end.x, end.y, end.z)] < 0) else { continue }
            let (first, second) = ((axis + 1) % 3, (axis + 2) % 3)
            let cells = [(0, 0), (-1, 0), (-1, -1), (0, -1)].map { (i, j) -> Int? in
              var corner = SIMD3(x, y, z)
              corner[first] += i
              corner[second] += j
              return vertexOfCell[index(corner.x, corner.y, corner.z)]
            }
            let quad = cells.compactMap { $0 }
            guard quad.count == 4 else { continue }
            let q = isInside ? quad : quad.reversed()
            mesh.triangles.append((q[0], q[1], q[2]))
            mesh.triangles.append((q[0], q[2], q[3]))
          }
        }
      }
    }
  }
}

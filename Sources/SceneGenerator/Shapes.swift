import Geometry
import Glibc

/// How wood is laid on a piece: the grain runs along texture coordinate u, one unit a metre.
struct Wood {
  /// The direction of the grain; faces across it show it along the next best axis.
  var grain: Vector3
  /// Where in the picture the piece is cut from, so that pieces differ.
  var offset: SIMD2<Double>

  /// Height of the wood in the picture; above it is the strip of metal.
  static let height = 0.86

  /// Texture coordinates of a flat face's corners, moved as one into the picture's wood.
  func coordinates(_ corners: [Vector3], normal: Vector3) -> [SIMD2<Double>] {
    let isAcross = abs(normal.dot(grain)) > 0.9
    let along = isAcross ? (abs(grain.x) > 0.5 ? Vector3(0, 1, 0) : Vector3(1, 0, 0)) : grain
    let u = (along - along.dot(normal) * normal).normalized
    var v = normal.cross(u)
    if v.x + v.y + v.z < 0 { v = -v }
    let heights = corners.map { $0.dot(v) + offset.y }
    let shift = min(0, Self.height - (heights.max() ?? 0)) - min(0, heights.min() ?? 0)
    return zip(corners, heights).map { SIMD2($0.dot(u) + offset.x, $1 + shift) }
  }
}

/// Cosine and sine of the angle `index` / `count` of a full turn.
func unitCircle(_ index: Int, of count: Int) -> (cosine: Double, sine: Double) {
  let angle = 2 * Double.pi * Double(index) / Double(count)
  return (cos(angle), sin(angle))
}

enum Shapes {
  /// A rectangle from `origin` along two edges; its outside is `first` x `second`.
  static func rectangle(_ origin: Vector3, _ first: Vector3, _ second: Vector3, _ wood: Wood)
    -> Mesh
  {
    polygon([origin, origin + first, origin + first + second, origin + second], wood)
  }

  static func polygon(_ corners: [Vector3], _ wood: Wood) -> Mesh {
    let normal = (corners[1] - corners[0]).cross(corners[2] - corners[0]).normalized
    return .polygon(corners, wood.coordinates(corners, normal: normal))
  }

  /// A box with its six faces, flat.
  static func box(_ lower: Vector3, _ upper: Vector3, _ wood: Wood) -> Mesh {
    let d = upper - lower
    let x = Vector3(d.x, 0, 0)
    let y = Vector3(0, d.y, 0)
    let z = Vector3(0, 0, d.z)
    return rectangle(lower, y, x, wood) + rectangle(lower + z, x, y, wood)
      + rectangle(lower, x, z, wood) + rectangle(lower + y, z, x, wood)
      + rectangle(lower, z, y, wood) + rectangle(lower + x, y, z, wood)
  }

  /// A box whose edges are rounded with `radius`, `steps` facets to a quarter turn.
  static func roundedBox(
    _ lower: Vector3, _ upper: Vector3, radius: Double, steps: Int = 2
  ) -> Mesh {
    let centre = (lower + upper) / 2
    let inner = (upper - lower) / 2 - Vector3(repeating: radius)
    var mesh = Mesh()
    // Each face of a cube, cut into strips that bend around the edges.
    for axis in 0..<3 {
      for sign in [-1.0, 1.0] {
        let first = (axis + 1) % 3
        let second = (axis + 2) % 3
        let stops = Self.stops(steps)
        let base = mesh.vertices.count
        for (tj, sj) in stops {
          for (ti, si) in stops {
            var direction = Vector3.zero
            direction[axis] = sign
            direction[first] = ti * sign
            direction[second] = tj
            var corner = Vector3.zero
            corner[axis] = sign * inner[axis]
            corner[first] = si * sign * inner[first]
            corner[second] = sj * inner[second]
            let normal = direction.normalized
            mesh.vertices.append(
              Mesh.Vertex(
                position: centre + corner + radius * normal, normal: normal,
                textureCoordinate: .zero))
          }
        }
        mesh.addGrid(base: base, columns: stops.count, rows: stops.count)
      }
    }
    return mesh
  }

  /// Tangents of the angles from -45 to 45 degrees around an edge, with the side they belong to.
  private static func stops(_ steps: Int) -> [(tangent: Double, side: Double)] {
    let half = (0...steps).map { tan(Double.pi / 4 * Double($0) / Double(steps)) }
    return half.reversed().map { (-$0, -1) } + half.map { ($0, 1) }
  }

  /// A solid of revolution about z: `profile` lists radius and height from bottom to top; the normals
  /// of neighbouring pieces are shared where they turn by less than 40 degrees.
  static func lathe(_ profile: [(r: Double, z: Double)], segments: Int) -> Mesh {
    var mesh = Mesh()
    let slopes = zip(profile, profile.dropFirst()).map { lower, upper -> SIMD2<Double> in
      let d = SIMD2(upper.z - lower.z, lower.r - upper.r)
      return d / (d.x * d.x + d.y * d.y).squareRoot()
    }
    for piece in slopes.indices {
      let ends = [(piece, piece - 1), (piece + 1, piece + 1)]
      let base = mesh.vertices.count
      for (point, neighbour) in ends {
        var slope = slopes[piece]
        if slopes.indices.contains(neighbour) {
          let other = slopes[neighbour]
          if slope.x * other.x + slope.y * other.y > 0.77 { slope += other }
        }
        for segment in 0...segments {
          let (x, y) = unitCircle(segment % segments, of: segments)
          mesh.vertices.append(
            Mesh.Vertex(
              position: Vector3(profile[point].r * x, profile[point].r * y, profile[point].z),
              normal: Vector3(slope.x * x, slope.x * y, slope.y).normalized,
              textureCoordinate: .zero))
        }
      }
      mesh.addGrid(base: base, columns: segments + 1, rows: 2)
    }
    return mesh
  }

  /// A quarter circle for profiles: from angle 0 (outwards) to 90 degrees (upwards).
  static func arc(
    centre: (r: Double, z: Double), radius: Double, from: Double, to: Double, steps: Int
  ) -> [(r: Double, z: Double)] {
    (0...steps).map {
      let angle = (from + (to - from) * Double($0) / Double(steps)) * Double.pi / 180
      return (max(0, centre.r + radius * cos(angle)), centre.z + radius * sin(angle))
    }
  }
}

extension Mesh {
  /// Two triangles for every cell of a grid of vertices; degenerate ones are left out when written.
  mutating func addGrid(base: Int, columns: Int, rows: Int) {
    for row in 0..<(rows - 1) {
      for column in 0..<(columns - 1) {
        let a = base + row * columns + column
        triangles.append((a, a + 1, a + columns + 1))
        triangles.append((a, a + columns + 1, a + columns))
      }
    }
  }

  /// Wood on a piece: every triangle takes the coordinates of the side it mostly faces.
  func paneled(_ wood: Wood) -> Mesh {
    var result = Mesh()
    for (a, b, c) in triangles {
      let corners = [a, b, c].map { vertices[$0] }
      let facing = (corners[1].position - corners[0].position)
        .cross(corners[2].position - corners[0].position)
      var normal = Vector3.zero
      let size = Vector3(abs(facing.x), abs(facing.y), abs(facing.z))
      let axis = size.x > size.y ? (size.x > size.z ? 0 : 2) : (size.y > size.z ? 1 : 2)
      normal[axis] = facing[axis] < 0 ? -1 : 1
      let base = result.vertices.count
      let coordinates = wood.coordinates(corners.map(\.position), normal: normal)
      for (corner, coordinate) in zip(corners, coordinates) {
        var vertex = corner
        vertex.textureCoordinate = coordinate
        result.vertices.append(vertex)
      }
      result.triangles.append((base, base + 1, base + 2))
    }
    return result
  }

  /// Brushed metal from the strip at the picture's top.
  func metal() -> Mesh {
    var result = self
    for index in vertices.indices {
      let p = vertices[index].position
      result.vertices[index].textureCoordinate = SIMD2(
        p.x + p.y + p.z, 0.94 + 0.03 * (p.z - p.y).clampedToUnit)
    }
    return result
  }
}

extension Double {
  fileprivate var clampedToUnit: Double { min(max(self, -1), 1) }
}

import Geometry

/// Triangles with smooth or flat normals and texture coordinates; counter-clockwise from outside.
struct Mesh {
  struct Vertex {
    var position: Vector3
    var normal: Vector3
    var textureCoordinate: SIMD2<Double>
  }

  var vertices: [Vertex] = []
  var triangles: [(Int, Int, Int)] = []

  mutating func append(_ other: Mesh) {
    let offset = vertices.count
    vertices += other.vertices
    triangles += other.triangles.map { ($0.0 + offset, $0.1 + offset, $0.2 + offset) }
  }

  static func + (left: Mesh, right: Mesh) -> Mesh {
    var sum = left
    sum.append(right)
    return sum
  }

  /// A flat polygon (convex, counter-clockwise from outside) with texture coordinates per corner.
  static func polygon(_ corners: [Vector3], _ coordinates: [SIMD2<Double>]) -> Mesh {
    let normal = (corners[1] - corners[0]).cross(corners[2] - corners[0]).normalized
    var mesh = Mesh()
    for (corner, coordinate) in zip(corners, coordinates) {
      mesh.vertices.append(
        Vertex(position: corner, normal: normal, textureCoordinate: coordinate))
    }
    for last in 2..<corners.count { mesh.triangles.append((0, last - 1, last)) }
    return mesh
  }

  /// Maps positions; normals go through `rotation`, which must be the map's linear part.
  func mapped(
    _ position: (Vector3) -> Vector3, rotation: (Vector3) -> Vector3
  ) -> Mesh {
    var result = self
    for index in vertices.indices {
      result.vertices[index].position = position(vertices[index].position)
      result.vertices[index].normal = rotation(vertices[index].normal)
    }
    return result
  }

  func translated(_ offset: Vector3) -> Mesh {
    mapped({ $0 + offset }, rotation: { $0 })
  }

  /// The local z axis becomes `axis` (one of the coordinate axes, either sign).
  func rotated(zTo axis: Vector3) -> Mesh {
    let (x, y) = axis.orthonormalPair
    let turn = { (v: Vector3) in v.x * x + v.y * y + v.z * axis }
    return mapped(turn, rotation: turn)
  }

  /// The same mesh with one texture coordinate everywhere: a cell of the palette.
  func colored(_ color: Palette) -> Mesh {
    var result = self
    for index in result.vertices.indices {
      result.vertices[index].textureCoordinate = color.textureCoordinate
    }
    return result
  }
}

extension SIMD3 where Scalar == Double {
  var normalized: Vector3 {
    let length = length
    return length > 0 ? self / length : Vector3(0, 0, 1)
  }

  /// Two axes that with this one form a right-handed frame (x, y, self).
  var orthonormalPair: (x: Vector3, y: Vector3) {
    let helper = abs(z) > 0.9 ? Vector3(1, 0, 0) : Vector3(0, 0, 1)
    let x = abs(z) > 0.9 ? helper : helper.cross(self).normalized
    return (x, cross(x).normalized)
  }
}

extension Mesh {
  /// The mesh as an OBJ file; `library` and its material `surface` are named when given.
  func obj(name: String, library: String? = nil) -> [UInt8] {
    var file = OBJText()
    if let library { file.text += "mtllib \(library)\n" }
    file.begin(name, material: library == nil ? nil : "surface")
    file.append(self)
    return file.bytes
  }
}

/// Collects OBJ groups; equal positions, normals and coordinates are written once.
struct OBJText {
  var text = ""
  private var positions: [SIMD3<Int>: Int] = [:]
  private var normals: [SIMD3<Int>: Int] = [:]
  private var coordinates: [SIMD2<Int>: Int] = [:]

  var bytes: [UInt8] { Array(text.utf8) }

  mutating func begin(_ name: String, material: String? = nil) {
    text += "o \(name)\n"
    if let material { text += "usemtl \(material)\n" }
  }

  mutating func append(_ mesh: Mesh) {
    var corners: [String] = []
    for vertex in mesh.vertices {
      let position = index(vertex.position, 1e6, "v", 6, \.positions)
      let normal = index(vertex.normal, 1e4, "vn", 4, \.normals)
      corners.append("\(position)/\(index(vertex.textureCoordinate))/\(normal)")
    }
    appendFaces(mesh, corners)
  }

  /// Positions only, for collision shapes.
  mutating func appendShape(_ mesh: Mesh) {
    var corners: [String] = []
    for vertex in mesh.vertices {
      corners.append("\(index(vertex.position, 1e6, "v", 6, \.positions))")
    }
    appendFaces(mesh, corners)
  }

  private mutating func appendFaces(_ mesh: Mesh, _ corners: [String]) {
    for (a, b, c) in mesh.triangles {
      let face = [corners[a], corners[b], corners[c]]
      guard Set(face.map { $0.prefix { $0 != "/" } }).count == 3 else { continue }
      text += "f \(face.joined(separator: " "))\n"
    }
  }

  private mutating func index(
    _ value: Vector3, _ scale: Double, _ keyword: String, _ digits: Int,
    _ known: WritableKeyPath<OBJText, [SIMD3<Int>: Int]>
  ) -> Int {
    let key = SIMD3<Int>(
      Int((value.x * scale).rounded()), Int((value.y * scale).rounded()),
      Int((value.z * scale).rounded()))
    if let index = self[keyPath: known][key] { return index }
    let index = self[keyPath: known].count + 1
    self[keyPath: known][key] = index
    let numbers = [key.x, key.y, key.z].map { decimal($0, digits: digits) }
    text += "\(keyword) \(numbers.joined(separator: " "))\n"
    return index
  }

  private mutating func index(_ value: SIMD2<Double>) -> Int {
    let key = SIMD2<Int>(Int((value.x * 1e4).rounded()), Int((value.y * 1e4).rounded()))
    if let index = coordinates[key] { return index }
    let index = coordinates.count + 1
    coordinates[key] = index
    text += "vt \(decimal(key.x, digits: 4)) \(decimal(key.y, digits: 4))\n"
    return index
  }
}

/// `value` / 10^digits in the shortest decimal form: the same text on every machine.
func decimal(_ value: Int, digits: Int) -> String {
  var fraction = String(abs(value))
  while fraction.count <= digits { fraction = "0" + fraction }
  let whole = fraction.dropLast(digits)
  var rest = fraction.suffix(digits)
  while rest.last == "0" { rest.removeLast() }
  let sign = value < 0 ? "-" : ""
  return rest.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
}

extension Mesh {
  /// The mesh as a binary STL file, facet normals from the corners.
  func stl() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 80)
    append(UInt32(triangles.count), to: &bytes)
    for (a, b, c) in triangles {
      let corners = [a, b, c].map { vertices[$0].position }
      let normal = (corners[1] - corners[0]).cross(corners[2] - corners[0]).normalized
      for vector in [normal] + corners {
        for component in [vector.x, vector.y, vector.z] {
          // Through the text's precision, so that both formats hold the same shape.
          let rounded = Float((component * 1e6).rounded() / 1e6)
          append((rounded == 0 ? 0 : rounded).bitPattern, to: &bytes)
        }
      }
      bytes += [0, 0]
    }
    return bytes
  }

  private func append(_ value: UInt32, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}

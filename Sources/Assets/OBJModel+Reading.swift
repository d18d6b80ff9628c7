extension OBJModel {
  /// Reads an OBJ file's bytes by PyBullet's rules: float32 numbers, a new group at each `o` or `g`
  /// line, the material of a group is the one in use at its end, polygons are fanned, negative
  /// indices count back. `library` gives the materials of a `mtllib`, nil when it cannot be read.
  /// Throws `AssetError` with file and line.
  public init(
    obj bytes: [UInt8], file: String,
    library: (String) throws(AssetError) -> [MTLMaterial]? = { (_: String) in nil }
  ) throws(AssetError) {
    self = try withBytes(of: bytes) { (buffer) throws(AssetError) in
      var reader = OBJReader(buffer, file: file)
      return try reader.read(library: library)
    }
  }
}

extension MTLMaterial {
  /// Reads the materials of an MTL file's bytes in file order; unknown lines are skipped.
  public static func materials(mtl bytes: [UInt8], file: String) throws(AssetError) -> [MTLMaterial]
  {
    try withBytes(of: bytes) { (buffer) throws(AssetError) in
      var scanner = LineScanner(buffer, file: file)
      var result: [MTLMaterial] = []
      while scanner.nextLine() {
        guard let keyword = scanner.word() else { continue }
        if keyword == "newmtl" {
          let name = scanner.name()
          guard !name.isEmpty else { throw scanner.error("expected a name after newmtl") }
          result.append(MTLMaterial(name: name, diffuseTexture: nil))
        } else if keyword == "map_Kd" {
          let texture = scanner.rest()
          guard !texture.isEmpty else { throw scanner.error("expected a file after map_Kd") }
          guard !result.isEmpty else { throw scanner.error("expected newmtl before map_Kd") }
          result[result.count - 1].diffuseTexture = texture
        }
      }
      return result
    }
  }
}

/// `withUnsafeBufferPointer` with typed throws.
func withBytes<R>(
  of bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) throws(AssetError) -> R
) throws(AssetError) -> R {
  let result = bytes.withUnsafeBufferPointer { buffer -> Result<R, AssetError> in
    do throws(AssetError) {
      return .success(try body(buffer))
    } catch {
      return .failure(error)
    }
  }
  return try result.get()
}

private struct OBJReader {
  private var scanner: LineScanner
  private var model = OBJModel(
    positions: [], normals: [], textureCoordinates: [], groups: [], materials: [])
  private var group = OBJGroup(name: "", corners: [], material: nil)
  private var polygon: [OBJCorner] = []
  /// Indices into `model.materials` of the library last read.
  private var library: [String: Int] = [:]
  private var greatestPosition: (index: Int32, line: Int) = (-1, 0)
  private var greatestOther: Int32 = -1

  init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
    scanner = LineScanner(bytes, file: file)
    // Lines of vertices and faces in the usual proportions: enough to avoid most regrowth.
    model.positions.reserveCapacity(bytes.count / 24)
    model.normals.reserveCapacity(bytes.count / 24)
    group.corners.reserveCapacity(bytes.count / 40)
  }

  mutating func read(
    library: (String) throws(AssetError) -> [MTLMaterial]?
  ) throws(AssetError) -> OBJModel {
    while scanner.nextLine() {
      guard let keyword = scanner.word() else { continue }
      if keyword == "v" {
        for _ in 0..<3 { try model.positions.append(scanner.float("three coordinates after v")) }
      } else if keyword == "f" {
        try readFace()
      } else if keyword == "vn" {
        for _ in 0..<3 { try model.normals.append(scanner.float("three coordinates after vn")) }
      } else if keyword == "vt" {
        for _ in 0..<2 {
          try model.textureCoordinates.append(scanner.float("two coordinates after vt"))
        }
      } else if keyword == "o" || keyword == "g" {
        flush()
        group.name = scanner.name()
      } else if keyword == "usemtl" {
        group.material = self.library[scanner.name()]
      } else if keyword == "mtllib" {
        try use(library(scanner.name()))
      }
    }
    flush()
    try checkIndices()
    return model
  }

  private mutating func use(_ materials: [MTLMaterial]?) {
    library = [:]
    for material in materials ?? [] where library[material.name] == nil {
      library[material.name] = model.materials.count
      model.materials.append(material)
    }
  }

  private mutating func flush() {
    guard !group.corners.isEmpty else { return }
    model.groups.append(group)
    group.corners = []
  }

  private mutating func readFace() throws(AssetError) {
    polygon.removeAll(keepingCapacity: true)
    while let word = scanner.word() {
      try polygon.append(corner(word))
    }
    guard polygon.count >= 3 else {
      throw scanner.error("expected at least three corners after f, found \(polygon.count)")
    }
    for last in 2..<polygon.count {
      group.corners.append(polygon[0])
      group.corners.append(polygon[last - 1])
      group.corners.append(polygon[last])
    }
  }

  /// `i`, `i/j`, `i//k` or `i/j/k`.
  private mutating func corner(
    _ word: UnsafeBufferPointer<UInt8>
  ) throws(AssetError) -> OBJCorner {
    var start = 0
    let position = try index(
      in: word, from: &start, count: model.positions.count / 3, isRequired: true)
    let texture = try index(
      in: word, from: &start, count: model.textureCoordinates.count / 2, isRequired: false)
    let normal = try index(
      in: word, from: &start, count: model.normals.count / 3, isRequired: false)
    guard start > word.count else { throw malformedCorner(word) }
    if position > greatestPosition.index { greatestPosition = (position, scanner.line) }
    greatestOther = max(greatestOther, texture, normal)
    return OBJCorner(position: position, textureCoordinate: texture, normal: normal)
  }

  /// The zero-based index up to the next slash, -1 where there is none.
  private func index(
    in word: UnsafeBufferPointer<UInt8>, from start: inout Int, count: Int, isRequired: Bool
  ) throws(AssetError) -> Int32 {
    guard start < word.count else {
      start = word.count + 1
      return -1
    }
    var end = start
    while end < word.count, word[end] != UInt8(ascii: "/") { end += 1 }
    defer { start = end + 1 }
    if end == start, !isRequired { return -1 }
    guard let value = Numbers.integer(UnsafeBufferPointer(rebasing: word[start..<end])),
      value != 0, abs(value) <= Int32.max
    else { throw malformedCorner(word) }
    let index = value > 0 ? value - 1 : count + value
    guard index >= 0 else {
      throw scanner.error("index \(value) reaches before the first of \(count) entries")
    }
    return Int32(index)
  }

  private func malformedCorner(_ word: UnsafeBufferPointer<UInt8>) -> AssetError {
    scanner.error(
      "expected a corner i, i/j, i//k or i/j/k, found '\(String(decoding: word, as: UTF8.self))'")
  }

  /// Faces may come before their vertices, so ranges are known only at the end. Normals and
  /// texture coordinates out of range count as missing, as in PyBullet.
  private mutating func checkIndices() throws(AssetError) {
    let positions = model.positions.count / 3
    guard greatestPosition.index < positions else {
      throw AssetError(
        file: scanner.file, line: greatestPosition.line,
        message:
          "vertex \(greatestPosition.index + 1) is used, but the file has \(positions) vertices")
    }
    let normals = model.normals.count / 3
    let textureCoordinates = model.textureCoordinates.count / 2
    guard greatestOther >= min(normals, textureCoordinates) else { return }
    for group in model.groups.indices {
      for corner in model.groups[group].corners.indices {
        let indices = model.groups[group].corners[corner]
        if indices.normal >= normals { model.groups[group].corners[corner].normal = -1 }
        if indices.textureCoordinate >= textureCoordinates {
          model.groups[group].corners[corner].textureCoordinate = -1
        }
      }
    }
  }
}

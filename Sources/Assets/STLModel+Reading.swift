extension STLModel {
  /// Reads a binary STL (80 bytes, a count, 50 bytes per facet) or an ASCII one.
  /// Throws `AssetError` with the file and, for ASCII, the line.
  public init(stl bytes: [UInt8], file: String) throws(AssetError) {
    if let count = Self.binaryFacetCount(bytes) {
      self = Self.binary(bytes, count: count)
      let values = [normals, vertices]
      guard values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
        throw AssetError(file: file, message: "expected finite numbers in every facet")
      }
    } else if bytes.starts(with: "solid".utf8) {
      self = try withBytes(of: bytes) { (buffer) throws(AssetError) in
        var scanner = LineScanner(buffer, file: file)
        return try Self.ascii(&scanner)
      }
    } else {
      throw AssetError(
        file: file,
        message: "expected a binary STL of 84 + 50 bytes per facet, or 'solid' as the first word;"
          + " found \(bytes.count) bytes")
    }
    guard !vertices.isEmpty else { throw AssetError(file: file, message: "expected facets") }
  }

  private static func binaryFacetCount(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 84 else { return nil }
    let count = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 80, as: UInt32.self) }
    let facets = Int(UInt32(littleEndian: count))
    return bytes.count == 84 + 50 * facets ? facets : nil
  }

  private static func binary(_ bytes: [UInt8], count: Int) -> STLModel {
    var model = STLModel(normals: [], vertices: [])
    model.normals.reserveCapacity(3 * count)
    model.vertices.reserveCapacity(9 * count)
    bytes.withUnsafeBytes { buffer in
      for facet in 0..<count {
        for number in 0..<12 {
          let offset = 84 + 50 * facet + 4 * number
          let bits = buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
          let value = Float(bitPattern: UInt32(littleEndian: bits))
          if number < 3 { model.normals.append(value) } else { model.vertices.append(value) }
        }
      }
    }
    return model
  }

  private static func ascii(_ scanner: inout LineScanner) throws(AssetError) -> STLModel {
    var model = STLModel(normals: [], vertices: [])
    while scanner.nextLine() {
      guard let keyword = scanner.word() else { continue }
      if keyword == "facet" {
        guard model.vertices.count == 3 * model.normals.count else {
          throw scanner.error("expected three vertices before the next facet")
        }
        guard scanner.name() == "normal" else { throw scanner.error("expected 'facet normal'") }
        for _ in 0..<3 { try model.normals.append(scanner.float("three numbers of a normal")) }
      } else if keyword == "vertex" {
        guard model.vertices.count < 3 * model.normals.count else {
          throw scanner.error("expected 'facet normal' before a fourth vertex")
        }
        for _ in 0..<3 { try model.vertices.append(scanner.float("three numbers of a vertex")) }
      } else if !isStructure(keyword) {
        throw scanner.error(
          "expected solid, facet, outer, vertex, endloop, endfacet or endsolid, found "
            + "'\(String(decoding: keyword, as: UTF8.self))'")
      }
    }
    guard model.vertices.count == 3 * model.normals.count else {
      throw scanner.error("expected three vertices in the last facet")
    }
    return model
  }

  private static func isStructure(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
    word == "solid" || word == "outer" || word == "endloop" || word == "endfacet"
      || word == "endsolid"
  }
}

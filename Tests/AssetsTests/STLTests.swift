import Testing

@testable import Assets

@Suite struct STLTests {
  private static let ascii = """
    solid thing
      facet normal 0 0 1
        outer loop
          vertex 0 0 0
          vertex 1 0 0
          vertex 0.5 1e0 0
        endloop
      endfacet
    endsolid thing
    """

  private static func binary(_ numbers: [Float]) -> [UInt8] {
    var bytes = [UInt8](repeating: 32, count: 80)
    for value in [UInt32(numbers.count / 12)] { append(value, to: &bytes) }
    for (index, number) in numbers.enumerated() {
      append(number.bitPattern, to: &bytes)
      if index % 12 == 11 { bytes += [0, 0] }
    }
    return bytes
  }

  private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
    for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }

  @Test func bothFormsAreRead() throws {
    let fromText = try STLModel(stl: Array(Self.ascii.utf8), file: "a.stl")
    let fromBytes = try STLModel(
      stl: Self.binary([0, 0, 1, 0, 0, 0, 1, 0, 0, 0.5, 1, 0]), file: "b.stl")
    #expect(fromText == fromBytes)
    #expect(fromText.normals == [0, 0, 1])
    #expect(fromText.vertices == [0, 0, 0, 1, 0, 0, 0.5, 1, 0])
  }

  @Test(arguments: [
    ("normal 0 0 1", "normal 0 0", 2), ("vertex 1 0 0", "vertex 1 0 x", 5),
    ("endloop", "endlop", 7), ("      vertex 1 0 0\n", "", 8),
    ("outer loop", "vertex 1 1 1", 6),
  ])
  func textFailsWithItsLine(old: String, new: String, line: Int) throws {
    let text = Self.ascii.replacing(old, with: new)
    let error = #expect(throws: AssetError.self) {
      try STLModel(stl: Array(text.utf8), file: "a.stl")
    }
    #expect(error?.file == "a.stl" && error?.line == line)
  }

  @Test func bytesFail() {
    let whole = Self.binary([0, 0, 1, 0, 0, 0, 1, 0, 0, 0.5, 1, 0])
    let broken = [
      Array(whole.dropLast()), [], Array(whole.prefix(84)),
      Self.binary([0, 0, 1, .nan, 0, 0, 1, 0, 0, 0.5, 1, 0]), Self.binary([]),
    ]
    for bytes in broken {
      #expect(throws: AssetError.self) { try STLModel(stl: bytes, file: "a.stl") }
    }
  }
}

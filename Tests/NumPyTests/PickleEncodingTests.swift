import Testing

@testable import NumPy

/// Random values of every kind the encoder writes; `depth` bounds nesting.
private func drawn(_ random: inout RandomState, depth: Int) -> PickleValue {
  switch random.randint(0, depth > 0 ? 10 : 6) {
  case 0: return .none
  case 1: return .bool(random.randint(0, 2) == 1)
  case 2: return .integer(random.randint(-300, 300))
  case 3: return .integer([Int.max, Int.min, 1 << 31, -(1 << 31), 1 << 40][random.randint(0, 5)])
  case 4: return .float(random.uniform(-1e9, 1e9))
  case 5: return .string(["", "task", "öffne die Schublade", "a\nb"][random.randint(0, 4)])
  case 6: return .bytes((0..<random.randint(0, 40)).map { UInt8($0) })
  case 7: return .list((0..<random.randint(0, 5)).map { _ in drawn(&random, depth: depth - 1) })
  case 8: return .tuple((0..<random.randint(0, 5)).map { _ in drawn(&random, depth: depth - 1) })
  default:
    return .dictionary(
      (0..<random.randint(0, 5)).map {
        .init(key: .string("k\($0)"), value: drawn(&random, depth: depth - 1))
      })
  }
}

@Test func whatIsEncodedIsDecoded() throws {
  var random = RandomState(seed: 3)
  for _ in 0..<200 {
    let value = drawn(&random, depth: 4)
    let bytes = Pickle.encode(value)
    let decoded = try Pickle.decode(bytes, allowing: [], source: "test")
    #expect(String(describing: decoded) == String(describing: value))
  }
}

@Test func arraysInPicklesComeBack() throws {
  let array = NPYArray([Float](repeating: 0.5, count: 12), shape: [3, 1, 4])
  let bytes = Pickle.encode(.record(["emb": .array(array)]))
  let value = try Pickle.decode(bytes, allowing: PickleGlobal.numpy, source: "test")
  let back = try #require(value["emb"]).array(source: "test")
  #expect(back.shape == [3, 1, 4] && back.dtype == .float32)
  #expect(try back.elements(as: Float.self) == [Float](repeating: 0.5, count: 12))
}

@Test func objectsComeBackFromNPYFiles() throws {
  let info = PickleValue.record(["calvin_scene_D": .list([.integer(100), .integer(204)])])
  let array = try parseNPY(objectNPY(info), source: "scene_info.npy")
  #expect(array.dtype == .object && array.shape.isEmpty)
  let object = try #require(try array.objects().first)
  #expect(object["calvin_scene_D"]?.elements?.compactMap(\.integer) == [100, 204])
}

@Test(arguments: [NPZPacking.stored, .deflated(level: 1), .deflated(level: 12)])
func everyPackingComesBack(_ packing: NPZPacking) throws {
  var random = RandomState(seed: 9)
  let pixels = (0..<3000).map { _ in UInt8(random.randint(0, 40)) }
  let writer = try NPZWriter(packing)
  for _ in 0..<2 {
    let bytes = try writer.bytes(of: [
      ("rgb", NPYArray(pixels, shape: [10, 100, 3])), ("empty", NPYArray([Double]())),
    ])
    let archive = try NPZArchive(bytes: bytes, source: "frame.npz")
    #expect(try archive.array("rgb").elements(as: UInt8.self) == pixels)
    #expect(try archive.array("empty").count == 0)
    #expect(
      try bytes
        == writer.bytes(of: [
          ("rgb", NPYArray(pixels, shape: [10, 100, 3])), ("empty", NPYArray([Double]())),
        ]))
  }
}

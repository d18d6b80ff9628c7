import Testing

@testable import PolicyClient

private let shortestForms: [(Int64, [UInt8])] = [
  (127, [0x7f]), (128, [0xcc, 0x80]), (256, [0xcd, 1, 0]), (65536, [0xce, 0, 1, 0, 0]),
  (-32, [0xe0]), (-33, [0xd0, 0xdf]), (-129, [0xd1, 0xff, 0x7f]),
  (-32769, [0xd2, 0xff, 0xff, 0x7f, 0xff]),
]

@Test(arguments: shortestForms)
func integersTakeTheShortestForm(value: Int64, bytes: [UInt8]) throws {
  #expect(MessagePack.integer(value).encoded() == bytes)
  #expect(try MessagePack(decoding: bytes) == .integer(value))
}

@Test func everyKindSurvivesARoundTrip() throws {
  let value = MessagePack.map([
    .init(.string("s"), .string(String(repeating: "ä", count: 300))),
    .init(.binary([1, 2]), .binary([UInt8](repeating: 7, count: 70_000))),
    .init(.string("list"), .array((0..<20).map { .integer($0 * -1000) })),
    .init(.string("mixed"), .array([.null, .bool(false), .double(0.1), .unsigned(.max)])),
  ])
  #expect(try MessagePack(decoding: value.encoded()) == value)
}

@Test func mutatedBytesNeverCrashTheReader() throws {
  let good = MessagePack.object([
    ("actions", WireArray(floats: [1, 2, 3, 4, 5, 6, 7]).packed(keys: .text)),
    ("n", .array([.integer(5), .double(2), .string("x")])),
  ]).encoded()
  var state: UInt64 = 88_172_645_463_325_252
  func random(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }
  var refused = 0
  for _ in 0..<20_000 {
    var bytes = good
    for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(256)) }
    if random(4) == 0 { bytes.removeLast(random(bytes.count)) }
    guard let value = try? MessagePack(decoding: bytes) else {
      refused += 1
      continue
    }
    _ = try? value["actions"].flatMap { try WireArray(unpacking: $0) }
  }
  #expect(refused > 1000)
}

@Test func lyingLengthsAreRefused() {
  #expect(throws: MessagePack.DecodingError.self) {
    try MessagePack(decoding: [0xdd, 0xff, 0xff, 0xff, 0xff])
  }
  #expect(throws: MessagePack.DecodingError.self) {
    try MessagePack(decoding: [UInt8](repeating: 0x91, count: 100) + [0])
  }
}

@Test func anArrayWhoseBytesDoNotFitItsShapeIsRefused() {
  var array = WireArray(floats: [1, 2, 3])
  array.shape = [4]
  #expect(throws: PolicyClientError.self) {
    try WireArray(unpacking: array.packed(keys: .bytes))
  }
}

@Test func halfPrecisionIsRead() throws {
  let halves: [UInt16] = [0x3c00, 0xc000, 0x0001, 0x7c00]
  let array = WireArray(dtype: "<f2", shape: [4], data: halves.withUnsafeBytes { Array($0) })
  #expect(array.doubles == [1, -2, 0x1p-24, .infinity])
}

@Test func infiniteActionsAreRefused() {
  let array = WireArray(floats: [0, 0, .nan, 0, 0, 0, 1])
  #expect(throws: PolicyClientError.badAction("number 2 of the answer is nan")) {
    try actionRows(array, flattened: false)
  }
}

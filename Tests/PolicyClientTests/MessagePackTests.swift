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

@Test func lyingLengthsAreRefused() {
  #expect(throws: MessagePack.DecodingError.self) {
    try MessagePack(decoding: [0xdd, 0xff, 0xff, 0xff, 0xff])
  }
  #expect(throws: MessagePack.DecodingError.self) {
    try MessagePack(decoding: [UInt8](repeating: 0x91, count: 100) + [0])
  }
  // As many values as bytes would take sixteen times their memory.
  let many: [UInt8] = [0xdd, 0, 0x1e, 0x84, 0x80] + [UInt8](repeating: 0, count: 2_000_000)
  #expect {
    try MessagePack(decoding: many)
  } throws: {
    "\($0)".contains("more than a million values")
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
    try actionRows(array)
  }
}

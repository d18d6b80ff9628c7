import Foundation
import NumPy
import Testing

@testable import VLA

@Suite struct SafeTensorsTests {
  static func write(_ bytes: [UInt8]) throws -> String {
    let path = "\(try Fixtures.temporaryFolder())/t.safetensors"
    try writeFileAtomically(bytes, to: path)
    return path
  }

  /// A file with this header and so many bytes of numbers.
  static func file(_ header: String, _ size: Int) throws -> String {
    let text = Array(header.utf8)
    return try write(
      withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
        + [UInt8](repeating: 0, count: size))
  }

  static let entries: [SafeTensors.Entry] = [
    .init("a.weight", [2, 3], [1, -2, 3.5, 0, 5, 1e-20]),
    .init(name: "half", type: .f16, shape: [3], bytes: [0, 0x3c, 0, 0xc0, 1, 0]),
    .init(name: "brain", type: .bf16, shape: [2], bytes: [0x80, 0x3f, 0, 0xc1]),
    .init(name: "count", type: .i64, shape: [], bytes: [7, 0, 0, 0, 0, 0, 0, 0]),
    .init(name: "empty", type: .f32, shape: [0, 4], bytes: []),
  ]

  @Test func roundTrip() throws {
    let file = try SafeTensors(
      path: try Self.write(SafeTensors.encode(Self.entries, metadata: ["a\"b": "c\\\n"])))
    #expect(file.metadata == ["a\"b": "c\\\n"])
    #expect(file.tensors.count == 5)
    let weight = try #require(file.tensors["a.weight"])
    #expect(weight.shape == [2, 3])
    #expect(try weight.weights().array == [1, -2, 3.5, 0, 5, 1e-20])
    #expect(try file.tensors["half"]?.weights().array == [1, -2, Float(pow(2.0, -24))])
    #expect(try file.tensors["brain"]?.weights().array == [1, -8])
    #expect(file.tensors["count"]?.integers == [7])
    #expect(file.tensors["empty"]?.count == 0)
    #expect(throws: VLAError.self) { try file.tensors["count"]?.weights() }
  }

  /// Every lie a header can tell, with the word its error must contain.
  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "needs 8"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "truncated"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}"#, 8, "lies at"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 8, "lies at"),
    (#"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#, 4, "F33"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "whole numbers"),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4, "large"),
    (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "belong to no tensor"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "hole"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
      12, "overlaps"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      8, "twice"
    ), ("[]", 0, "not a JSON object"), ("{", 0, "expected"),
  ])
  func lyingHeaders(_ header: String, _ size: Int, _ word: String) throws {
    let path = try Self.file(header, size)
    let error = #expect(throws: VLAError.self) { try SafeTensors(path: path) }
    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("t.safetensors") == true)
  }

  @Test func notANumberIsRefusedByName() throws {
    let file = try SafeTensors(
      path: try Self.write(SafeTensors.encode([.init("w", [3], [0, .nan, 1])])))
    let error = #expect(throws: VLAError.self) { try file.tensors["w"]?.weights() }
    #expect(error?.item == "w")
    #expect(error?.message.contains("number 1 of 3") == true)
  }

  /// Truncations and random damage give an error or a file that can be read, never a trap.
  @Test func damagedFilesDoNotTrap() throws {
    let whole = SafeTensors.encode(Self.entries)
    let path = try Self.write(whole)
    var random = SeededGenerator(5)
    for round in 0..<1500 {
      var bytes = whole
      if round < whole.count {
        bytes = Array(whole.prefix(round))
      } else {
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
      }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      guard let file = try? SafeTensors(path: path) else { continue }
      #expect(round >= whole.count, "a file cut to \(round) bytes was accepted")
      for tensor in file.tensors.values { _ = try? tensor.floats() }
    }
  }

  @Test func shards() throws {
    let folder = try Fixtures.temporaryFolder()
    try writeFileAtomically(SafeTensors.encode([Self.entries[0]]), to: "\(folder)/m-1.safetensors")
    try writeFileAtomically(SafeTensors.encode([Self.entries[1]]), to: "\(folder)/m-2.safetensors")
    func index(_ map: String) throws {
      try writeFileAtomically(
        Array(#"{"weight_map": {\#(map)}}"#.utf8), to: "\(folder)/m.safetensors.index.json")
    }
    try index(#""a.weight": "m-1.safetensors", "half": "m-2.safetensors""#)
    #expect(
      try Checkpoint.open(folder: folder).tensors.keys.sorted() == ["model.a.weight", "model.half"])
    try index(#""a.weight": "m-1.safetensors", "gone": "m-2.safetensors""#)
    #expect(throws: VLAError.self) { try Checkpoint.open(folder: folder) }
    try index(#""a.weight": "../m-1.safetensors""#)
    #expect(throws: VLAError.self) { try Checkpoint.open(folder: folder) }
  }
}

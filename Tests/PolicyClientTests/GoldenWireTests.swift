import Foundation
import Testing

@testable import PolicyClient

/// Messages recorded from vla-eval 0.8.0 and openpi-client 0.1.2.
private let goldenFile = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()
  .appending(path: "shared/reference/wire/golden_wire.json")

private struct Golden: Decodable {
  var hex: String
  var bytes: [UInt8] {
    stride(from: 0, to: hex.count, by: 2).compactMap { offset in
      let start = hex.index(hex.startIndex, offsetBy: offset)
      return UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16)
    }
  }
}

@Suite(.enabled(if: FileManager.default.fileExists(atPath: goldenFile.path)))
struct GoldenWireTests {
  private let golden: [String: Golden]

  init() throws {
    golden = try JSONDecoder().decode(
      [String: Golden].self, from: Data(contentsOf: goldenFile))
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    try #require(golden[name]).bytes
  }

  private let image = WireArray(rgb: Array(0..<12), width: 2, height: 2)

  @Test func vlaEvalObservation() throws {
    let payload = MessagePack.object([
      ("images", .object([("rgb_static", image.packed(keys: .text))])),
      ("task_description", .string("a")),
      ("states", WireArray(floats: [1.5, -2]).packed(keys: .text)),
      ("episode_restart", .bool(true)),
    ])
    let message = VLAEvalMessage(
      type: "observation", payload: payload, sequence: 7, timestamp: 1)
    #expect(try message.encoded() == bytes("vla_observation"))
    #expect(try VLAEvalMessage(decoding: bytes("vla_observation")) == message)
  }

  @Test func vlaEvalAction() throws {
    let actions = WireArray(
      dtype: "<f4", shape: [2, 2], data: WireArray(floats: [1, 2, 3, 4]).data)
    let message = VLAEvalMessage(
      type: "action", payload: .object([("actions", actions.packed(keys: .text))]),
      sequence: 300, timestamp: 1)
    #expect(try message.encoded() == bytes("vla_action"))
    let decoded = try VLAEvalMessage(decoding: bytes("vla_action"))
    let packed = try #require(decoded.payload["actions"])
    let array = try #require(try WireArray(unpacking: packed))
    #expect(array.doubles == [1, 2, 3, 4])
  }

  @Test func vlaEvalEpisodeStart() throws {
    let task = MessagePack.object([
      ("name", .string("seq_0000")), ("seq_idx", .integer(0)), ("episode_idx", .integer(0)),
    ])
    let message = VLAEvalMessage(
      type: "episode_start", payload: .object([("task", task)]), sequence: 2, timestamp: 1)
    #expect(try message.encoded() == bytes("vla_episode_start"))
  }

  @Test func openPIObservation() throws {
    let value = MessagePack.object([
      ("observation/rgb_static", image.packed(keys: .bytes)),
      ("observation/state", WireArray(doubles: [1.5, -2]).packed(keys: .bytes)),
      ("prompt", .string("a")),
    ])
    #expect(try value.encoded() == bytes("openpi_observation"))
  }

  @Test func openPIActionReadsByteKeys() throws {
    let value = try MessagePack(decoding: bytes("openpi_action"))
    let packed = try #require(value["actions"])
    let array = try #require(try WireArray(unpacking: packed))
    #expect(array.shape == [2, 2])
    #expect(array.doubles == [1, 2, 3, 4])
    #expect(value["server_timing"]?["infer_ms"]?.doubleValue == 1)
  }
}

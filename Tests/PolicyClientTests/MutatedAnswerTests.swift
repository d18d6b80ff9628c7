import Calvin
import Foundation
import NIOPosix
import Policies
import Testing

@testable import PolicyClient

/// A generator whose numbers are the same in every run.
private struct Numbers {
  private var state: UInt64

  init(seed: Int) {
    state = 88_172_645_463_325_252 ^ (UInt64(seed) &* 0x9e37_79b9_7f4a_7c15)
    for _ in 0..<4 { _ = next(2) }
  }

  mutating func next(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }

  /// Bytes changed, cut off, doubled, or a length replaced by a huge one.
  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    switch next(6) {
    case 0: bytes.removeLast(next(bytes.count))
    case 1: bytes += bytes.prefix(1 + next(bytes.count))
    case 2:
      // A four-byte length of a string, blob, array or map where something else was.
      let place = next(bytes.count)
      let tags: [UInt8] = [0xc6, 0xdb, 0xdd, 0xdf]
      let length: [UInt8] = [tags[next(4)], 0xff, 0xff, 0xff, 0xf0]
      bytes.replaceSubrange(place..<min(place + 5, bytes.count), with: length)
    default: for _ in 0...next(3) { bytes[next(bytes.count)] = UInt8(next(256)) }
    }
    return bytes
  }
}

private let actions = WireArray(
  dtype: "<f4", shape: [5, 7],
  data: WireArray(floats: (0..<35).map { Float($0) / 35 }).data)

/// Answers of both protocols as their libraries write them.
private let good: [[UInt8]] = [
  VLAEvalMessage(
    type: "action", payload: .object([("actions", actions.packed(keys: .text))]), sequence: 300,
    timestamp: 1
  ).encoded(),
  VLAEvalMessage(
    type: "error", payload: .object([("error", .string("observation_failed: RuntimeError"))]),
    sequence: 2, timestamp: 1
  ).encoded(),
  MessagePack.object([
    ("actions", actions.packed(keys: .bytes)),
    ("server_timing", .object([("infer_ms", .double(1))])),
  ]).encoded(),
]

struct MutatedAnswerTests {
  @Test(arguments: good.indices)
  func decodingEndsInNumbersOrAnError(answer: Int) {
    var numbers = Numbers(seed: answer)
    var outcomes = ["refused": 0, "no array": 0, "rows": 0]
    for _ in 0..<20_000 {
      let bytes = numbers.mutated(good[answer])
      do {
        let value = try MessagePack(decoding: bytes)
        _ = try? VLAEvalMessage(decoding: bytes)
        guard let packed = (value["payload"] ?? value)["actions"],
          let array = try WireArray(unpacking: packed)
        else {
          outcomes["no array", default: 0] += 1
          continue
        }
        let rows = try actionRows(array).rows
        let isFinite = rows.allSatisfy { $0.count >= 7 && $0.allSatisfy(\.isFinite) }
        #expect(!rows.isEmpty && isFinite)
        outcomes["rows", default: 0] += 1
      } catch { outcomes["refused", default: 0] += 1 }
    }
    #expect(outcomes["refused", default: 0] > 1000)
    #expect((outcomes["rows", default: 0] > 1000) == (answer != 1))
  }

  @Test(arguments: [WireProtocol.vlaEval, .openPI(.calvin)])
  func aClientSurvivesWhateverAServerSays(wire: WireProtocol) throws {
    let isVLA = wire == .vlaEval
    let server = try ScriptedServer(opening: isVLA ? [] : [.binary([0x80])]) { number, bytes in
      var numbers = Numbers(seed: number)
      guard isVLA else {
        return [.binary(numbers.next(3) == 0 ? good[2] : numbers.mutated(good[2]))]
      }
      guard let question = try? VLAEvalMessage(decoding: bytes) else { return [.close] }
      let payload: MessagePack =
        question.type == "hello"
        ? .object([("action_spec", .object([])), ("observation_params", .object([]))])
        : .object([("actions", actions.packed(keys: .text))])
      guard ["hello", "observation"].contains(question.type) else { return [] }
      let answer = VLAEvalMessage(
        type: question.type == "hello" ? "hello" : "action", payload: payload,
        sequence: question.sequence, timestamp: 1
      ).encoded()
      return [.binary(numbers.next(3) == 0 ? answer : numbers.mutated(answer))]
    }
    var options = RemoteOptions(address: server.address, wire: wire)
    options.connectTimeout = 5
    options.executionHorizon = 1
    let client = RemotePolicy(options: options, group: MultiThreadedEventLoopGroup.singleton)
    var acted = 0
    var refused = 0
    for _ in 0..<120 {
      do {
        try client.reset(for: subtask(0))
        let action = try client.act(observation())
        let isFinite = action.values.allSatisfy(\.isFinite)
        #expect(isFinite)
        acted += 1
      } catch {
        let isKnown = error is PolicyClientError || error is PolicyFault
        #expect(isKnown, "\(error)")
        #expect(!"\(error)".isEmpty)
        refused += 1
      }
    }
    #expect(acted > 20 && refused > 20)
  }
}

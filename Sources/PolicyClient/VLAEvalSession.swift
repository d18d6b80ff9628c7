import Assets
import Calvin
import Foundation
import NIOCore

/// The client side of vla-eval 0.8's protocol on one connection.
final class VLAEvalSession: RemoteSession {
  private let connection: WebSocketConnection
  private let options: RemoteOptions
  private var sequence = 0
  private var answered = false
  private var isEpisodeOpen = false
  private var episodeSequence: Int?
  private var restartPending = false
  private var steps = 0
  private var began = Date()
  private let wanted: VLAEvalObservationWishes

  let defaultMode: ActionMode
  let defaultHorizon = 1
  let maxConnections: Int?
  var extras: [String] { wanted.extras }
  private(set) var mismatches: [String] = []
  private(set) var isInStep = true

  init(connection: WebSocketConnection, options: RemoteOptions) throws(PolicyClientError) {
    self.connection = connection
    self.options = options
    let hello = MessagePack.object([
      ("harness_version", .string("0.8.0")), ("protocol_version", .integer(1)),
      ("benchmark", .string("calvin")),
    ])
    let sent = VLAEvalMessage(
      type: "hello", payload: hello, sequence: 0, timestamp: Date().timeIntervalSince1970)
    connection.send(sent.encoded())
    let reply: VLAEvalMessage
    do {
      reply = try Self.receive(connection, options.timeout, waitingFor: "answer to HELLO")
    } catch .protocolViolation(let what) {
      throw .protocolViolation("\(what) (an openpi server? --protocol openpi)")
    }
    guard reply.type == "hello" else {
      throw .protocolViolation("answered HELLO with \(reply.type)")
    }
    guard reply.sequence == 0 else {
      throw .protocolViolation("answered HELLO 0 with HELLO \(reply.sequence)")
    }
    sequence = 1
    wanted = try VLAEvalObservationWishes(reply.payload["observation_params"])
    defaultMode = wanted.actionMode
    maxConnections = reply.payload["capabilities"]?["max_connections"]?.integerValue
    if let maxConnections, maxConnections < 1 {
      throw .protocolViolation("HELLO's max_connections is \(maxConnections), expected 1 or more")
    }
    var lines = wanted.remarks
    lines += Self.compare(
      reply.payload["action_spec"], with: Self.ourActionFormats(options.actionMode ?? defaultMode),
      kind: "action")
    mismatches = lines
  }

  /// The formats an action mode stands for, in vla-eval's words.
  private static func ourActionFormats(_ mode: ActionMode) -> [(String, Set<String>)] {
    switch mode {
    case .relative, .vlaDelta:
      [
        ("position", ["delta_xyz"]), ("rotation", ["euler_xyz"]),
        ("gripper", ["binary_close_negative"]),
      ]
    case .vlaAbsolute:
      [
        ("position", ["absolute_xyz"]), ("rotation", ["axis_angle"]),
        ("gripper", ["binary_close_positive"]),
      ]
    case .absoluteEuler:
      [
        ("position", ["absolute_xyz"]), ("rotation", ["euler_xyz"]),
        ("gripper", ["binary_close_negative"]),
      ]
    case .absoluteQuaternion:
      [
        ("position", ["absolute_xyz"]), ("rotation", ["quaternion_xyzw"]),
        ("gripper", ["binary_close_negative"]),
      ]
    }
  }

  private static func compare(
    _ spec: MessagePack?, with ours: [(String, Set<String>)], kind: String
  ) -> [String] {
    guard let spec, case .map = spec else { return [] }
    return ours.compactMap { name, formats in
      let expected = formats.sorted().joined(separator: "|")
      guard let declared = spec[name] else {
        return "\(kind) \(name): server declares nothing, executed here as \(expected)"
      }
      let format = declared["format"]?.stringValue ?? "(no format)"
      return formats.contains(format)
        ? nil : "\(kind) \(name): server \(format), executed here as \(expected)"
    }
  }

  func begin(task: String, chain: Int, isNewChain: Bool) {
    if options.subtaskReset == .vlaEval && !isNewChain && isEpisodeOpen {
      restartPending = true
      return
    }
    if isEpisodeOpen { endEpisode() }
    let info = MessagePack.object([
      ("name", .string("seq_" + String(format: "%04d", chain))),
      ("seq_idx", .integer(Int64(chain))), ("episode_idx", .integer(0)),
      ("subtask", .string(task)),
    ])
    episodeSequence = send(type: "episode_start", payload: .object([("task", info)]))
    isEpisodeOpen = true
    restartPending = false
    steps = 0
    began = Date()
  }

  private func endEpisode() {
    let payload = MessagePack.object([
      ("metrics", .object([])), ("steps", .integer(Int64(steps))),
      ("elapsed_sec", .double(Date().timeIntervalSince(began))),
    ])
    _ = send(type: "episode_end", payload: payload)
    isEpisodeOpen = false
  }

  func rows(for observation: RemoteObservation) throws -> ActionRows {
    var payload = try wanted.payload(for: observation, codec: options.imageCodec)
    if restartPending {
      payload.append(("episode_restart", .bool(true)))
      restartPending = false
    }
    isInStep = false
    let question = send(type: "observation", payload: .object(payload))
    steps += 1
    let answer = try Self.receive(
      connection, answered ? options.timeout : options.warmupTimeout, waitingFor: "action")
    isInStep = answer.sequence == question
    if answer.type == "error" {
      let text = answer.payload["error"]?.stringValue ?? "no text"
      if answer.sequence == question || answer.sequence == episodeSequence {
        throw PolicyClientError.serverError(text)
      }
      throw PolicyClientError.protocolViolation(
        "error for message \(answer.sequence) while waiting for \(question): \(text)")
    }
    guard answer.type == "action", answer.sequence == question else {
      throw PolicyClientError.protocolViolation(
        "\(answer.type) \(answer.sequence) while waiting for action \(question)")
    }
    answered = true
    guard let value = answer.payload["actions"] ?? answer.payload["action"],
      let array = try WireArray(unpacking: value)
    else { throw PolicyClientError.protocolViolation("the answer has no array under actions") }
    // Of a chunk vla-eval executes the first row; so do we unless the user asks for more.
    return try actionRows(array)
  }

  func close() {
    if isEpisodeOpen { endEpisode() }
    connection.close()
  }

  private func send(type: String, payload: MessagePack) -> Int {
    let number = sequence
    sequence += 1
    let message = VLAEvalMessage(
      type: type, payload: payload, sequence: number, timestamp: Date().timeIntervalSince1970)
    connection.send(message.encoded())
    return number
  }

  private static func receive(
    _ connection: WebSocketConnection, _ timeout: Double, waitingFor what: String
  ) throws(PolicyClientError) -> VLAEvalMessage {
    switch try connection.receive(timeout: timeout, waitingFor: what) {
    case .binary(let bytes): return try VLAEvalMessage(decoding: bytes)
    case .text(let text):
      throw .protocolViolation("text frame \(text.prefix(200)); only binary frames are spoken")
    }
  }
}

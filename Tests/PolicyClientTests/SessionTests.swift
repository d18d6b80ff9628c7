import Calvin
import Foundation
import NIOPosix
import Policies
import Testing

@testable import PolicyClient

private func policy(
  _ server: ScriptedServer, _ wire: WireProtocol = .vlaEval,
  _ change: (inout RemoteOptions) -> Void = { _ in }
) -> RemotePolicy {
  var options = RemoteOptions(address: server.address, wire: wire)
  options.connectTimeout = 5
  options.timeout = 5
  options.warmupTimeout = 5
  change(&options)
  return RemotePolicy(options: options, group: MultiThreadedEventLoopGroup.singleton)
}

private func vla(
  _ type: String, _ payload: [(String, MessagePack)] = [], _ sequence: Int
) -> [UInt8] {
  VLAEvalMessage(type: type, payload: .object(payload), sequence: sequence, timestamp: 1).encoded()
}

private let row = WireArray(floats: [0, 0, 0, 0, 0, 0, 1])
private let emptyMap: [UInt8] = [0x80]

/// Answers as a vla-eval server does, except that `other` may replace the answer to an observation.
private func vlaServer(
  parameters: [(String, MessagePack)] = [],
  observation other: @escaping @Sendable (VLAEvalMessage) -> [ScriptedServer.Reply]? = { _ in nil }
) throws -> ScriptedServer {
  try ScriptedServer { _, bytes in
    guard let message = try? VLAEvalMessage(decoding: bytes) else { return [.close] }
    switch message.type {
    case "hello":
      let payload = [("observation_params", MessagePack.object(parameters))]
      return [.binary(vla("hello", payload, message.sequence))]
    case "observation":
      return other(message) ?? [
        .binary(vla("action", [("actions", row.packed(keys: .text))], message.sequence))
      ]
    default: return []
    }
  }
}

private func openPIAnswer(rows: Int = 5) -> [UInt8] {
  let actions = WireArray(
    dtype: "<f4", shape: [rows, 7], data: Array(repeating: row.data, count: rows).flatMap { $0 })
  return MessagePack.object([("actions", actions.packed(keys: .bytes))]).encoded()
}

private func messages(_ server: ScriptedServer) throws -> [VLAEvalMessage] {
  try server.seen.messages.map { try VLAEvalMessage(decoding: $0) }
}

/// The error of a question, as text.
private func refusal(_ client: RemotePolicy) -> String {
  do {
    try client.reset(for: subtask(0))
    _ = try client.act(observation())
    return "none"
  } catch { return "\(error)" }
}

struct SessionTests {
  // MARK: vla-eval

  @Test func messagesAreNumberedAndOfTheProtocolsShape() throws {
    let server = try vlaServer()
    let client = policy(server)
    for position in 0...1 {
      try client.reset(for: subtask(position))
      _ = try client.act(observation())
    }
    let seen = try messages(server)
    #expect(
      seen.map(\.type) == [
        "hello", "episode_start", "observation", "episode_end", "episode_start", "observation",
      ])
    #expect(seen.map(\.sequence) == Array(0...5))
    #expect(seen[0].payload["protocol_version"]?.integerValue == 1)
    #expect(seen[0].payload["benchmark"]?.stringValue == "calvin")
    #expect(seen[1].payload["recording"] == nil)
    #expect(seen[1].payload["task"]?["name"]?.stringValue == "seq_0000")
    guard case .map(let pairs) = seen[2].payload, case .map(let images)? = seen[2].payload["images"]
    else {
      Issue.record("the observation is no map")
      return
    }
    // Servers without camera names take the first image for the fixed camera.
    let expected = ["images", "task_description", "states"].map { MessagePack.string($0) }
    #expect(pairs.map(\.key) == expected)
    #expect(images.map(\.key) == [.string("rgb_static"), .string("rgb_gripper")])
    #expect(
      try images.map { try WireArray(unpacking: $0.value)?.shape } == [
        [200, 200, 3], [200, 200, 3],
      ])
    let states = try #require(seen[2].payload["states"])
    #expect(try WireArray(unpacking: states)?.dtype == "<f4")
    #expect(try WireArray(unpacking: states)?.shape == [8])
  }

  @Test func theRestartFlagIsOnOneObservationOnly() throws {
    let server = try vlaServer()
    let client = policy(server) { $0.subtaskReset = .vlaEval }
    for position in 0...1 {
      try client.reset(for: subtask(position))
      for _ in 0..<2 { _ = try client.act(observation()) }
    }
    let seen = try messages(server)
    #expect(seen.filter { $0.type == "episode_start" }.count == 1)
    let flags = seen.filter { $0.type == "observation" }
      .map { $0.payload["episode_restart"]?.boolValue }
    #expect(flags == [nil, nil, true, nil])
  }

  @Test func observationParametersAreFollowedAndUnknownOnesOnlyWarn() throws {
    let server = try vlaServer(parameters: [
      ("send_wrist_image", .bool(false)), ("send_state", .bool(false)),
      ("absolute_action", .bool(true)), ("ep_len", .integer(720)), ("success_mode", .string("x")),
    ])
    let client = policy(server)
    #expect(try client.connect().mode == .vlaAbsolute)
    let lines = client.conventionMismatches
    #expect(lines.contains { $0.contains("720") })
    #expect(lines.contains { $0.contains("success_mode: unknown") })
    try client.reset(for: subtask(0))
    _ = try client.act(observation())
    let seen = try #require(try messages(server).last)
    #expect(seen.payload["states"] == nil && seen.payload["images"]?["rgb_gripper"] == nil)
  }

  @Test func picturesTravelAsPNGWhenAsked() throws {
    let server = try vlaServer()
    let client = policy(server) { $0.imageCodec = .png }
    try client.reset(for: subtask(0))
    _ = try client.act(observation())
    let image = try #require(try messages(server).last?.payload["images"]?["rgb_static"])
    #expect(image["__image__"] == .bool(true) && image["format"] == .string("png"))
    #expect(image["shape"] == .array([.integer(200), .integer(200), .integer(3)]))
    guard case .binary(let png)? = image["data"] else {
      Issue.record("no bytes")
      return
    }
    #expect(png.starts(with: [0x89, 0x50, 0x4e, 0x47]) && png.count < 120_000)
  }

  @Test(arguments: [
    ("text", "text frame"), ("number", "action 99 while waiting for action 2"),
    ("type", "surprise 2 while waiting"), ("late error", "error for message 98"),
    ("envelope", "needs type, payload, seq and timestamp"), ("nonsense", "MessagePack offset"),
    ("no array", "no array under actions"), ("shape", "expected [7] or [T, 7]"),
    ("dtype", "array dtype <c8"), ("length", "comes with 28 bytes"), ("inf", "inf"),
    ("closed", "closed the connection"), ("endless frame", "WebSocket: "),
    ("silence", "no action from the policy server within"), ("rows", "[5, 3], expected [7] or"),
    ("compressed", "of an extension"), ("kind", "a frame of unknown kind"),
    ("cut frame", "WebSocket: "), ("flood", "MessagePack offset"),
  ])
  func brokenAnswersAreNamedAndTheNextSubtaskConnectsAnew(kind: String, message: String) throws {
    let server = try vlaServer { question in
      let number = question.sequence
      func action(_ value: MessagePack) -> ScriptedServer.Reply {
        .binary(vla("action", [("actions", value)], number))
      }
      func array(_ dtype: String, _ shape: [Int], _ data: [UInt8] = row.data) -> MessagePack {
        WireArray(dtype: dtype, shape: shape, data: data).packed(keys: .text)
      }
      return switch kind {
      case "text": [.text("Traceback")]
      case "number":
        [.binary(vla("action", [("actions", row.packed(keys: .text))], 99))]
      case "type": [.binary(vla("surprise", [], number))]
      case "late error": [.binary(vla("error", [("error", .string("old"))], 98))]
      case "envelope": [.binary(emptyMap)]
      case "nonsense": [.binary([0xc1])]
      case "no array": [action(.string("go"))]
      case "shape": [action(array("<f4", [7, 1, 1]))]
      case "dtype": [action(array("<c8", [7]))]
      case "length": [action(array("<f4", [8]))]
      case "inf": [action(WireArray(floats: [0, 0, .infinity, 0, 0, 0, 1]).packed(keys: .text))]
      case "closed": [.close]
      case "rows": [action(array("<f4", [5, 3], [UInt8](repeating: 0, count: 60)))]
      case "compressed": [.raw([0xc2, 1, 0])]
      case "kind": [.raw([0x83, 1, 0])]
      case "cut frame": [.raw([0x02, 1, 0, 0x82, 1, 0])]
      case "flood": Array(repeating: .binary([0xc1]), count: 1000)
      // A header that announces 2^62 bytes.
      case "endless frame": [.raw([0x82, 127, 0x40, 0, 0, 0, 0, 0, 0, 0])]
      default: []
      }
    }
    let client = policy(server) {
      $0.timeout = 1
      $0.warmupTimeout = 1
    }
    #expect(refusal(client).contains(message))
    // An answer that cannot be executed leaves question and answer in step; all else does not.
    let isPolicys = ["shape", "rows", "inf"].contains(kind)
    #expect(refusal(client).contains(message))
    #expect(server.seen.connections == (isPolicys ? 1 : 2))
  }

  @Test func anEndlessTimeoutWaits() throws {
    let server = try vlaServer()
    let client = policy(server) {
      $0.timeout = .infinity
      $0.warmupTimeout = 1e300
      $0.connectTimeout = .infinity
    }
    #expect(refusal(client) == "none")
  }

  @Test func aHelloWithAnotherNumberIsRefused() throws {
    let server = try ScriptedServer { _, _ in [.binary(vla("hello", [], 5))] }
    #expect(refusal(policy(server)).contains("HELLO 0 with HELLO 5"))
  }

  @Test(arguments: [
    (MessagePack.object([("send_state", .string("no"))]), "send_state is"),
    (.object([("action_mode", .integer(5))]), "action_mode integer(5), known are rel,"),
    (.array([]), "observation_params is"),
  ])
  func aHelloWithParametersOfAnotherKindIsRefused(parameters: MessagePack, message: String) throws {
    let server = try ScriptedServer { _, _ in
      [.binary(vla("hello", [("observation_params", parameters)], 0))]
    }
    #expect(refusal(policy(server)).contains(message))
  }

  @Test func aServerThatTakesNoConnectionIsRefused() throws {
    let server = try ScriptedServer { _, _ in
      let capabilities = MessagePack.object([("max_connections", .integer(0))])
      return [.binary(vla("hello", [("capabilities", capabilities)], 0))]
    }
    #expect(refusal(policy(server)).contains("max_connections is 0"))
  }

  @Test func nullAndNumbersStandForParameters() throws {
    let server = try vlaServer(parameters: [
      ("send_state", .integer(0)), ("send_depth", .integer(1)), ("action_mode", .null),
    ])
    let agreement = try policy(server).connect()
    #expect(agreement.mode == .vlaDelta && agreement.extras == ["depth"])
  }

  @Test func aServerThatDeclaresSomethingElseLaterIsNotAsked() throws {
    let server = try vlaServer(parameters: [("action_mode", .string("abs-quat"))])
    let client = policy(server) {
      $0.actionMode = .relative
      $0.declaration = ServerDeclaration(mode: .relative, extras: ["robot_obs"])
    }
    #expect(
      refusal(client).contains("declared rel, robot_obs when first met and declares abs-quat now"))
    #expect(try !messages(server).contains { $0.type == "observation" })
  }

  @Test func afterAFailedEpisodeTheAnswerThatIsStillDueIsNotTakenForTheNext() throws {
    let server = try ScriptedServer { _, bytes in
      guard let message = try? VLAEvalMessage(decoding: bytes) else { return [.close] }
      return switch message.type {
      case "hello": [.binary(vla("hello", [], message.sequence))]
      case "episode_start" where message.payload["task"]?["seq_idx"]?.integerValue == 0:
        [.binary(vla("error", [("error", .string("episode_start_failed"))], message.sequence))]
      case "observation":
        [.binary(vla("action", [("actions", row.packed(keys: .text))], message.sequence))]
      default: []
      }
    }
    let client = policy(server)
    #expect(refusal(client).contains("episode_start_failed"))
    try client.reset(for: subtask(0, chain: 1))
    _ = try client.act(observation())
  }

  @Test func aServerThatDoesNotReadIsFoundOutInTime() throws {
    let server = try ScriptedServer(opening: [.stopReading]) { _, _ in [] }
    let connection = try WebSocketConnection.open(
      server.address, headers: [], timeout: 5, group: MultiThreadedEventLoopGroup.singleton)
    // More than the sockets' buffers take.
    connection.send([UInt8](repeating: 0, count: 15 << 20))
    #expect(throws: PolicyClientError.timeout(seconds: 0.2, waitingFor: "action")) {
      try connection.receive(timeout: 0.2, waitingFor: "action")
    }
    connection.close()
  }

  @Test func aServersWordsAreCutAndFreedOfControlCharacters() {
    let error = PolicyClientError.serverError(
      "first\n\u{1b}[31m" + String(repeating: "x", count: 100_000) + "ValueError: last")
    #expect("\(error)".count < 5000)
    #expect("\(error)".contains("first\n[31mx") && "\(error)".hasSuffix("ValueError: last"))
  }

  // MARK: openpi

  @Test func openPISendsKeyAndObservationAsThePresetSays() throws {
    let server = try ScriptedServer(opening: [.binary(emptyMap)]) { _, _ in
      [.binary(openPIAnswer())]
    }
    let client = policy(server, .openPI(.libero)) { $0.apiKey = "secret" }
    try client.reset(for: subtask(0))
    _ = try client.act(observation())
    #expect(server.seen.headers.contains { $0 == ("Authorization", "Api-Key secret") })
    let sent = try MessagePack(decoding: try #require(server.seen.messages.first))
    guard case .map(let pairs) = sent else {
      Issue.record("the observation is no map")
      return
    }
    let keys = ["observation/image", "observation/wrist_image", "observation/state", "prompt"]
    #expect(pairs.map(\.key) == keys.map { .string($0) })
    for (key, shape) in [(keys[0], [224, 224, 3]), (keys[1], [224, 224, 3]), (keys[2], [8])] {
      let value = try #require(sent[key])
      guard case .map(let members) = value else { continue }
      #expect(members.first?.key == .binary(Array("__ndarray__".utf8)))
      #expect(try WireArray(unpacking: value)?.shape == shape)
    }
  }

  @Test func openPIAnswersNobodyAskedForAreNotExecuted() throws {
    let server = try ScriptedServer(opening: [.binary(emptyMap)]) { _, _ in
      [.binary(openPIAnswer(rows: 5)), .binary(openPIAnswer(rows: 5))]
    }
    let client = policy(server, .openPI(.calvin)) { $0.executionHorizon = 1 }
    try client.reset(for: subtask(0))
    _ = try client.act(observation())
    Thread.sleep(forTimeInterval: 0.2)
    #expect {
      _ = try client.act(observation())
    } throws: {
      "\($0)".contains("a message that answers no observation")
    }
    try client.reset(for: subtask(0))
    _ = try client.act(observation())
    #expect(server.seen.connections == 2)
  }

  @Test func aLateOpenPIAnswerIsNotTakenForTheNext() throws {
    let server = try ScriptedServer(opening: [.binary(emptyMap)]) { number, _ in
      number == 0 ? [] : [.binary(openPIAnswer())]
    }
    let client = policy(server, .openPI(.calvin)) { $0.warmupTimeout = 0.3 }
    #expect(refusal(client).contains("no action from the policy server within 0.3 s"))
    #expect(refusal(client) == "none")
    #expect(server.seen.connections == 2)
  }

  @Test(arguments: [[UInt8]([0x93, 1, 2, 3]), [0xc1], []])
  func openPIMetadataMustBeAMap(bytes: [UInt8]) throws {
    let server = try ScriptedServer(opening: [.binary(bytes)]) { _, _ in [] }
    #expect(refusal(policy(server, .openPI(.calvin))).contains("broke the protocol"))
  }

  @Test func keyMapsAreReadFromFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "keys.json")
    let map = OpenPIKeyMap(
      name: "mine", images: [.init(key: "a", camera: "static", size: 64)], stateKey: nil,
      state: .robotObservation, promptKey: "text", executionHorizon: 3, actionMode: .absoluteEuler)
    try JSONEncoder().encode(map).write(to: file)
    #expect(try OpenPIKeyMap(presetOrFile: file.path) == map)
    var broken = map
    broken.executionHorizon = 0
    try JSONEncoder().encode(broken).write(to: file)
    #expect(throws: PolicyClientError.self) { try OpenPIKeyMap(presetOrFile: file.path) }
    #expect(throws: PolicyClientError.self) { try OpenPIKeyMap(presetOrFile: "nowhere.json") }
  }
}

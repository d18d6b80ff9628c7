import Calvin
import Foundation
import NIOPosix
import Policies
import Testing

@testable import PolicyClient

/// First and second number of the next action: prediction count and row.
private func next(_ policy: RemotePolicy) throws -> [Int] {
  try policy.act(observation()).values.prefix(2).map { Int($0.rounded()) }
}

private func policy(
  _ server: PolicyServer, _ wire: WireProtocol = .vlaEval,
  _ change: (inout RemoteOptions) -> Void = { _ in }
) -> RemotePolicy {
  var options = RemoteOptions(address: server.address, wire: wire)
  options.actionMode = .absoluteEuler
  options.connectTimeout = 5
  options.timeout = 20
  change(&options)
  return RemotePolicy(options: options, group: MultiThreadedEventLoopGroup.singleton)
}

@Suite(.enabled(if: PolicyServers.python != nil), .serialized)
struct RealServerTests {
  let counting = PolicyServers.fixtures.appending(path: "counting_server.py")
  let openPI = PolicyServers.fixtures.appending(path: "openpi_server.py")

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: PolicyServers.recorded.path)))
  func helloIsParsedAndAMismatchOnlyWarns() throws {
    let script = PolicyServers.recorded.appending(path: "vla_random_server.py")
    let server = try PolicyServer.vlaEval(script, ["--args.absolute_action=true"])
    let client = policy(server) { $0.actionMode = nil }
    #expect(
      try client.connect()
        == .init(
          mode: .vlaAbsolute, horizon: 1, extras: [], maxConnections: nil,
          declaration: ServerDeclaration(mode: .vlaAbsolute, extras: [])))
    #expect(client.conventionMismatches.contains { $0.contains("position: server delta_xyz") })
    try client.reset(for: subtask(0))
    #expect(try client.act(observation()).values.count == 7)
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: PolicyServers.recorded.path)))
  func anErrorLeavesTheConnectionUsable() throws {
    let script = PolicyServers.recorded.appending(path: "vla_random_server.py")
    let server = try PolicyServer.vlaEval(script, ["--args.fail_every=2"])
    let client = policy(server)
    try client.reset(for: subtask(0))
    _ = try client.act(observation())
    #expect(throws: PolicyClientError.self) { try client.act(observation()) }
    _ = try client.act(observation())
  }

  @Test func aFailedEpisodeStartFailsTheSubtask() throws {
    let server = try PolicyServer.vlaEval(counting, ["--args.fail_start=true"])
    let client = policy(server)
    try client.reset(for: subtask(0))
    #expect {
      try client.act(observation())
    } throws: {
      "\($0)".contains("episode_start_failed")
    }
  }

  @Test func sequenceNumbersBeyond255Echo() throws {
    let server = try PolicyServer.vlaEval(counting, [])
    let client = policy(server)
    try client.reset(for: subtask(0))
    for step in 1...310 { #expect(try next(client) == [step, 0]) }
  }

  @Test func aStrictResetDropsTheServersChunkAndVLAEvalsFlagDoesNot() throws {
    for (reset, expected) in [(SubtaskReset.strict, [2, 0]), (.vlaEval, [1, 2])] {
      let server = try PolicyServer.vlaEval(counting, ["--args.chunk=4"])
      let client = policy(server) { $0.subtaskReset = reset }
      try client.reset(for: subtask(0))
      #expect(try next(client) == [1, 0])
      #expect(try next(client) == [1, 1])
      try client.reset(for: subtask(1))
      #expect(try next(client) == expected, "\(reset)")
    }
  }

  @Test(arguments: ["float16", "float32", "float64"])
  func everyFloatTypeIsExecuted(kind: String) throws {
    let server = try PolicyServer.vlaEval(counting, ["--args.kind=\(kind)"])
    let client = policy(server)
    try client.reset(for: subtask(0))
    #expect(try next(client) == [1, 0])
  }

  @Test func rowsAreFlattenedUnlessAHorizonIsGiven() throws {
    let server = try PolicyServer.vlaEval(counting, ["--args.kind=rows"])
    let client = policy(server)
    try client.reset(for: subtask(0))
    #expect(try next(client) == [1, 0])
    #expect(try next(client) == [2, 0])
    let chunked = policy(server) { $0.executionHorizon = 3 }
    try chunked.reset(for: subtask(0))
    #expect(try (0..<4).map { _ in try next(chunked)[0] } == [3, 3, 3, 4])
  }

  @Test func aNaNActionIsThePolicysFault() throws {
    let server = try PolicyServer.vlaEval(counting, ["--args.kind=nan"])
    let client = policy(server)
    try client.reset(for: subtask(0))
    #expect {
      try client.act(observation())
    } throws: {
      $0 is PolicyFault
    }
  }

  @Test func sixteenConnectionsAtOnce() async throws {
    let server = try PolicyServer.vlaEval(counting, [])
    let address = server.address
    let totals = try await withThrowingTaskGroup(of: Int.self) { group in
      for chain in 0..<16 {
        group.addTask {
          var options = RemoteOptions(address: address, wire: .vlaEval)
          options.actionMode = .absoluteEuler
          let client = RemotePolicy(
            options: options, group: MultiThreadedEventLoopGroup.singleton)
          try client.reset(for: subtask(0, chain: chain))
          return try (0..<5).map { _ in try next(client)[0] }.count
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(totals == 80)
  }

  @Test func aKilledServerIsAnInfrastructureFaultAndADeadPortGivesUp() throws {
    let server = try PolicyServer.vlaEval(counting, [])
    let client = policy(server) { $0.connectTimeout = 1 }
    try client.reset(for: subtask(0))
    _ = try next(client)
    server.kill()
    #expect {
      try client.act(observation())
    } throws: {
      $0 is PolicyClientError
    }
    #expect {
      try client.reset(for: subtask(0))
    } throws: {
      if case PolicyClientError.unreachable = $0 { true } else { false }
    }
  }

  @Test func openPIAnswersInRowsAndDropsThePlanAtASubtask() throws {
    let server = try PolicyServer(openPI) { ["\($0)", "10", "empty"] }
    let client = policy(server, .openPI(.calvin))
    try client.reset(for: subtask(0))
    #expect(
      try (0..<6).map { _ in try next(client) } == [
        [1, 0], [1, 1], [1, 2], [1, 3], [1, 4], [2, 0],
      ])
    try client.reset(for: subtask(1))
    #expect(try next(client) == [3, 0])
  }

  @Test func openPIErrorsArriveAsTextAndANewConnectionStartsAfresh() throws {
    let server = try PolicyServer(openPI) { ["\($0)", "10", "error"] }
    let client = policy(server, .openPI(.calvin))
    try client.reset(for: subtask(0))
    for _ in 0..<5 { _ = try next(client) }
    #expect(throws: PolicyClientError.serverError("Traceback: planted failure")) {
      try client.act(observation())
    }
    try client.reset(for: subtask(0))
    #expect(try next(client) == [3, 0])
  }

  @Test func openPIAnswersShorterThanTheHorizonAreRefused() throws {
    let server = try PolicyServer(openPI) { ["\($0)", "3", "ok"] }
    let client = policy(server, .openPI(.calvin))
    try client.reset(for: subtask(0))
    #expect {
      try client.act(observation())
    } throws: {
      "\($0)".contains("3 rows, the execution horizon is 5")
    }
  }

  @Test func fragmentedFramesAndPingsAreHandled() throws {
    let server = try PolicyServer(openPI) { ["\($0)", "10", "fragments"] }
    let client = policy(server, .openPI(.calvin))
    try client.reset(for: subtask(0))
    #expect(try next(client) == [1, 0])
    try client.reset(for: subtask(1))
    #expect(try next(client) == [2, 0])
  }
}

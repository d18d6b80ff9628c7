import Calvin
import Foundation
import NIOCore
import Policies

/// A policy that runs in a server; one connection per worker.
///
/// Rows of an answer are executed one per step up to the execution horizon; a new subtask or a new
/// connection drops what is left of them. A server that cannot be reached or breaks off is an
/// infrastructure fault: the next `reset` connects anew.
public final class RemotePolicy: Policy {
  private let options: RemoteOptions
  private let group: any EventLoopGroup
  private var session: (any RemoteSession)?
  private var converter: ActionConverter
  /// Rows still to be executed, the next one last, and what they came as.
  private var plan: [[Double]] = []
  private var precision = Action.Precision.double
  private var instruction = ""
  private var chain: Int?

  /// A policy that connects at its first subtask.
  public init(options: RemoteOptions, group: any EventLoopGroup) {
    self.options = options
    self.group = group
    self.converter = ActionConverter(mode: options.actionMode ?? .relative)
  }

  /// Conventions the server declared that differ from how its actions are executed; empty before
  /// the first connection.
  public var conventionMismatches: [String] { session?.mismatches ?? [] }

  /// What a server settles when it is first met.
  public struct Agreement: Sendable, Equatable {
    /// What the numbers of an answer mean.
    public var mode: ActionMode
    /// Rows executed per answer.
    public var horizon: Int
    /// What is sent beyond the protocol's own keys because the server asked for it.
    public var extras: [String]
    /// Connections the server takes at once, nil when it does not say.
    public var maxConnections: Int?
    /// What the server declared, whatever the options say.
    public var declaration: ServerDeclaration
  }

  /// Connects now and returns what server and options agree on.
  public func connect() throws -> Agreement {
    let session = try connected()
    return Agreement(
      mode: options.actionMode ?? session.defaultMode,
      horizon: options.executionHorizon ?? session.defaultHorizon, extras: session.extras,
      maxConnections: session.maxConnections, declaration: session.declaration)
  }

  /// Drops the cached rows and announces the subtask to the server, connecting if need be.
  public func reset(for subtask: SubtaskContext) throws {
    plan = []
    instruction = subtask.instruction
    let isNewChain = subtask.position == 0 || subtask.chain != chain || session == nil
    chain = subtask.chain
    let session = try connected()
    session.begin(task: subtask.task, chain: subtask.chain, isNewChain: isNewChain)
    converter = ActionConverter(mode: options.actionMode ?? session.defaultMode)
  }

  /// The next cached row, or the first of a new answer.
  public func act(_ observation: Policies.Observation) throws -> Action {
    let robot = observation.state.robotObservation
    if plan.isEmpty {
      let session = try connected()
      let question = RemoteObservation(
        instruction: instruction, robotObservation: robot,
        sceneObservation: observation.state.sceneObservation
      ) { try observation.cameras.frame($0, depth: $1) }
      let answer = try dropOnFailure { try session.rows(for: question) }
      let rows = answer.rows
      let horizon = options.executionHorizon ?? session.defaultHorizon
      guard rows.count >= horizon else {
        throw PolicyClientError.protocolViolation(
          "the answer has \(rows.count) rows, the execution horizon is \(horizon)")
      }
      guard rows[0].count >= converter.mode.width else {
        throw PolicyClientError.protocolViolation(
          "rows have \(rows[0].count) numbers, \(converter.mode.rawValue) needs "
            + "\(converter.mode.width)")
      }
      plan = Array(rows[0..<horizon].reversed())
      precision = answer.precision
    }
    return converter.action(plan.removeLast(), precision, robotObservation: robot)
  }

  // A server keeps a model for a connection: one left open would take it from the next attempt.
  deinit { close() }

  /// Says good-bye to the server.
  public func close() {
    session?.close()
    session = nil
  }

  /// After a lost connection or a late answer the socket is useless: a late reply would be taken
  /// for the next one.
  private func dropOnFailure<R>(_ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let error as PolicyClientError {
      switch error {
      case .serverError, .badAction: if session?.isInStep != true { close() }
      default: close()
      }
      plan = []
      if case .badAction = error { throw PolicyFault("\(error)") }
      throw error
    }
  }

  private func connected() throws(PolicyClientError) -> any RemoteSession {
    if let session { return session }
    let deadline = Date(timeIntervalSinceNow: options.connectTimeout)
    var wait = 0.2
    while true {
      do {
        let session = try open()
        self.session = session
        return session
      } catch {
        guard case .unreachable = error, Date(timeIntervalSinceNow: wait) < deadline else {
          throw error
        }
        Thread.sleep(forTimeInterval: wait)
        wait = min(wait * 2, 5)
      }
    }
  }

  private func open() throws(PolicyClientError) -> any RemoteSession {
    let headers = options.apiKey.map { [("Authorization", "Api-Key \($0)")] } ?? []
    let connection = try WebSocketConnection.open(
      options.address, headers: headers, timeout: min(options.connectTimeout, 10), group: group)
    do throws(PolicyClientError) {
      let session: any RemoteSession =
        switch options.wire {
        case .vlaEval: try VLAEvalSession(connection: connection, options: options)
        case .openPI(let keys):
          try OpenPISession(connection: connection, options: options, keys: keys)
        }
      if let expected = options.declaration, expected != session.declaration {
        throw .protocolViolation(
          "it declared \(expected) when first met and declares \(session.declaration) now")
      }
      return session
    } catch {
      connection.close()
      throw error
    }
  }
}

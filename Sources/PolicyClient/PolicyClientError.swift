/// What can go wrong between the harness and a policy server.
public enum PolicyClientError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The address is not `ws://host:port[/path]`.
  case badAddress(String)
  /// What an openpi server's keys are is not to be had from a file.
  case badKeyMap(file: String, reason: String)
  /// No connection within the deadline.
  case unreachable(address: String, reason: String)
  /// The connection broke.
  case connectionLost(String)
  /// No answer within the limit, in seconds.
  case timeout(seconds: Double, waitingFor: String)
  /// The server said something the protocol does not allow.
  case protocolViolation(String)
  /// The server reported an error of its own.
  case serverError(String)
  /// The policy's answer cannot be executed: wrong shape, NaN or infinite.
  case badAction(String)

  /// One sentence naming what failed and what was expected; a server's own words are cut and freed
  /// of control characters, because they go to terminals and journals.
  public var description: String {
    Self.readable(sentence)
  }

  private static func readable(_ text: String) -> String {
    var kept = String.UnicodeScalarView()
    kept.append(
      contentsOf: text.unicodeScalars.filter {
        $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
      })
    // The last lines of a traceback say most.
    let (head, tail) = (1000, 3000)
    guard kept.count > head + tail else { return String(kept) }
    return String(kept.prefix(head)) + " [...] " + String(kept.suffix(tail))
  }

  private var sentence: String {
    switch self {
    case .badAddress(let address):
      "policy address \(address): expected ws://HOST:PORT[/PATH]"
    case .badKeyMap(let file, let reason): "openpi key map \(file): \(reason)"
    case .unreachable(let address, let reason):
      "policy server \(address) cannot be reached: \(reason)"
    case .connectionLost(let reason): "the policy server closed the connection: \(reason)"
    case .timeout(let seconds, let waitingFor):
      "no \(waitingFor) from the policy server within \(seconds) s"
    case .protocolViolation(let what): "the policy server broke the protocol: \(what)"
    case .serverError(let what): "the policy server reports: \(what)"
    case .badAction(let what): "the policy's action cannot be executed: \(what)"
    }
  }
}

/// Which protocol a policy server speaks.
public enum WireProtocol: Sendable, Equatable {
  /// vla-eval 0.8: the client speaks first.
  case vlaEval
  /// openpi: the server speaks first; observations are laid out by a key map.
  case openPI(OpenPIKeyMap)

  /// The name in protocol records.
  public var name: String {
    switch self {
    case .vlaEval: "vla-eval"
    case .openPI(let map): "openpi:\(map.name)"
    }
  }
}

/// What a server is told at a subtask's start.
public enum SubtaskReset: String, Sendable, CaseIterable, Codable {
  /// Every subtask is an episode of its own, as upstream's `model.reset()`.
  case strict
  /// One episode per chain; a flag on the next observation only, as vla-eval does.
  case vlaEval = "vla-eval"
}

/// How images travel.
public enum ImageCodec: String, Sendable, CaseIterable, Codable {
  /// Uncompressed: the choice on one machine.
  case raw
  /// Lossless PNG: the choice across a network.
  case png
}

/// What a server declares about its questions and answers.
public struct ServerDeclaration: Sendable, Equatable, CustomStringConvertible {
  /// What the numbers of an answer mean.
  public var mode: ActionMode
  /// What it asks to be sent beyond the protocol's own keys, by name.
  public var extras: [String]

  /// The action mode and the extras.
  public var description: String { ([mode.rawValue] + extras).joined(separator: ", ") }
}

/// How to talk to a policy server; everything but the times can change scores.
public struct RemoteOptions: Sendable, Equatable {
  /// The server.
  public var address: ServerAddress
  /// Its protocol.
  public var wire: WireProtocol
  /// Rows executed of each answer before the server is asked again; nil: the protocol's default.
  public var executionHorizon: Int?
  /// Meaning of a row; nil: what the server declares, else the protocol's default.
  public var actionMode: ActionMode?
  /// How images travel.
  public var imageCodec = ImageCodec.raw
  /// What a server is told at a subtask's start.
  public var subtaskReset = SubtaskReset.strict
  /// Seconds to wait for an answer.
  public var timeout = 30.0
  /// Seconds to wait for the first answer of a connection, which may compile.
  public var warmupTimeout = 600.0
  /// Seconds to keep trying to connect.
  public var connectTimeout = 60.0
  /// openpi's `Authorization: Api-Key`.
  public var apiKey: String?
  /// What the server declared when it was first met; one that declares something else later is
  /// another one, and not asked.
  public var declaration: ServerDeclaration?

  /// Options for this server with the defaults above.
  public init(address: ServerAddress, wire: WireProtocol) {
    self.address = address
    self.wire = wire
  }
}

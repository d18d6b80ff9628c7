/// The header of a run, `run.json`: what was asked, of whom, where and how.
public struct RunRecord: Codable, Sendable, Equatable {
  /// What decides the meaning of the results; its digest is the protocol id.
  public var `protocol`: ProtocolRecord
  /// Who acted.
  public var policy: PolicyRecord
  /// Where it ran: versions, machine, GL strings; free-form, for readers only.
  public var environment: JSONValue
  /// How it was asked to run; may differ between runs that are compared or merged.
  public var settings: RunSettings

  /// A record of these parts.
  public init(
    protocol: ProtocolRecord, policy: PolicyRecord, environment: JSONValue,
    settings: RunSettings
  ) {
    self.protocol = `protocol`
    self.policy = policy
    self.environment = environment
    self.settings = settings
  }
}

extension RunRecord {
  /// The member of `environment` that names the kernels a policy was computed with.
  public static let kernelsKey = "policy_kernels"

  /// Kernels the policy was computed with, by name; empty where none matter.
  public var kernels: [String: JSONValue] {
    guard case .object(let kernels) = environment[Self.kernelsKey] else { return [:] }
    return kernels
  }
}

/// Who acted in a run: a run may only be resumed or merged with the same record.
public struct PolicyRecord: Codable, Sendable, Equatable {
  /// `expert`, `random`, `zero`, `replay`, `vla`, `remote`.
  public var kind: String
  /// Name for headlines and table rows; never a path.
  public var name: String
  /// Digest of the weights or of the replayed recordings; nil where there are none.
  public var weights: String?
  /// Seed that stochastic policies derive theirs from.
  public var seed: UInt64
  /// Further settings that change what the policy does, by name.
  public var options: [String: String]

  /// A record of these parts.
  public init(
    kind: String, name: String, weights: String? = nil, seed: UInt64,
    options: [String: String] = [:]
  ) {
    self.kind = kind
    self.name = name
    self.weights = weights
    self.seed = seed
    self.options = options
  }
}

/// How a run was carried out.
public struct RunSettings: Codable, Sendable, Equatable {
  /// Every option by name: its value and whether the user passed it.
  public var options: [String: Option]
  /// The part of the chains this folder holds, 0-based; nil for all.
  public var shard: Shard?
  /// Every start of the program on this run, in order.
  public var invocations: [Invocation]
  /// Why results of this run are not comparable with published ones; empty for a standard run.
  public var nonStandard: [String]

  /// One option of the command line.
  public struct Option: Codable, Sendable, Equatable {
    /// The value as text.
    public var value: String
    /// True when given on the command line, false when defaulted.
    public var passed: Bool

    /// An option of these parts.
    public init(value: String, passed: Bool) {
      self.value = value
      self.passed = passed
    }
  }

  /// One start of the program.
  public struct Invocation: Codable, Sendable, Equatable {
    /// Local time in ISO 8601 with offset.
    public var started: String
    /// The command line.
    public var arguments: [String]
    /// Chains already in the journal at the start.
    public var chainsBefore: Int
    /// Workers used.
    public var workers: Int
    /// Wall-clock seconds; nil when the program did not get to its end.
    public var seconds: Double?
    /// Largest resident memory of the process, bytes; nil as above.
    public var peakMemory: Int?
    /// Seconds the policy spent, by phases of its own; nil where it has none.
    public var policySeconds: [String: Double]?

    /// An invocation of these parts.
    public init(
      started: String, arguments: [String], chainsBefore: Int, workers: Int,
      seconds: Double? = nil, peakMemory: Int? = nil, policySeconds: [String: Double]? = nil
    ) {
      self.started = started
      self.arguments = arguments
      self.chainsBefore = chainsBefore
      self.workers = workers
      self.seconds = seconds
      self.peakMemory = peakMemory
      self.policySeconds = policySeconds
    }

    enum CodingKeys: String, CodingKey {
      case started, arguments
      case chainsBefore = "chains_before"
      case workers, seconds
      case peakMemory = "peak_memory_bytes"
      case policySeconds = "policy_seconds"
    }
  }

  /// Settings of these parts.
  public init(
    options: [String: Option] = [:], shard: Shard? = nil, invocations: [Invocation] = [],
    nonStandard: [String] = []
  ) {
    self.options = options
    self.shard = shard
    self.invocations = invocations
    self.nonStandard = nonStandard
  }

  enum CodingKeys: String, CodingKey {
    case options, shard, invocations
    case nonStandard = "non_standard"
  }
}

/// One of `count` interleaved parts of the chains: those whose index is `index` modulo `count`.
public struct Shard: Codable, Sendable, Equatable {
  /// 0-based position.
  public var index: Int
  /// Number of parts.
  public var count: Int

  /// The part `index` of `count`; `0 <= index < count`.
  public init(index: Int, count: Int) {
    precondition((0..<count).contains(index), "shard \(index) of \(count)")
    self.index = index
    self.count = count
  }

  /// True when this part holds the chain.
  public func contains(chain: Int) -> Bool { chain % count == index }

  /// `index/count`.
  public var text: String { "\(index)/\(count)" }
}

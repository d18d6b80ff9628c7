import GRDB

/// One run of one entry of a suite.
public struct HistoryRecord: Codable, Sendable, Equatable, FetchableRecord,
  MutablePersistableRecord
{
  /// What is known about it.
  public enum Status: String, Codable, Sendable {
    /// Begun; if nobody works on it, the program or machine stopped.
    case running
    /// Every chain has its verdict.
    case complete
    /// Some chains have none.
    case incomplete
    /// The program stopped before its end.
    case interrupted
  }

  /// How it compares with the accepted baseline.
  public enum Verdict: String, Codable, Sendable {
    /// There was no baseline; this run became it.
    case baseline
    /// No significant difference.
    case same
    /// Significantly better in something, worse in nothing.
    case better
    /// Significantly worse in something.
    case regression
    /// Measured by another protocol than the baseline, so the two cannot be compared.
    case otherProtocol = "other_protocol"
  }

  /// Row number.
  public var id: Int64?
  /// Name of the suite's entry.
  public var entry: String
  /// Local time of the start, ISO 8601.
  public var started: String
  /// The run's folder.
  public var folder: String
  /// How far it got.
  public var status: Status
  /// Protocol id, once known.
  public var protocolID: String?
  /// Policy name, once known.
  public var policy: String?
  /// Chains with a verdict.
  public var chains: Int?
  /// Average length of a complete run.
  public var averageLength: Double?
  /// Lower end of its 95 % interval.
  public var averageLower: Double?
  /// Upper end.
  public var averageUpper: Double?
  /// Milliseconds per env step.
  public var stepTime: Double?
  /// Lower end of its 95 % interval over chains.
  public var stepTimeLower: Double?
  /// Upper end.
  public var stepTimeUpper: Double?
  /// Wall-clock seconds.
  public var seconds: Double?
  /// Comparison with the baseline of that time.
  public var verdict: Verdict?
  /// What was significantly worse or better, or why the run is incomplete.
  public var findings: String?
  /// The baseline compared with.
  public var baseline: Int64?

  /// The table.
  public static let databaseTableName = "run"

  enum CodingKeys: String, CodingKey {
    case id, entry, started, folder, status, policy, chains, seconds, verdict, findings, baseline
    case protocolID = "protocol_id"
    case averageLength = "average_length"
    case averageLower = "average_lower"
    case averageUpper = "average_upper"
    case stepTime = "step_time_ms"
    case stepTimeLower = "step_time_lower_ms"
    case stepTimeUpper = "step_time_upper_ms"
  }

  /// A run that begins now.
  public init(entry: String, started: String, folder: String) {
    self.entry = entry
    self.started = started
    self.folder = folder
    status = .running
  }

  /// Takes the row number the database gave.
  public mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

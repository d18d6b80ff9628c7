import Results

/// A run's results in somebody else's format; bytes depend on the results only.
public enum ExportFormat: String, CaseIterable, Sendable {
  /// CALVIN's own `results.json`.
  case calvin
  /// RoboVLMs' `success_rate_calvin_*.txt`.
  case robovlms
  /// vla-eval 0.8's aggregate JSON.
  case vlaEval = "vla-eval"
  /// An entry of the vla-eval leaderboard.
  case leaderboard
  /// One line per subtask.
  case csv
  /// Tables for a README.
  case markdown
  /// A row of a LaTeX table.
  case latex
  /// JUnit XML with one case per task.
  case junit
}

/// What an export is made from.
public struct Export: Sendable {
  /// What was measured.
  public var `protocol`: ProtocolRecord
  /// Who acted.
  public var policy: PolicyRecord
  /// Why the run is not comparable with published ones.
  public var nonStandard: [String]
  /// Verdicts of all chains, in chain order.
  public var results: [ChainResult]
  let statistics: RunStatistics

  /// An export of these parts.
  public init(
    protocol: ProtocolRecord, policy: PolicyRecord, nonStandard: [String], results: [ChainResult]
  ) {
    self.protocol = `protocol`
    self.policy = policy
    self.nonStandard = nonStandard
    self.results = results.sorted { $0.chain < $1.chain }
    statistics = RunStatistics(results)
  }

  /// The file's text in `format`. `settings` matter to some formats only.
  public func text(_ format: ExportFormat, settings: Settings = Settings()) throws -> String {
    switch format {
    case .calvin: CALVINResults.json(results)?.pretty ?? "{}\n"
    case .robovlms: roboVLMs
    case .vlaEval: try vlaEval().pretty
    case .leaderboard: leaderboard(settings).pretty
    case .csv: csv
    case .markdown: try markdown()
    case .latex: latex
    case .junit: try junit(settings)
    }
  }

  /// What the caller knows and the results do not.
  public struct Settings: Sendable {
    /// Training data, such as `ABC->D`.
    public var split: String
    /// Who enters the result in a leaderboard.
    public var curator: String
    /// The day it was added, `YYYY-MM-DD`.
    public var dateAdded: String
    /// Success rate a task must be able to reach by task, for JUnit: a case fails when the whole
    /// Wilson interval lies below it.
    public var thresholds: [String: Double]

    /// Settings of these parts.
    public init(
      split: String = "ABC->D", curator: String = "", dateAdded: String = "",
      thresholds: [String: Double] = [:]
    ) {
      self.split = split
      self.curator = curator
      self.dateAdded = dateAdded
      self.thresholds = thresholds
    }
  }
}

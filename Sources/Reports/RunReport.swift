import Results

/// What `report.html` shows: protocol, policy and results, nothing of the machine or the clock, so
/// equal results give equal bytes whoever computed them, in whatever order.
public struct RunReport: Sendable {
  /// What was measured.
  public var `protocol`: ProtocolRecord
  /// Who acted.
  public var policy: PolicyRecord
  /// Why the run is not comparable with published ones; empty for a standard run.
  public var nonStandard: [String]
  /// Chains with a verdict.
  public var results: [ChainResult]
  /// Chains without one.
  public var failures: [ChainFailure]
  /// Pictures of some chains.
  public var strips: [FilmStrip]
  /// The instruction given for each task.
  public var instructions: [String: String]
  /// Published rows to draw beside this run.
  public var references: [ReferenceRow]

  /// A report of these parts.
  public init(
    protocol: ProtocolRecord, policy: PolicyRecord, nonStandard: [String],
    results: [ChainResult], failures: [ChainFailure] = [], strips: [FilmStrip] = [],
    instructions: [String: String] = [:], references: [ReferenceRow] = []
  ) {
    self.protocol = `protocol`
    self.policy = policy
    self.nonStandard = nonStandard
    self.results = results.sorted { $0.chain < $1.chain }
    self.failures = failures.sorted { $0.chain < $1.chain }
    self.strips = strips.sorted { $0.chain < $1.chain }
    self.instructions = instructions
    self.references = references
  }

  /// Chains asked for that have no verdict.
  var missing: Int { max(0, `protocol`.chains - results.count) }

  /// The page.
  public func html() throws -> String {
    let statistics = RunStatistics(results)
    let id = try `protocol`.id()
    let body = [
      header(id),
      notices(statistics),
      headline(statistics, id),
      "<div class=\"columns\">\n" + curve(statistics) + "<div>\n" + positions(statistics)
        + steps(statistics) + "</div>\n</div>\n",
      skills(statistics),
      causes(statistics),
      gallery(),
      try records(id),
    ]
    return page(title: "\(policy.name) on CALVIN", body: body.joined())
  }
}

import Results

extension HistoryRecord {
  /// Takes in what a run's folder says. `isComplete` when every chain has its verdict; only then
  /// there is an average.
  public mutating func take(
    _ run: RunRecord, _ outcomes: RunOutcomes, isComplete: Bool
  ) throws {
    protocolID = try run.protocol.id()
    policy = run.policy.name
    chains = outcomes.count
    status = isComplete ? .complete : .incomplete
    seconds = run.settings.invocations.compactMap(\.seconds).reduce(0, +)
    takeStepTimes(outcomes.timings)
    guard isComplete else {
      findings = "\(run.protocol.chains - outcomes.count) chains have no verdict"
      return
    }
    let statistics = RunStatistics(outcomes.results)
    averageLength = statistics.averageLength
    averageLower = statistics.averageLengthInterval?.lower
    averageUpper = statistics.averageLengthInterval?.upper
  }

  /// Mean over chains of the milliseconds per env step, with a normal 95 % interval.
  private mutating func takeStepTimes(_ timings: [ChainTiming]) {
    let times = timings.filter { $0.steps > 0 }.map { 1000 * $0.seconds / Double($0.steps) }
    guard !times.isEmpty else { return }
    let count = Double(times.count)
    let mean = times.reduce(0, +) / count
    let squares = times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = times.count > 1 ? (squares / (count - 1) / count).squareRoot() : 0
    stepTime = mean
    stepTimeLower = mean - 1.96 * error
    stepTimeUpper = mean + 1.96 * error
  }

  /// Judges this complete run against the accepted baseline; nil: there is none.
  public mutating func judge(
    _ results: [ChainResult], against accepted: (record: HistoryRecord, results: [ChainResult])?
  ) {
    guard let accepted else {
      verdict = .baseline
      return
    }
    baseline = accepted.record.id
    guard accepted.record.protocolID == protocolID,
      let comparison = RunComparison(accepted.results, results)
    else {
      verdict = .otherProtocol
      findings =
        "protocol \(protocolID ?? "?"), the baseline has \(accepted.record.protocolID ?? "?")"
      return
    }
    if !comparison.regressions.isEmpty {
      verdict = .regression
      findings = comparison.regressions.joined(separator: ", ")
    } else if !comparison.improvements.isEmpty {
      verdict = .better
      findings = comparison.improvements.joined(separator: ", ")
    } else {
      verdict = .same
    }
  }
}

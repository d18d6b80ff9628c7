import Logging
import Results

extension RunPlan {
  /// Writes the files of a run that is in `directory` already anew, pictures included: what a
  /// finished run wrote, byte for byte, unless the program's pages changed since.
  public func rewriteFiles(log: Logger) throws {
    let run = try directory.record()
    let differences = try record.differences(from: run)
    guard differences.isEmpty else {
      throw ResultsError.differs(path: directory.path, fields: differences)
    }
    let outcomes = try directory.outcomes()
    let missing = outcomes.missing(of: chains.count, shard: run.settings.shard)
    try RunOutputs(plan: self, log: log).write(run, outcomes, isComplete: missing.isEmpty)
  }
}

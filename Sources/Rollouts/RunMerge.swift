import Foundation
import Logging
import Results

/// Puts the runs of all shards together.
public enum RunMerge {
  /// Checks `parts` (see `MergePlan`) and writes the whole run into `plan.directory`, which must be
  /// new or hold the same merged run.
  @discardableResult
  public static func run(
    _ parts: [RunDirectory], plan: RunPlan, log: Logger
  ) throws -> (record: RunRecord, outcomes: RunOutcomes) {
    let merged = try MergePlan(
      parts.map { ($0.path, try $0.record(), try $0.outcomes()) })
    for warning in merged.warnings { log.warning("\(warning)") }
    let run = plan.directory
    try DurableFile.createFolder(run.tracesFolder)
    let journal = try Journal(path: run.journalFile)
    if run.exists {
      let differences = try merged.record.differences(from: run.record())
      guard differences.isEmpty else {
        throw ResultsError.differs(path: run.path, fields: differences)
      }
    }
    let known = Set(RunOutcomes(journal.entriesAtOpening).results.map(\.chain))
    for part in parts {
      for chain in try part.chains().map(\.chain) {
        try DurableFile.write(
          try DurableFile.read(RecordedActions.file(of: chain, in: part)),
          to: RecordedActions.file(of: chain, in: run))
      }
    }
    try run.write(merged.record)
    for entry in merged.entries {
      if case .verdict(let result, _) = entry, !known.contains(result.chain) {
        try journal.append(entry)
      }
    }
    let outcomes = RunOutcomes(merged.entries)
    try RunOutputs(plan: plan, log: log).write(merged.record, outcomes, isComplete: true)
    return (merged.record, outcomes)
  }
}

import Logging
import Results
import Rollouts

/// A run read back from its folder.
struct FinishedRun {
  let directory: RunDirectory
  let record: RunRecord
  let outcomes: RunOutcomes

  /// Reads the run in `folder`.
  init(_ folder: String) throws {
    directory = RunDirectory(path: folder)
    guard directory.exists else {
      throw InputError("\(folder) holds no run; expected a folder with run.json")
    }
    record = try directory.record()
    outcomes = try directory.outcomes()
  }

  /// Chains that should have a verdict here and have none.
  var missing: [Int] {
    outcomes.missing(of: record.protocol.chains, shard: record.settings.shard)
  }

  /// Throws unless every chain of the protocol has its verdict: numbers over a part of the chains
  /// are no result.
  func requireComplete() throws {
    let missing = outcomes.missing(of: record.protocol.chains)
    guard missing.isEmpty else {
      throw InputError(
        "\(directory.path) has no verdict for \(missing.count) of \(record.protocol.chains) chains "
          + "(\(MergePlan.ranges(missing))); finish it with: calvin-eval resume \(directory.path)")
    }
  }

  /// How to continue or replay the run: the plan its recorded options make. Throws when the program
  /// or its input changed so that it would be another run.
  func plan(log: Logger) throws -> RunPlan {
    let arguments = RunOptions.arguments(resuming: record.settings.options)
    guard
      let command = try RunCommand.parseAsRoot(arguments + ["--run", directory.path])
        as? RunCommand
    else {
      throw InputError("\(directory.recordFile): the recorded options are of another version")
    }
    return try RunPreparation(options: command.options, arguments: arguments, log: log).plan()
  }
}

import ArgumentParser
import Foundation
import Results
import Rollouts

/// `calvin-eval merge DIR...`.
struct MergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Put the shards of a run together.",
    discussion: """
      DIR is the folder of one shard, or the run's folder that holds them all (the merged run is
      then written there). Gaps, chains that occur twice and different protocols or policies are
      refused, saying which.

      Examples:
        calvin-eval merge Results/night
        calvin-eval merge part-a part-b --run Results/night
      """)

  @Argument(help: ArgumentHelp("Folders of shards, or of runs with shards.", valueName: "dir"))
  var folders: [String]

  @Option(help: ArgumentHelp("Folder of the merged run.", valueName: "dir"))
  var run: String?

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let log = standardErrorLogger()
    try exitingOnBadInput {
      let parts = try folders.flatMap(shards(in:)).map(RunDirectory.init)
      guard let target = run ?? (folders.count == 1 ? folders.first : nil) else {
        throw InputError("several folders need --run DIR, the folder of the merged run")
      }
      guard let first = parts.first else { throw InputError("no folder is given") }
      if parts.count == 1, parts[0].path == target {
        throw InputError("\(target) holds no shards; expected folders named shard-I-of-N in it")
      }
      let arguments = RunOptions.arguments(resuming: try first.record().settings.options)
      guard
        let command = try RunCommand.parseAsRoot(arguments + ["--run", target]) as? RunCommand
      else {
        throw InputError("\(first.recordFile): the recorded options are those of another version")
      }
      let plan = try RunPreparation(options: command.options, arguments: arguments, log: log).plan()
      let differences = try plan.record.differences(from: first.record())
      guard differences.isEmpty else {
        throw ResultsError.differs(path: first.path, fields: differences)
      }
      let (record, outcomes) = try RunMerge.run(parts, plan: plan, log: log)
      try RunSummary(
        directory: plan.directory, record: record,
        summary: RunSession.Summary(outcomes: outcomes, missing: [], ending: .finished)
      ).print(asJSON: output.json)
    }
  }

  /// The shards' folders in a run's folder, or the folder itself.
  private func shards(in folder: String) throws -> [String] {
    guard FileManager.default.fileExists(atPath: folder) else {
      throw InputError("\(folder) does not exist; expected the folder of a run or shard")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.wholeMatch(of: /shard-\d+-of-\d+/) != nil }.sorted()
    return names.isEmpty ? [folder] : names.map { folder + "/" + $0 }
  }
}

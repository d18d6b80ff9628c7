import ArgumentParser
import Foundation
import Results
import Rollouts

/// `calvin-eval report RUN`.
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a run's report and its other files anew from its journal.",
    discussion: """
      Film strips are taken by replaying recorded actions, so no policy is needed.

      Example:
        calvin-eval report Results/night
      """)

  @Argument(help: ArgumentHelp("Folder of the run.", valueName: "run"))
  var folder: String

  func run() async throws {
    let log = standardErrorLogger()
    try exitingOnBadInput {
      let plan = try FinishedRun(folder).plan(log: log)
      try plan.rewriteFiles(log: log)
      print(plan.directory.reportFile)
    }
  }
}

import ArgumentParser
import Foundation
import Reports
import Results

extension ExportFormat: ExpressibleByArgument {}

/// `calvin-eval export RUN --format F`.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Give a run's results in another harness's or a table's format.",
    discussion: """
      Formats: calvin (results.json), robovlms (success-rate text), vla-eval (0.8 aggregate JSON),
      leaderboard (vla-eval leaderboard entry), csv, markdown, latex, junit.

      Examples:
        calvin-eval export Results/night --format latex
        calvin-eval export Results/night --format junit --threshold open_drawer=0.9 --output r.xml
      """)

  @Argument(help: ArgumentHelp("Folder of a complete run.", valueName: "run"))
  var folder: String

  @Option(help: "What to write.")
  var format: ExportFormat

  @Option(help: ArgumentHelp("Write here instead of standard output.", valueName: "file"))
  var output: String?

  @Option(
    help: "Training data and test scene, for the leaderboard: ABC->D, ABCD->D, D->D or the like.")
  var split = "ABC->D"

  @Option(help: "Who enters the result, for the leaderboard.")
  var curator = ""

  @Option(
    name: .customLong("date-added"),
    help: ArgumentHelp("Day of entry, for the leaderboard.", valueName: "yyyy-mm-dd"))
  var dateAdded = ""

  @Option(
    help: ArgumentHelp(
      "For junit, repeatable: the task fails when its interval lies below this rate.",
      valueName: "task=rate"))
  var threshold: [String] = []

  func validate() throws {
    guard split.wholeMatch(of: /[A-D]+->[A-D]/) != nil else {
      throw ValidationError("--split is scenes, an arrow and a scene, as ABC->D, not '\(split)'.")
    }
    guard dateAdded.isEmpty || dateAdded.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil else {
      throw ValidationError("--date-added is YYYY-MM-DD, not '\(dateAdded)'.")
    }
  }

  func run() async throws {
    try exitingOnBadInput {
      let run = try FinishedRun(folder)
      try run.requireComplete()
      let export = Export(
        protocol: run.record.protocol, policy: run.record.policy,
        nonStandard: run.record.settings.nonStandard, results: run.outcomes.results)
      let text = try export.text(
        format,
        settings: Export.Settings(
          split: split, curator: curator, dateAdded: dateAdded,
          thresholds: try thresholds(tasks: Set(run.outcomes.results.flatMap(\.tasks)))))
      if let output {
        try DurableFile.write(text, to: output)
      } else {
        print(text, terminator: "")
      }
    }
  }

  private func thresholds(tasks: Set<String>) throws -> [String: Double] {
    var thresholds: [String: Double] = [:]
    for entry in threshold {
      let parts = entry.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let rate = Double(parts[1]), (0...1).contains(rate) else {
        throw InputError("--threshold \(entry): expected TASK=RATE with a rate of 0 to 1")
      }
      guard tasks.contains(String(parts[0])) else {
        throw InputError(
          "--threshold \(entry): the run's chains have no such task; expected one of "
            + tasks.sorted().joined(separator: ", "))
      }
      thresholds[String(parts[0])] = rate
    }
    return thresholds
  }
}

import ArgumentParser
import Foundation
import Reports
import Results

/// `calvin-eval compare RUN_A RUN_B`.
struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare a run with a baseline, chain by chain.",
    discussion: """
      Exit code 1 when RUN_B is significantly worse than RUN_A: in average length (paired
      bootstrap), in k in a row (McNemar, Holm over the five) or in a task (Fisher, Holm over tasks).

      Examples:
        calvin-eval compare Results/baseline Results/tonight
        calvin-eval compare Results/baseline Results/tonight --html difference.html --json
      """)

  @Argument(help: ArgumentHelp("Folder of the baseline.", valueName: "run-a"))
  var first: String

  @Argument(help: ArgumentHelp("Folder of the run to judge.", valueName: "run-b"))
  var second: String

  @Option(help: "Significance level of the verdict.")
  var alpha = 0.05

  @Option(help: "Seed of the bootstrap.")
  var seed: UInt64 = 0

  @Flag(help: "Compare although the protocols differ.")
  var force = false

  @Option(help: ArgumentHelp("Also write a page.", valueName: "file"))
  var html: String?

  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    guard alpha > 0, alpha < 1 else {
      throw ValidationError("--alpha lies between 0 and 1, not \(alpha).")
    }
  }

  func run() async throws {
    try exitingOnBadInput {
      let report = try report()
      if let html { try DurableFile.write(report.html(), to: html) }
      print(output.json ? report.json.pretty : report.text, terminator: "")
      if !report.comparison.regressions.isEmpty { throw ExitCode.mismatch }
    }
  }

  private func report() throws -> ComparisonReport {
    let (a, b) = (try FinishedRun(first), try FinishedRun(second))
    let differences = try JSONValue(encoding: b.record.protocol)
      .differences(from: JSONValue(encoding: a.record.protocol), at: "protocol")
    guard differences.isEmpty || force else {
      throw InputError(
        "the runs have different protocols, so their numbers do not mean the same: "
          + differences.joined(separator: "; ") + "; --force compares all the same")
    }
    for run in [a, b] where !force { try run.requireComplete() }
    // The same index is the same chain only when the tasks agree.
    let tasks = Dictionary(a.outcomes.results.map { ($0.chain, $0.tasks) }) { first, _ in first }
    let comparable = b.outcomes.results.filter { (tasks[$0.chain] ?? $0.tasks) == $0.tasks }
    guard
      let comparison = RunComparison(
        a.outcomes.results, comparable, alpha: alpha, bootstrap: Bootstrap(seed: seed))
    else { throw InputError("\(first) and \(second) have no chain in common") }
    return ComparisonReport(
      first: .init(name: first, protocolID: try a.record.protocol.id()),
      second: .init(name: second, protocolID: try b.record.protocol.id()),
      comparison: comparison, protocolDifferences: differences)
  }
}

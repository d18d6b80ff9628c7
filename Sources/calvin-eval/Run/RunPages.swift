import Assets
import Foundation
import Reports
import Results
import Rollouts

/// The pages written beside a run's results.
struct RunPages: Sendable {
  private let instructions: [String: String]

  /// Pages for a run over these chains.
  init(chains: [PlannedChain]) {
    instructions = Dictionary(
      chains.flatMap { zip($0.chain.subtasks, $0.instructions) }
    ) { first, _ in first }
  }

  /// `report.html` and `performance.html`.
  var make: @Sendable (RunPageContents) throws -> [RunPage] {
    let instructions = instructions
    return { contents in
      let record = contents.record
      let report = RunReport(
        protocol: record.protocol, policy: record.policy,
        nonStandard: record.settings.nonStandard, results: contents.outcomes.results,
        failures: contents.outcomes.failures, strips: contents.strips,
        instructions: instructions, references: try Self.referenceRows())
      let performance = PerformanceReport(record: record, timings: contents.outcomes.timings)
      return [
        RunPage(name: "report.html", text: try report.html()),
        RunPage(name: "performance.html", text: try performance.html()),
      ]
    }
  }

  /// The published rows that ship with the program.
  static func referenceRows() throws -> [ReferenceRow] {
    let file = "reference_rows.json"
    let path = try PackageFolder.path(of: "Results", holding: [file]) + "/" + file
    return try ReferenceRow.read(Data(DurableFile.read(path)))
  }
}

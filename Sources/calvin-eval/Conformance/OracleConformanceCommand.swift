import ArgumentParser
import Conformance

/// `calvin-eval conformance oracle REFERENCE`.
struct OracleConformanceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "oracle",
    abstract: "Compare the task oracle's verdicts with recorded ones.",
    discussion: """
      REFERENCE holds cases.jsonl.gz. The set of achieved tasks must be equal in every case.
        calvin-eval conformance oracle ../shared/reference/oracle
      """)

  @OptionGroup var options: ConformanceOptions

  func run() async throws {
    try await options.report("oracle") {
      try OracleConformance(oracle: try taskLibrary().oracle)
        .run(reference: options.reference, dump: options.dump)
    }
  }
}

import ArgumentParser
import Conformance

/// `calvin-eval conformance ik REFERENCE`.
struct IKConformanceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ik",
    abstract: "Compare inverse kinematics bit for bit, link frames to 1e-6.",
    discussion: """
      REFERENCE holds ik_fk_cases.npz.
        calvin-eval conformance ik ../shared/reference/ik --calvin-env ../shared/calvin_env
      """)

  @OptionGroup var options: ConformanceOptions

  func run() async throws {
    try await options.report("ik") {
      try IKConformance(
        reference: options.reference, root: options.officialRoot(), dump: options.dump
      ).run()
    }
  }
}

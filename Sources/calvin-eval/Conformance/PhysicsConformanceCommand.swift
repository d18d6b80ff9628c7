import ArgumentParser
import Assets
import Conformance

/// `calvin-eval conformance physics REFERENCE`.
struct PhysicsConformanceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "physics",
    abstract: "Replay recorded episodes and compare every number bit for bit.",
    discussion: """
      REFERENCE holds NAME.json and NAME.npz per episode.
        calvin-eval conformance physics ../shared/reference/physics \
      --calvin-env ../shared/calvin_env
      """)

  @OptionGroup var options: ConformanceOptions

  @Option(help: "Episodes replayed at a time.")
  var workers = 2

  func validate() throws {
    guard workers > 0 else { throw ValidationError("--workers must be at least 1") }
  }

  func run() async throws {
    try await options.report("physics") {
      try await PhysicsConformance(
        reference: options.reference, root: options.officialRoot(), dump: options.dump,
        workers: workers
      ).run()
    }
  }
}

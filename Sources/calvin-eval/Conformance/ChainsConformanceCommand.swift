import ArgumentParser
import Conformance

/// `calvin-eval conformance chains REFERENCE`.
struct ChainsConformanceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chains",
    abstract: "Compare the chain generator and the start states with recorded ones.",
    discussion: """
      REFERENCE holds chains_N.json and chains_N_states.json. Chains must be equal, states equal to
      the last bit.
        calvin-eval conformance chains ../shared/reference/chains
      """)

  @OptionGroup var options: ConformanceOptions

  func run() async throws {
    try await options.report("chains") {
      try ChainConformance(library: try taskLibrary())
        .run(reference: options.reference, dump: options.dump)
    }
  }
}

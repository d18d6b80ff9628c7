import ArgumentParser

/// `calvin-eval conformance KIND REFERENCE`: compares what we compute with recordings.
struct ConformanceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance",
    abstract: "Compare physics, pictures, verdicts and chains with recordings of calvin_env.",
    subcommands: [
      ChainsConformanceCommand.self, FramesCommand.self, IKConformanceCommand.self,
      OracleConformanceCommand.self, PhysicsConformanceCommand.self,
      VLAConformanceCommand.self,
    ])
}

/// Options every conformance kind takes.
struct ConformanceOptions: ParsableArguments {
  @Argument(help: "The folder of recordings of this kind.")
  var reference: String

  @Option(
    name: .customLong("calvin-env"), help: "The calvin_env checkout with the official assets.")
  var calvinEnv: String?

  @Option(help: "Write what we computed here, under the reference's own file names and keys.")
  var dump: String?

  @Flag(help: "Print one JSON object instead of text.")
  var json = false
}

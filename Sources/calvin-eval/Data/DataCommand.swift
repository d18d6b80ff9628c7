import ArgumentParser

/// `calvin-eval data KIND`: works on datasets in CALVIN's layout.
struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Read and describe datasets in CALVIN's layout.",
    subcommands: [DataInfoCommand.self])
}

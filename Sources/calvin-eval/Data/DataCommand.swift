import ArgumentParser

/// `calvin-eval data KIND`: works on datasets in CALVIN's layout.
struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Describe and check datasets in CALVIN's layout.",
    subcommands: [DataAuditCommand.self, DataInfoCommand.self])
}

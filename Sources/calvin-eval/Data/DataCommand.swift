import ArgumentParser

/// `calvin-eval data KIND`: works on datasets in CALVIN's layout.
struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Make, describe, check and show datasets in CALVIN's layout.",
    subcommands: [
      DataAuditCommand.self, DataCollectCommand.self, DataInfoCommand.self,
      DataProjectCommand.self, DataShowCommand.self,
    ])
}

import ArgumentParser

/// The root command: without a subcommand it does what `run` does, so `calvin-eval --chains 20`
/// works and `calvin-eval --help` shows the run options, too.
struct CalvinEval: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calvin-eval",
    abstract: "Evaluates vision-language-action policies on the CALVIN benchmark.",
    version: "0.1.0",
    subcommands: [RunCommand.self, ConformanceCommand.self, BenchCommand.self, DoctorCommand.self])

  @OptionGroup var options: RunOptions

  func run() async throws {
    try RunExecution.run(options, arguments: Array(CommandLine.arguments.dropFirst()))
  }
}

/// The root without options of its own: a root that has some takes them away from its subcommands,
/// and `doctor --calvin-env DIR` would check something else.
private struct Subcommands: AsyncParsableCommand {
  static let configuration = CalvinEval.configuration
}

@main
enum EntryPoint {
  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let names = CalvinEval.configuration.subcommands.compactMap { $0.configuration.commandName }
    if let first = arguments.first, names.contains(first) {
      await Subcommands.main(arguments)
    } else {
      await CalvinEval.main(arguments)
    }
  }
}

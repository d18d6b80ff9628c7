import ArgumentParser

/// The root command: without a subcommand it does what `run` does, so `calvin-eval --chains 20`
/// works and `calvin-eval --help` shows the run options, too.
@main
struct CalvinEval: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calvin-eval",
    abstract: "Evaluates vision-language-action policies on the CALVIN benchmark.",
    version: "0.1.0",
    subcommands: [
      RunCommand.self, ConformanceCommand.self, BenchCommand.self, DoctorCommand.self,
      TasksCommand.self,
    ])

  @OptionGroup var options: RunOptions

  func run() async throws {
    try RunExecution.run(options, arguments: Array(CommandLine.arguments.dropFirst()))
  }
}

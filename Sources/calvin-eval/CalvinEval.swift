import ArgumentParser

/// The root command; `run` is the default subcommand, so `calvin-eval --chains 20` works.
@main
struct CalvinEval: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calvin-eval",
    abstract: "Evaluates vision-language-action policies on the CALVIN benchmark.",
    version: "0.1.0",
    subcommands: [ConformanceCommand.self, BenchCommand.self, DoctorCommand.self])
}

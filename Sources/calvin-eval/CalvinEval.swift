import ArgumentParser

/// The root command: without a subcommand it does what `run` does, so `calvin-eval --chains 20`
/// works.
@main
struct CalvinEval: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calvin-eval",
    abstract: "Evaluates vision-language-action policies on the CALVIN benchmark.",
    version: "0.1.0",
    subcommands: [
      RunCommand.self,
      ResumeCommand.self,
      MergeCommand.self,
      ReportCommand.self,
      ExportCommand.self,
      CompareCommand.self,
      SlurmCommand.self,
      VideoCommand.self,
      NightlyCommand.self,
      ConformanceCommand.self,
      BenchCommand.self,
      DoctorCommand.self,
      TasksCommand.self,
      DataCommand.self,
      ModelCommand.self,
      SkillsCommand.self,
      RenderCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if ["-h", "--help"].contains(arguments.first) {
      print(help())
    } else {
      await main(arguments)
    }
  }

  /// The root's help with the options of the default command in it. (Options of the root itself
  /// would swallow those of its subcommands.)
  static func help(columns: Int? = nil) -> String {
    let run = helpMessage(for: RunCommand.self, columns: columns)
    let runOptions = run.range(of: "\nSCENE:").map { run[$0.lowerBound...] } ?? run[...]
    let root = helpMessage(columns: columns)
    guard let end = root.range(of: "\nSUBCOMMANDS:") else { return root + runOptions }
    return root[..<end.lowerBound] + "\nOPTIONS OF RUN, THE DEFAULT COMMAND\n" + runOptions
      + root[end.lowerBound...]
  }
}

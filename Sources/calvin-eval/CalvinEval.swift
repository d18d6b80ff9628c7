import ArgumentParser
import Foundation

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
    let arguments = joiningNegativeNumbers(CommandLine.arguments.dropFirst())
    if ["-h", "--help"].contains(arguments.first) {
      print(help())
    } else if let word = arguments.first, !word.hasPrefix("-"), !commands.contains(word) {
      let message =
        "no command is called '\(word)'; expected one of "
        + "\(commands.joined(separator: ", ")), or options of run"
      exit(withError: ValidationError(message))
    } else {
      await main(arguments)
    }
    // What was printed may not have arrived: the disk behind a redirection may be full.
    if fflush(nil) != 0 {
      FileHandle.standardError.write(
        Data("error: cannot write to standard output: \(String(cString: strerror(errno)))\n".utf8))
      exit(withError: ExitCode.badInput)
    }
  }

  private static var commands: [String] {
    configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
  }

  /// `--chains -5` as `--chains=-5`, so that the option itself can say what it takes; alone, a word
  /// with a hyphen would be read as another option.
  static func joiningNegativeNumbers(_ words: some Sequence<String>) -> [String] {
    var joined: [String] = []
    var isPassedOn = false
    for word in words {
      isPassedOn = isPassedOn || word == "--"
      if let option = joined.last, !isPassedOn, option.hasPrefix("--"), !option.contains("="),
        word.firstMatch(of: /^-[0-9.]/) != nil
      {
        joined[joined.count - 1] = option + "=" + word
      } else {
        joined.append(word)
      }
    }
    return joined
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

import ArgumentParser
import Foundation
import Logging
import Results
import Rollouts

/// `calvin-eval run`, which is also what the root command does.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Evaluate a policy on long-horizon chains (the default command).",
    discussion: """
      Examples:
        calvin-eval --chains 20
        calvin-eval run --policy random --seed 7 --chains 100 --run Results/random
        calvin-eval run --calvin-env ~/calvin/calvin_env --policy expert --workers 4
      """)

  @OptionGroup var options: RunOptions

  func run() async throws {
    try RunExecution.run(options, arguments: Array(CommandLine.arguments.dropFirst()))
  }
}

/// Runs what the options ask for, with progress on standard error and the summary on standard
/// output.
enum RunExecution {
  /// `optionArguments` are those that `options` were parsed from, when the command line's are not.
  static func run(
    _ options: RunOptions, arguments: [String], optionArguments: [String]? = nil
  ) throws {
    let log = standardErrorLogger()
    try exitingOnBadInput {
      let started = Machine.timestamp()
      let plan = try RunPreparation(
        options: options, arguments: optionArguments ?? arguments, log: log
      ).plan()
      let progress = ProgressPrinter(
        total: plan.record.settings.shard.map { shard in
          plan.chains.indices.count { shard.contains(chain: $0) }
        } ?? plan.chains.count)
      let session = try RunSession(
        plan, arguments: RunOptions.withoutSecrets(arguments), started: started, log: log,
        progress: { event, outcomes in progress.show(event, outcomes) })
      let signals = StopSignals(stop: session.stop)
      progress.begin(session.outcomes.count)
      let summary = try session.run()
      progress.end()
      signals.cancel()
      try RunSummary(directory: plan.directory, record: plan.record, summary: summary)
        .print(asJSON: options.output.json)
      if let video = options.video, plan.record.settings.shard == nil {
        try options.videoFormat.film(
          video.chains(of: summary.outcomes.results), of: plan, log: log)
      }
      switch summary.ending {
      case .finished where summary.missing.isEmpty: return
      case .stopped: throw ExitCode.stopped
      case .finished, .gaveUp: throw ExitCode.incomplete
      }
    }
  }
}

/// Runs `body`, turning its errors into a message and exit code 2.
func exitingOnBadInput(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let code as ExitCode {
    throw code
  } catch {
    FileHandle.standardError.write(Data("error: \(error)\n".utf8))
    throw ExitCode.badInput
  }
}

/// Warnings and errors on standard error, one line each.
func standardErrorLogger() -> Logger {
  Logger(label: "calvin-eval") { _ in PlainLogHandler() }
}

private struct PlainLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.warning

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    FileHandle.standardError.write(Data("\(event.level): \(event.message)\n".utf8))
  }
}

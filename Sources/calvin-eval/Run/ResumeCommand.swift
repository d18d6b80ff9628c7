import ArgumentParser
import Foundation
import Results

/// `calvin-eval resume RUN`.
struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Finish exactly the chains a run still lacks.",
    discussion: """
      Takes every option from the run's own run.json. Protocol and policy must be what they were;
      how the work is done may change. Resuming a complete run changes nothing.

      Examples:
        calvin-eval resume Results/2026-01-31-142359-expert
        calvin-eval resume Results/night --workers 8 --chain-timeout 600
      """)

  @Argument(help: "The run's folder, or one of its shards' folders.")
  var folder: String

  @OptionGroup(title: "Work") var work: WorkOptions

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if work.shard != nil {
      throw ValidationError("--shard belongs to a run's start; name the shard's folder instead.")
    }
  }

  func run() async throws {
    var resumed: (options: RunOptions, arguments: [String])?
    try exitingOnBadInput { resumed = try runOptions() }
    guard let resumed else { return }
    try RunExecution.run(
      resumed.options, arguments: Array(CommandLine.arguments.dropFirst()),
      optionArguments: resumed.arguments)
  }

  /// The options the run was started with, with this command's own in their place.
  private func runOptions() throws -> (options: RunOptions, arguments: [String]) {
    let run = RunDirectory(path: folder)
    guard run.exists else {
      throw InputError("\(folder) holds no run.json; expected the folder of a run")
    }
    let settings = try run.record().settings
    var arguments = RunOptions.arguments(resuming: settings.options)
    if let shard = settings.shard {
      let parent = (absolutePath(folder) as NSString).deletingLastPathComponent
      guard RunDirectory(path: parent).shard(shard).path == absolutePath(folder) else {
        throw InputError(
          "\(folder) is shard \(shard.text) of a run but not named as one; expected "
            + RunDirectory(path: parent).shard(shard).path)
      }
      arguments += ["--run", parent, "--shard", shard.text]
    } else {
      arguments += ["--run", folder]
    }
    guard var options = (try RunCommand.parseAsRoot(arguments) as? RunCommand)?.options else {
      throw InputError("\(run.recordFile): the recorded options are those of another version")
    }
    options.work.workers = work.workers ?? options.work.workers
    options.work.policyBatch = work.policyBatch ?? options.work.policyBatch
    options.work.policyThreads = work.policyThreads ?? options.work.policyThreads
    options.work.retries = work.retries ?? options.work.retries
    options.work.chainTimeout = work.chainTimeout ?? options.work.chainTimeout
    options.work.failOnError = work.failOnError ?? options.work.failOnError
    options.output = output
    return (options, arguments)
  }
}

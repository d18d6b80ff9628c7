import ArgumentParser
import Foundation
import Reports
import Rollouts

/// What to evaluate and how; the root command takes the same options as `run`.
struct RunOptions: ParsableArguments {
  @OptionGroup(title: "Scene") var scene: SceneOptions

  @OptionGroup(title: "Policy") var policy: PolicyOptions

  @Option(help: "Chains to evaluate; the official number is 1000.")
  var chains = 1000

  @Option(help: "A list of chains as JSON in the form of RoboVLMs' eval_sequences.json.")
  var sequences: String?

  @Option(help: "Seed of stochastic policies.")
  var seed: UInt64 = 0

  @Option(
    name: .customLong("steps-per-subtask"), help: "Env steps a subtask may take; upstream: 360.")
  var stepsPerSubtask = 360

  @OptionGroup(title: "Rendering") var renderer: RendererOptions

  @Flag(name: .customLong("render-every-step"), help: "Render both cameras at every step.")
  var renderEveryStep = false

  @Option(
    help: ArgumentHelp(
      "Folder of the run; an unfinished run there is resumed (default: Results/DATE-POLICY).",
      valueName: "dir"))
  var run: String?

  @Option(help: ArgumentHelp("Write every chain's actions and states here.", valueName: "dir"))
  var record: String?

  @Option(help: ArgumentHelp("Write every frame of both cameras as PNG here.", valueName: "dir"))
  var frames: String?

  @Flag(
    name: .customLong("film-strips"), inversion: .prefixedNo,
    help: "Take pictures of the first failures and of a success for the report.")
  var filmStrips = true

  @Option(
    help: ArgumentHelp(
      "Film chains after the run into its folder videos.", valueName: "failed|all|first:N"))
  var video: VideoSelection?

  @OptionGroup var videoFormat: VideoFormatOptions

  @OptionGroup(title: "Work") var work: WorkOptions

  @OptionGroup(title: "Policy servers") var server: ServerOptions

  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    try require("--chains", chains, in: 1...100_000)
    try require("--steps-per-subtask", stepsPerSubtask, in: stepsPerSubtaskRange)
    if work.shard != nil, run == nil {
      throw ValidationError("--shard needs --run DIR, the folder all shards share.")
    }
  }
}

/// How the work is done; may change between starts on the same run.
struct WorkOptions: ParsableArguments {
  @Option(help: "Chains worked on at the same time (default: the number of cores).")
  var workers: Int?

  @Option(
    name: .customLong("policy-batch"),
    help: ArgumentHelp(
      "Most workers whose requests a VLA model computes together (default: all workers).",
      valueName: "n"))
  var policyBatch: Int?

  @Option(
    name: .customLong("policy-threads"),
    help: ArgumentHelp("Threads of a VLA model (default: the number of cores).", valueName: "n"))
  var policyThreads: Int?

  @Option(help: "Further attempts at a chain after infrastructure failed (default: 2).")
  var retries: Int?

  @Option(
    name: .customLong("chain-timeout"),
    help: ArgumentHelp("Longest time an attempt at a chain may take.", valueName: "seconds"))
  var chainTimeout: Double?

  @Option(
    name: .customLong("fail-on-error"),
    help: ArgumentHelp(
      "Stop when more than this share of the chains failed for infrastructure.",
      valueName: "fraction"))
  var failOnError: Double?

  @Option(
    help: ArgumentHelp(
      "Work on part i of n (counted from 0), or auto: from Slurm, torchrun or MPI variables.",
      valueName: "i/n|auto"))
  var shard: ShardChoice?

  mutating func validate() throws {
    for (option, value, least) in [
      ("--workers", workers, 1), ("--policy-batch", policyBatch, 1),
      ("--policy-threads", policyThreads, 1), ("--retries", retries, 0),
    ] {
      if let value { try require(option, value, in: least...4096) }
    }
    if let chainTimeout, !(chainTimeout > 0) {
      throw ValidationError("--chain-timeout is more than 0 s, not \(chainTimeout).")
    }
    if let failOnError, !(0...1).contains(failOnError) {
      throw ValidationError("--fail-on-error is a share of 0 to 1, not \(failOnError).")
    }
  }

  /// The same for the workers' pool.
  var poolSettings: WorkerPool.Settings {
    WorkerPool.Settings(
      workers: workerCount, retries: retryCount, chainTimeout: chainTimeout,
      failOnError: failOnError)
  }

  /// Retries to make.
  var retryCount: Int { retries ?? 2 }

  /// Workers to use.
  var workerCount: Int { workers ?? ProcessInfo.processInfo.activeProcessorCount }
}

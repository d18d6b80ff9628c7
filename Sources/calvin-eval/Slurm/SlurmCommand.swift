import ArgumentParser
import Foundation
import Results

/// `calvin-eval slurm`: a run as a Slurm array job.
struct SlurmCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slurm",
    abstract: "Write and submit a Slurm array job and the job that merges its shards.",
    discussion: """
      Options after -- go to `calvin-eval run` in every shard. A shard that is requeued resumes
      where it was; the merge job starts when all shards have succeeded.

      Examples:
        calvin-eval slurm --shards 16 --run Results/night -- --chains 1000 --policy expert
        calvin-eval slurm --shards 4 --run Results/night --sbatch "--gres=gpu:1 --time=4:00:00" \\
          --dry-run -- --chains 1000 --policy path/to/checkpoint
      """)

  @Option(help: "Array tasks.")
  var shards: Int

  @Option(
    help: ArgumentHelp("Folder of the run, seen by all nodes; holds the scripts.", valueName: "dir")
  )
  var run: String

  @Option(help: ArgumentHelp("Further sbatch options of the array job.", valueName: "options"))
  var sbatch: String?

  @Option(
    help: ArgumentHelp(
      "The program as the nodes see it (default: this one).", valueName: "path"))
  var program: String?

  @Flag(name: .customLong("dry-run"), help: "Write the scripts, submit nothing.")
  var dryRun = false

  @Argument(parsing: .postTerminator, help: "Options of run.")
  var options: [String] = []

  func validate() throws {
    try require("--shards", shards, in: 1...10_000)
    for reserved in ["--run", "--shard"]
    where options.contains(where: { $0 == reserved || $0.hasPrefix(reserved + "=") }) {
      throw ValidationError("\(reserved) is set for every shard; leave it out after --.")
    }
    // A typing mistake shows now, not in a queue.
    do {
      _ = try RunCommand.parseAsRoot(options)
    } catch {
      throw ValidationError(RunCommand.message(for: error))
    }
  }

  func run() async throws {
    try exitingOnBadInput {
      let folder = absolutePath(run)
      try DurableFile.createFolder(folder + "/slurm")
      let scripts = SlurmScripts(
        program: program ?? URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path,
        folder: folder, shards: shards, options: options, sbatch: sbatch)
      let (array, merge) = (folder + "/slurm/shards.sh", folder + "/slurm/merge.sh")
      try DurableFile.write(scripts.array, to: array)
      try DurableFile.write(scripts.merge, to: merge)
      guard !dryRun else {
        print("wrote \(array) and \(merge); submit them with:")
        print("  id=$(sbatch --parsable \(array))")
        print("  sbatch --dependency=afterok:$id --kill-on-invalid-dep=yes \(merge)")
        return
      }
      let arrayID = try submit([array])
      let mergeID = try submit(
        ["--dependency=afterok:\(arrayID)", "--kill-on-invalid-dep=yes", merge])
      print("submitted array job \(arrayID) (\(shards) shards) and merge job \(mergeID)")
      print("results will be in \(folder)")
    }
  }

  /// Submits a script and returns its job id.
  private func submit(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["sbatch", "--parsable"] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let id = text.split(whereSeparator: { $0 == ";" || $0.isNewline }).first
    guard process.terminationStatus == 0, let id else {
      throw InputError(
        "sbatch \(arguments.joined(separator: " ")) failed (exit \(process.terminationStatus)); "
          + "expected a Slurm cluster here, or --dry-run")
    }
    return String(id)
  }
}

/// The two batch scripts of a run.
struct SlurmScripts {
  let program: String
  let folder: String
  let shards: Int
  let options: [String]
  let sbatch: String?

  /// Runs one shard per array task; requeued tasks resume.
  var array: String {
    let extra = sbatch.map { "#SBATCH \($0)\n" } ?? ""
    return """
      #!/bin/bash
      #SBATCH --job-name=calvin-eval
      #SBATCH --array=0-\(shards - 1)
      #SBATCH --requeue
      #SBATCH --open-mode=append
      #SBATCH --output=\(folder)/slurm/shard-%a.log
      \(extra)exec \(quoted([program, "run", "--run", folder, "--shard", "auto"] + options))

      """
  }

  /// Merges the shards.
  var merge: String {
    """
    #!/bin/bash
    #SBATCH --job-name=calvin-eval-merge
    #SBATCH --output=\(folder)/slurm/merge.log
    exec \(quoted([program, "merge", folder]))

    """
  }

  private func quoted(_ words: [String]) -> String {
    words.map { "'" + $0.replacing("'", with: "'\\''") + "'" }.joined(separator: " ")
  }
}

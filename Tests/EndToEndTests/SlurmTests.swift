import Foundation
import Testing

@Suite(.enabled(if: Program.isBuilt, "calvin-eval is not built beside the tests"))
struct SlurmTests {
  static let isInstalled = ["slurmctld", "slurmd", "munged"].allSatisfy { tool in
    FileManager.default.isExecutableFile(atPath: "/usr/sbin/" + tool)
  }

  @Test func scriptsCarryTheOptionsAndNothingIsSubmittedInADryRun() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.run(
        [
          "slurm", "--shards", "3", "--run", "night", "--sbatch=--time=10", "--dry-run", "--",
          "--chains", "9", "--policy", "zero",
        ], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let array = try String(contentsOfFile: folder + "/night/slurm/shards.sh", encoding: .utf8)
      #expect(array.contains("#SBATCH --array=0-2\n"))
      #expect(array.contains("#SBATCH --time=10\n"))
      #expect(array.contains("'--shard' 'auto' '--chains' '9' '--policy' 'zero'"))
      let wrong = try Program.run(
        ["slurm", "--shards", "3", "--run", "night", "--dry-run", "--", "--chains", "0"],
        in: folder)
      #expect(wrong.status == 64)
    }
  }

  @Test(
    .enabled(if: SlurmTests.isInstalled && getuid() == 0, "needs slurm-wlm, munge and root"),
    .timeLimit(.minutes(3)))
  func aKilledNodeIsRequeuedAndTheRunFinishes() throws {
    try withTemporaryFolder { folder in
      let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../scripts/test-slurm.sh").standardizedFileURL.path
      let outcome = try Program.shell(
        "timeout 150 '\(script)' \"$CALVIN_EVAL\"", in: folder)
      #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
      #expect(outcome.output.contains("OK: requeued and merged to identical files"))
    }
  }
}

import Foundation
import Testing

@Suite(.enabled(if: Program.isBuilt, "calvin-eval is not built beside the tests"))
struct GrammarTests {
  @Test func helpShowsCommandsAndTheOptionsOfRun() throws {
    try withTemporaryFolder { folder in
      let help = try Program.run(["--help"], in: folder)
      #expect(help.status == 0)
      for word in [
        "--chains", "--policy", "--run", "--workers", "skills", "conformance", "doctor", "resume",
        "merge", "--version",
      ] {
        #expect(help.output.contains(word), "no \(word) in --help")
      }
      #expect(try Program.run(["--version"], in: folder).status == 0)
      for command in ["run", "resume", "merge", "skills", "slurm"] {
        let help = try Program.run([command, "--help"], in: folder)
        #expect(help.status == 0 && help.output.contains("Examples:"), "\(command)")
      }
    }
  }

  @Test(arguments: [
    (["--chains", "0"], 64), (["--policy", "nobody"], 64), (["--nonsense"], 64),
    (["--shard", "2/2", "--run", "r"], 64), (["--shard", "0/2"], 64), (["--workers", "0"], 64),
    (["--scene", "Z", "--chains", "1"], 2), (["--calvin-env", "/nonexistent"], 2),
    (["--sequences", "/nonexistent.json"], 2), (["resume", "/nonexistent"], 2),
    (["merge", "/nonexistent"], 2), (["--policy", "replay:/nonexistent", "--chains", "1"], 2),
    (["skills", "--tasks", "fly"], 2), (["--chains", "100001"], 64), (["--chains", "-5"], 64),
    (["--steps-per-subtask", "9223372036854775807"], 64), (["--policy", "wss://host:1"], 64),
    (["--policy", "replay:"], 64), (["--policy", "./nothing", "--chains", "1"], 2),
    (["--policy-threads", "0"], 64), (["--retries", "-1"], 64), (["evaluate"], 64),
    (["model", "make-tiny", "/dev/null"], 2),
    (["slurm", "--shards", "2", "--run", "r", "--dry-run", "--", "--run=s"], 64),
    (["export", "r", "--format", "leaderboard", "--date-added", "today"], 64),
    (["export", "r", "--format", "leaderboard", "--split", "all"], 64),
  ])
  func badArgumentsHaveTheirExitCode(arguments: [String], status: Int) throws {
    try withTemporaryFolder { folder in
      let ending = try Program.run(arguments, in: folder)
      #expect(ending.status == status, "\(arguments): \(ending.errors)")
      #expect(!ending.errors.isEmpty)
    }
  }

  @Test func mistakesAreNamed() throws {
    try withTemporaryFolder { folder in
      for (arguments, expected) in [
        (["--chains", "-5"], "--chains is 1 to 100000, not -5"),
        (["evaluate"], "no command is called 'evaluate'; expected one of run, resume"),
        (["--policy", "http://host:1"], "expected ws://HOST:PORT"),
        (["--policy", "./nothing", "--chains", "1"], "expected a model folder with config.json"),
        (
          [
            "--policy", "ws://127.0.0.1:1", "--policy-connect-timeout", "0.1", "--chains", "1",
          ], "cannot be reached: Connection refused\n"
        ),
        (
          ["--policy", "ws://h:1", "--protocol", "openpi:none.json", "--chains", "1"],
          "error: openpi key map none.json: no such file; expected calvin, libero or a JSON"
        ),
      ] {
        let ending = try Program.run(arguments, in: folder)
        #expect(ending.errors.contains(expected), "\(ending.errors)")
      }
    }
  }

  @Test func aFullStandardOutputIsAnError() throws {
    try withTemporaryFolder { folder in
      let ending = try Program.shell("$CALVIN_EVAL tasks > /dev/full", in: folder)
      #expect(ending.status == 2)
      #expect(ending.errors.contains("standard output: No space left"), "\(ending.errors)")
    }
  }

  @Test func anUnwritableFolderIsNamed() throws {
    try withTemporaryFolder { folder in
      // A file where a folder should be stops root, too.
      try Data().write(to: URL(filePath: folder + "/file"))
      let ending = try Program.run(
        ["--chains", "1", "--run", "file/run"] + shortRun, in: folder)
      #expect(ending.status == 2)
      #expect(ending.errors.contains("file/run"))
    }
  }
}

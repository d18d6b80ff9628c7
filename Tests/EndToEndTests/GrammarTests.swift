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
    (["skills", "--tasks", "fly"], 2),
  ])
  func badArgumentsHaveTheirExitCode(arguments: [String], status: Int) throws {
    try withTemporaryFolder { folder in
      let ending = try Program.run(arguments, in: folder)
      #expect(ending.status == status, "\(arguments): \(ending.errors)")
      #expect(!ending.errors.isEmpty)
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

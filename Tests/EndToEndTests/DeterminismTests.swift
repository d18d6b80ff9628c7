import Foundation
import Testing

@Suite(.enabled(if: Program.isBuilt, "calvin-eval is not built beside the tests"), .serialized)
struct DeterminismTests {
  @Test func filesAreTheSameForAnyWorkersShardsAndInterruptions() throws {
    try withTemporaryFolder { folder in
      let chains = ["--chains", "8"] + shortRun
      let whole = try Program.run(chains + ["--run", "one", "--workers", "1"], in: folder)
      #expect(whole.status == 0, "\(whole.errors)")
      #expect(whole.output.contains("protocol "))
      #expect(whole.output.contains("NON-STANDARD: 8 chains instead of the official 1000"))
      let expected = try comparedFiles(of: folder + "/one")

      for workers in [2, 4] {
        let run = try Program.run(
          chains + ["--run", "w\(workers)", "--workers", "\(workers)"], in: folder)
        #expect(run.status == 0)
        #expect(try comparedFiles(of: folder + "/w\(workers)") == expected)
      }

      for shard in 0..<3 {
        let run = try Program.run(
          chains + ["--run", "parts", "--shard", "\(shard)/3"], in: folder)
        #expect(run.status == 0, "\(run.errors)")
        if shard == 1 {
          let early = try Program.run(["merge", "parts"], in: folder)
          #expect(early.status == 2)
          #expect(early.errors.contains("no verdict for 2 of 8 chains: 2, 5"))
        }
      }
      let merged = try Program.run(["merge", "parts"], in: folder)
      #expect(merged.status == 0, "\(merged.errors)")
      #expect(try comparedFiles(of: folder + "/parts") == expected)

      let twice = try Program.run(
        ["merge", "parts/shard-0-of-3", "w2", "--run", "twice"], in: folder)
      #expect(twice.status == 2)
      #expect(twice.errors.contains("chain 0 is in both"))
    }
  }

  @Test func aKilledRunIsResumedToTheSameFiles() throws {
    try withTemporaryFolder { folder in
      let chains = ["--chains", "12", "--workers", "1"] + shortRun
      #expect(try Program.run(chains + ["--run", "whole"], in: folder).status == 0)
      for _ in 0..<2 {
        let process = try Program.start(chains + ["--run", "killed"], in: folder)
        let before = Self.lines(of: folder + "/killed/journal.jsonl")
        let patience = Date(timeIntervalSinceNow: 60)
        while Self.lines(of: folder + "/killed/journal.jsonl") < before + 2, process.isRunning,
          Date() < patience
        {
          usleep(2000)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
      // What a crash in the middle of a write leaves behind.
      let journal = try FileHandle(forWritingTo: URL(filePath: folder + "/killed/journal.jsonl"))
      try journal.seekToEnd()
      try journal.write(contentsOf: Data("0123abcd {\"result\":{\"chain\":".utf8))
      try journal.close()

      let other = try Program.run(chains + ["--run", "killed", "--seed", "5"], in: folder)
      #expect(other.status == 2)
      #expect(other.errors.contains("policy.seed is 5, was 0"))
      let resumed = try Program.run(["resume", "killed", "--workers", "2"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(
        try comparedFiles(of: folder + "/killed") == comparedFiles(of: folder + "/whole"))

      let record = try Data(contentsOf: URL(filePath: folder + "/killed/run.json"))
      #expect(try Program.run(["resume", "killed"], in: folder).status == 0)
      #expect(try Data(contentsOf: URL(filePath: folder + "/killed/run.json")) == record)
    }
  }

  @Test func ctrlCFinishesTheChainsInFlightAndASecondProcessIsRefused() throws {
    try withTemporaryFolder { folder in
      let arguments =
        ["--chains", "200", "--workers", "1", "--run", "run"]
        + ["--policy", "random", "--steps-per-subtask", "60", "--no-film-strips"]
      let process = try Program.start(arguments, in: folder)
      while Self.lines(of: folder + "/run/journal.jsonl") < 1, process.isRunning { usleep(2000) }
      try FileManager.default.createDirectory(
        atPath: folder + "/second", withIntermediateDirectories: true)
      let second = try Program.run(
        arguments.map { $0 == "run" ? folder + "/run" : $0 }, in: folder + "/second")
      #expect(second.status == 2)
      #expect(second.errors.contains("another process is working on"))
      kill(process.processIdentifier, SIGINT)
      process.waitUntilExit()
      #expect(process.terminationStatus == 130)
      let finished = Self.lines(of: folder + "/run/chains.jsonl")
      #expect((1..<200).contains(finished))
      #expect(finished == Self.lines(of: folder + "/run/journal.jsonl"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/run/results.json"))
      let output = try String(contentsOfFile: folder + "/stdout", encoding: .utf8)
      #expect(output.contains("INCOMPLETE"))
    }
  }

  @Test func aFullDiskStopsTheRunAndLosesNothing() throws {
    try withTemporaryFolder { folder in
      let chains = "--chains 12 --workers 1 " + shortRun.joined(separator: " ")
      // Files beyond 4 KiB are refused, as on a full disk, until the limit is lifted.
      let full = try Program.shell(
        "trap '' XFSZ; ulimit -f 4; exec \"$CALVIN_EVAL\" \(chains) --run full", in: folder)
      #expect(full.status == 2)
      #expect(full.errors.contains("journal.jsonl"), "\(full.errors)")
      let resumed = try Program.run(["resume", "full"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      let whole = try Program.shell("exec \"$CALVIN_EVAL\" \(chains) --run whole", in: folder)
      #expect(whole.status == 0)
      #expect(try comparedFiles(of: folder + "/full") == comparedFiles(of: folder + "/whole"))
    }
  }

  static func lines(of file: String) -> Int {
    (try? Data(contentsOf: URL(filePath: file)))?.count { $0 == UInt8(ascii: "\n") } ?? 0
  }
}

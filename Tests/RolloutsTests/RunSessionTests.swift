import Calvin
import Foundation
import Logging
import Policies
import Results
import Rollouts
import Synchronization
import Testing

@Suite struct RunSessionTests {
  static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  func plan(
    _ folder: String, workers: Int, chains: Int = 24, shard: Shard? = nil, seed: UInt64 = 0,
    retries: Int = 2, timeout: Double? = nil, failOnError: Double? = nil,
    policy: @escaping @Sendable () throws -> any Policy = { unevenPolicy() }
  ) throws -> RunPlan {
    let record = RunRecord(
      protocol: ProtocolRecord(
        scene: "D", assets: "a", tasks: "t", annotations: "n", sequences: "s", chains: chains,
        stepsPerSubtask: 30, actionMode: "cartesian_rel", substeps: 8, cameras: [],
        renderer: "cpu", depthBits: 24, shadows: true),
      policy: PolicyRecord(kind: "toy", name: "toy", seed: seed), environment: [:],
      settings: RunSettings(shard: shard))
    return RunPlan(
      directory: RunDirectory(path: folder), record: record, chains: (0..<chains).map(toyChain),
      runner: ChainRunner(oracle: try toyOracle(), stepsPerSubtask: 30),
      factory: RolloutFactory(worlds: { { ToyWorld() } }, policy: policy),
      pool: .init(
        workers: workers, retries: retries, chainTimeout: timeout, failOnError: failOnError),
      pages: { contents in
        [RunPage(name: "report.html", text: "\(contents.outcomes.results) \(contents.strips)")]
      })
  }

  @discardableResult
  func run(
    _ plan: RunPlan, progress: @escaping RunSession.Progress = { _, _ in }
  ) throws -> RunSession.Summary {
    try RunSession(
      plan, arguments: [], started: "now", log: Self.quiet, progress: progress
    ).run()
  }

  static let comparedFiles = ["chains.jsonl", "results.json", "report.html"]

  func files(_ folder: String) throws -> [[UInt8]] {
    try Self.comparedFiles.map { try DurableFile.read(folder + "/" + $0) }
  }

  @Test func filesAreTheSameForAnyNumberOfWorkers() throws {
    try withTemporaryFolder { folder in
      try run(plan(folder + "/1", workers: 1))
      let expected = try files(folder + "/1")
      for workers in [2, 4, 16] {
        let summary = try run(plan(folder + "/\(workers)", workers: workers))
        #expect(summary.missing.isEmpty && summary.ending == .finished)
        #expect(try files(folder + "/\(workers)") == expected)
      }
    }
  }

  @Test func aStoppedRunIsResumedToTheSameFiles() throws {
    try withTemporaryFolder { folder in
      try run(plan(folder + "/whole", workers: 2))
      let path = folder + "/parts"
      for _ in 0..<3 {
        let stop = Mutex<(@Sendable () -> Void)?>(nil)
        let session = try RunSession(
          plan(path, workers: 2), arguments: [], started: "now", log: Self.quiet
        ) { _, outcomes in
          if outcomes.count % 7 == 6 { stop.withLock { $0?() } }
        }
        stop.withLock { $0 = session.stop }
        let summary = try session.run()
        if !summary.missing.isEmpty {
          #expect(summary.ending == .stopped)
          #expect(!FileManager.default.fileExists(atPath: path + "/results.json"))
        }
      }
      let summary = try run(plan(path, workers: 3))
      #expect(summary.missing.isEmpty)
      #expect(try files(path) == files(folder + "/whole"))
      let before = try DurableFile.read(path + "/run.json")
      #expect(try run(plan(path, workers: 1)).ending == .finished)
      #expect(try DurableFile.read(path + "/run.json") == before)
    }
  }

  @Test func filesOfFewerChainsAreWrittenAnew() throws {
    try withTemporaryFolder { folder in
      try run(plan(folder, workers: 2))
      let expected = try files(folder)
      // As a process leaves them that is killed between its last chain and its files.
      let lines = try DurableFile.read(folder + "/chains.jsonl").split(separator: 10)
      try DurableFile.write(lines[0] + [10], to: folder + "/chains.jsonl")
      try FileManager.default.removeItem(atPath: folder + "/results.json")
      try run(plan(folder, workers: 2))
      #expect(try files(folder) == expected)
    }
  }

  @Test func aRunWithoutItsJournalIsNotBegunAnew() throws {
    try withTemporaryFolder { folder in
      try run(plan(folder, workers: 2))
      try FileManager.default.removeItem(atPath: folder + "/journal.jsonl")
      #expect {
        try run(plan(folder, workers: 2))
      } throws: { "\($0)".contains("no journal.jsonl") }
    }
  }

  @Test func anotherPolicyProtocolOrShardIsRefusedByName() throws {
    try withTemporaryFolder { folder in
      try run(plan(folder, workers: 2))
      #expect {
        try run(plan(folder, workers: 2, seed: 9))
      } throws: { "\($0)".contains("policy.seed is 9, was 0") }
      #expect {
        try run(plan(folder, workers: 2, chains: 25))
      } throws: { "\($0)".contains("protocol.chains is 25, was 24") }
      #expect {
        try run(plan(folder, workers: 2, shard: Shard(index: 0, count: 2)))
      } throws: { "\($0)".contains("shard is 0/2, was none") }
    }
  }

  @Test func shardsMergeToTheWhole() throws {
    try withTemporaryFolder { folder in
      try run(plan(folder + "/whole", workers: 2))
      let parts = try (0..<5).map { index in
        let shard = Shard(index: index, count: 5)
        let path = folder + "/shard\(index)"
        try run(plan(path, workers: 2, shard: shard))
        #expect(!FileManager.default.fileExists(atPath: path + "/results.json"))
        return RunDirectory(path: path)
      }
      let merge = try plan(folder + "/merged", workers: 1)
      try RunMerge.run(parts.reversed(), plan: merge, log: Self.quiet)
      #expect(try files(folder + "/merged") == files(folder + "/whole"))
      #expect(throws: ResultsError.self) {
        try RunMerge.run(Array(parts.dropFirst()), plan: merge, log: Self.quiet)
      }
    }
  }

  @Test func infrastructureIsRetriedAndNeverScored() throws {
    try withTemporaryFolder { folder in
      try run(plan(folder + "/sound", workers: 2))
      let failures = Mutex(0)
      let flaky: @Sendable () throws -> any Policy = {
        ToyPolicy { context, step in
          let fails = failures.withLock { count in
            guard context.chain == 3, step == 2, count < 2 else { return false }
            count += 1
            return true
          }
          if fails { throw InfrastructureFailure("connection lost") }
          return unevenAnswer(context)
        }
      }
      let summary = try run(plan(folder + "/flaky", workers: 2, policy: flaky))
      #expect(summary.missing.isEmpty)
      #expect(try files(folder + "/flaky") == files(folder + "/sound"))
      #expect(summary.outcomes.timings.first { $0.chain == 3 }?.attempts == 3)
    }
  }

  @Test func aChainThatKeepsFailingLeavesTheRunIncompleteUntilResumed() throws {
    try withTemporaryFolder { folder in
      try run(plan(folder + "/sound", workers: 2))
      let broken: @Sendable () throws -> any Policy = {
        ToyPolicy { context, _ in
          if context.chain == 3 { throw InfrastructureFailure("connection lost") }
          return unevenAnswer(context)
        }
      }
      let path = folder + "/broken"
      let summary = try run(plan(path, workers: 2, retries: 1, policy: broken))
      #expect(summary.missing == [3])
      #expect(
        summary.outcomes.failures == [
          ChainFailure(chain: 3, attempts: 2, reason: "connection lost")
        ])
      #expect(!FileManager.default.fileExists(atPath: path + "/results.json"))
      try run(plan(path, workers: 2))
      #expect(try files(path) == files(folder + "/sound"))
    }
  }

  @Test func tooManyFailuresStopTheRun() throws {
    try withTemporaryFolder { folder in
      let summary = try run(
        plan(folder, workers: 1, retries: 0, failOnError: 0.1) {
          ToyPolicy { _, _ in throw InfrastructureFailure("gone") }
        })
      #expect(summary.outcomes.failures.count == 3)
      guard case .gaveUp(let reason) = summary.ending else {
        Issue.record("ended with \(summary.ending)")
        return
      }
      #expect(reason.contains("3 of 24 chains failed"))
    }
  }

  @Test func aWorkerThatCannotStartEndsTheRunWithItsReason() throws {
    try withTemporaryFolder { folder in
      let summary = try run(
        plan(folder, workers: 2) { throw InfrastructureFailure("no such checkpoint") })
      #expect(summary.ending == .gaveUp("no such checkpoint"))
      #expect(summary.missing.count == 24)
    }
  }

  @Test(.timeLimit(.minutes(1))) func aHangingChainIsGivenToAnotherWorker() throws {
    try withTemporaryFolder { folder in
      try run(plan(folder + "/sound", workers: 2))
      let hung = Mutex(false)
      let hanging: @Sendable () throws -> any Policy = {
        ToyPolicy { context, _ in
          if context.chain == 4,
            hung.withLock({
              let was = $0; $0 = true; return !was
            })
          {
            Thread.sleep(forTimeInterval: 3)
          }
          return unevenAnswer(context)
        }
      }
      let summary = try run(plan(folder + "/hung", workers: 2, timeout: 0.5, policy: hanging))
      #expect(summary.missing.isEmpty)
      #expect(try files(folder + "/hung") == files(folder + "/sound"))
      #expect(summary.outcomes.timings.first { $0.chain == 4 }?.attempts == 2)
    }
  }

  @Test func aSecondSessionOnTheSameRunIsRefused() throws {
    try withTemporaryFolder { folder in
      let first = try RunSession(
        plan(folder, workers: 1), arguments: [], started: "now", log: Self.quiet
      ) { _, _ in }
      #expect(throws: ResultsError.inUse(path: folder + "/journal.jsonl")) {
        try run(plan(folder, workers: 1))
      }
      _ = try first.run()
    }
  }
}

import Foundation
import Logging
import Results

/// One start of the program on a run: opens or creates its folder, works on what is missing, and
/// writes its files.
public final class RunSession {
  /// How a session ended.
  public struct Summary: Sendable {
    /// All that is known about the chains of this folder.
    public var outcomes: RunOutcomes
    /// Chains that should have a verdict here and have none.
    public var missing: [Int]
    /// How the work ended.
    public var ending: WorkerPool.Ending

    /// A summary of these parts.
    public init(outcomes: RunOutcomes, missing: [Int], ending: WorkerPool.Ending) {
      self.outcomes = outcomes
      self.missing = missing
      self.ending = ending
    }
  }

  /// Progress in order: every event with what is known so far.
  public typealias Progress = (WorkerPool.Event, RunOutcomes) -> Void

  private let plan: RunPlan
  private let journal: Journal
  private let log: Logger
  private let pool: WorkerPool
  private let entries: Entries
  private var record: RunRecord
  private let began = Stopwatch.now

  /// Opens the run: a new folder, or one whose protocol and policy are those of `plan`. Throws
  /// `ResultsError` when another process works on it, when it was started differently (naming the
  /// fields), or when it cannot be written.
  public init(
    _ plan: RunPlan, arguments: [String], started: String, log: Logger,
    progress: @escaping Progress
  ) throws {
    try DurableFile.createFolder(plan.directory.tracesFolder)
    if plan.directory.exists, access(plan.directory.journalFile, F_OK) != 0 {
      throw ResultsError.malformed(
        path: plan.directory.path, line: nil,
        message: "holds run.json but no journal.jsonl; expected both or none")
    }
    journal = try Journal(path: plan.directory.journalFile)
    try DurableFile.removeIncomplete(in: plan.directory.tracesFolder)
    record = plan.record
    let outcomes = RunOutcomes(journal.entriesAtOpening)
    if plan.directory.exists {
      let former = try plan.directory.record()
      var differences = try plan.record.differences(from: former)
      if former.settings.shard != plan.record.settings.shard {
        differences.append(
          "shard is \(plan.record.settings.shard?.text ?? "none"), "
            + "was \(former.settings.shard?.text ?? "none")")
      }
      guard differences.isEmpty else {
        throw ResultsError.differs(path: plan.directory.path, fields: differences)
      }
      record.settings.invocations = former.settings.invocations
    } else if !journal.entriesAtOpening.isEmpty {
      throw ResultsError.malformed(
        path: plan.directory.path, line: nil,
        message: "holds a journal but no run.json; expected both or none")
    }
    let missing = outcomes.missing(of: plan.chains.count, shard: plan.record.settings.shard)
    if !missing.isEmpty || !plan.directory.exists {
      record.settings.invocations.append(
        RunSettings.Invocation(
          started: started, arguments: arguments, chainsBefore: outcomes.count,
          workers: plan.pool.workers))
      try plan.directory.write(record)
    }
    self.plan = plan
    self.log = log
    let entries = Entries(journal.entriesAtOpening)
    self.entries = entries
    let journal = journal
    let start = record.settings.invocations.count
    let began = began
    pool = WorkerPool(
      chains: missing, settings: plan.pool, log: log, equip: Self.equipment(of: plan)
    ) { event in
      switch event {
      case .finished(let result, var timing):
        timing.progress = ChainTiming.Progress(
          start: start, elapsed: Stopwatch.now - began, memory: ProcessMemory.resident)
        try journal.append(.verdict(result, timing))
        entries.append(.verdict(result, timing))
      case .failed(let failure):
        try journal.append(.failure(failure))
        entries.append(.failure(failure))
      case .retried: break
      }
      progress(event, entries.outcomes)
    }
    self.missing = missing
  }

  /// Chains this session has to work on.
  public let missing: [Int]

  /// What is known so far.
  public var outcomes: RunOutcomes { entries.outcomes }

  /// The policy's and the world's share of a worker.
  private static func equipment(of plan: RunPlan) -> WorkerPool.Equip {
    {
      let loadWorld = try plan.factory.worlds()
      let policy = try plan.factory.policy()
      return { chain in
        let observers = [TraceWriter(run: plan.directory)] + plan.observers()
        return try plan.runner.run(
          plan.chains[chain], policy: policy, observers: observers, loadWorld: loadWorld)
      }
    }
  }

  /// A function that lets the run finish its chains in flight and no more; callable from anywhere.
  public var stop: @Sendable () -> Void {
    let pool = pool
    return { pool.stop() }
  }

  /// Works on the missing chains, then writes the run's files, complete or not. A run that was
  /// complete already is left as it is. A session runs once.
  public func run() throws -> Summary {
    defer { journal.close() }
    let outputs = RunOutputs(plan: plan, log: log)
    if missing.isEmpty, try outputs.areWritten(entries.outcomes) {
      return Summary(outcomes: entries.outcomes, missing: [], ending: .finished)
    }
    let ending = try pool.run()
    let outcomes = entries.outcomes
    let missing = outcomes.missing(of: plan.chains.count, shard: record.settings.shard)
    if let last = record.settings.invocations.indices.last {
      record.settings.invocations[last].seconds = Stopwatch.now - began
      record.settings.invocations[last].peakMemory = ProcessMemory.peak
      let seconds = plan.policySeconds()
      if !seconds.isEmpty { record.settings.invocations[last].policySeconds = seconds }
    }
    try plan.directory.write(record)
    try outputs.write(record, outcomes, isComplete: missing.isEmpty)
    return Summary(outcomes: outcomes, missing: missing, ending: ending)
  }
}

/// The journal's entries as this process knows them; used by one thread at a time.
private final class Entries {
  private(set) var outcomes: RunOutcomes

  init(_ entries: [Journal.Entry]) {
    outcomes = RunOutcomes(entries)
  }

  func append(_ entry: Journal.Entry) {
    outcomes.add(entry)
  }
}

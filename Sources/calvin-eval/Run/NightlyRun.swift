import Foundation
import History
import Results

/// One night: each entry of a suite in a process of its own, within its time.
struct NightlyRun {
  let suite: NightlySuite
  let folder: String
  let history: HistoryStore

  /// Runs the entries in order; those the time does not reach are left out.
  func run() throws -> [HistoryRecord] {
    let clock = ContinuousClock()
    let end = suite.budgetMinutes.map { clock.now + .seconds($0 * 60) }
    var records: [HistoryRecord] = []
    for entry in suite.entries {
      let own = entry.budgetMinutes.map { clock.now + .seconds($0 * 60) }
      let deadline = [end, own].compactMap(\.self).min()
      if let deadline, deadline <= clock.now {
        FileHandle.standardError.write(Data("\(entry.name): no time left\n".utf8))
        continue
      }
      records.append(try run(entry, until: deadline))
    }
    return records
  }

  private func run(
    _ entry: NightlySuite.Entry, until deadline: ContinuousClock.Instant?
  ) throws -> HistoryRecord {
    let dated = "\(folder)/\(Machine.dateForNames())-\(entry.name)"
    // Another night of the same second has its own folder.
    var runFolder = dated
    var count = 1
    while FileManager.default.fileExists(atPath: runFolder) {
      count += 1
      runFolder = "\(dated)-\(count)"
    }
    var record = try history.begin(
      HistoryRecord(entry: entry.name, started: Machine.timestamp(), folder: runFolder))
    let ending = try evaluate(entry, in: runFolder, until: deadline)
    let directory = RunDirectory(path: runFolder)
    guard directory.exists else {
      record.status = .incomplete
      record.findings = "calvin-eval run \(ending) before it began"
      try history.finish(record, results: [])
      return record
    }
    let run = try FinishedRun(runFolder)
    let isComplete = run.missing.isEmpty
    try record.take(run.record, run.outcomes, isComplete: isComplete)
    if isComplete {
      let accepted = try history.baseline(of: entry.name).map { baseline in
        (baseline, try history.results(of: baseline.id ?? 0))
      }
      record.judge(run.outcomes.results, against: accepted)
    }
    try history.finish(record, results: run.outcomes.results)
    if record.verdict == .baseline { try history.accept(record, at: Machine.timestamp()) }
    return record
  }

  /// Runs this program on an entry. At the deadline it may finish its chains in flight for a minute
  /// before it is ended. Tells how it ended.
  private func evaluate(
    _ entry: NightlySuite.Entry, in runFolder: String, until deadline: ContinuousClock.Instant?
  ) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["run", "--run", runFolder] + entry.arguments
    process.standardOutput = FileHandle.standardError
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    if let deadline {
      let left = ContinuousClock().now.duration(to: deadline)
      let seconds = Double(left.components.seconds) + Double(left.components.attoseconds) * 1e-18
      if ended.wait(timeout: .now() + seconds) == .timedOut {
        process.interrupt()
        if ended.wait(timeout: .now() + 60) == .timedOut {
          kill(process.processIdentifier, SIGKILL)
        }
      }
    }
    process.waitUntilExit()
    return process.terminationReason == .exit
      ? "ended with status \(process.terminationStatus)"
      : "was ended by signal \(process.terminationStatus)"
  }
}

/// Keeps a second nightly run away from the same folder; gone with the process that holds it.
struct FolderLock {
  private let descriptor: Int32

  /// Takes the lock file at `path`; throws when another process holds it.
  init(_ path: String) throws {
    descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw ResultsError.system(operation: "open", path: path, code: errno)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw InputError("another nightly run works in this folder: \(path) is locked")
    }
  }

  func release() { close(descriptor) }
}

import Foundation
import GRDB
import Results
import Testing

@testable import History

private func withFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "calvin-eval-history-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

private func results(_ lengths: [Int]) -> [ChainResult] {
  let tasks = ["a", "b", "c", "d", "e"]
  return lengths.enumerated().map { chain, length in
    ChainResult(
      chain: chain, tasks: tasks,
      subtasks: (0..<min(5, length + 1)).map {
        SubtaskResult(task: tasks[$0], success: $0 < length, steps: 10, policyCalls: 10)
      })
  }
}

private func finished(
  _ store: HistoryStore, _ lengths: [Int], protocolID: String = "p"
) throws -> HistoryRecord {
  var record = try store.begin(
    HistoryRecord(entry: "expert", started: "2026-01-02T03:04:05+0000", folder: "f"))
  record.status = .complete
  record.protocolID = protocolID
  record.averageLength = Double(lengths.reduce(0, +)) / Double(lengths.count)
  try store.finish(record, results: results(lengths))
  return record
}

@Test func runsAndBaselinesComeBack() throws {
  try withFolder { folder in
    let store = try HistoryStore(path: folder + "/h.sqlite")
    let first = try finished(store, [5, 3, 0])
    #expect(try store.baseline(of: "expert") == nil)
    try store.accept(first, at: "now")
    let second = try finished(store, [1, 1, 1])
    #expect(try store.runs() == [first, second])
    #expect(try store.runs(of: "other").isEmpty)
    #expect(try store.baseline(of: "expert") == first)
    #expect(try store.results(of: try #require(first.id)) == results([5, 3, 0]))
    try store.accept(second, at: "later")
    #expect(try store.baseline(of: "expert") == second)
    let export = try store.export()
    #expect(export["schema"] == .int(HistoryStore.schemaVersion))
    guard case .array(let runs) = export["runs"] else { throw CancellationError() }
    #expect(runs.count == 2)
  }
}

@Test func unfinishedRunsAreNoBaselines() throws {
  try withFolder { folder in
    let store = try HistoryStore(path: folder + "/h.sqlite")
    let record = try store.begin(HistoryRecord(entry: "e", started: "s", folder: "f"))
    #expect(throws: HistoryError.self) { try store.accept(record, at: "now") }
    #expect(try store.markInterrupted() == 1)
    #expect(try store.runs().map(\.status) == [.interrupted])
  }
}

/// The log cut at any byte is what a crash may leave: earlier commits are whole, later ones are
/// there entirely or not at all.
@Test func historySurvivesACrashAtAnyPoint() throws {
  try withFolder { folder in
    let path = folder + "/h.sqlite"
    let store = try HistoryStore(path: path)
    _ = try finished(store, [5, 4])
    let before = try Data(contentsOf: URL(filePath: path + "-wal")).count
    _ = try finished(store, Array(repeating: 2, count: 40))
    let database = try Data(contentsOf: URL(filePath: path))
    let log = try Data(contentsOf: URL(filePath: path + "-wal"))
    #expect(log.count > before && before > 0)
    var seen: Set<Int> = []
    for cut in stride(from: before, through: log.count, by: max(1, (log.count - before) / 12)) {
      let copy = folder + "/cut.sqlite"
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: copy + suffix)
      }
      try database.write(to: URL(filePath: copy))
      try log.prefix(cut).write(to: URL(filePath: copy + "-wal"))
      let reopened = try HistoryStore(path: copy)
      try reopened.checkIntegrity()
      let runs = try reopened.runs()
      #expect(runs.first?.status == .complete)
      #expect(try reopened.results(of: 1) == results([5, 4]))
      if runs.count == 2, runs[1].status == .complete {
        #expect(try reopened.results(of: 2).count == 40)
      } else {
        #expect(try reopened.results(of: 2).isEmpty)
      }
      seen.insert(runs.count == 2 && runs[1].status == .complete ? 2 : 1)
    }
    #expect(seen.contains(1))
  }
}

@Test func oldSchemasMigrateAndNewerOnesAreRefused() throws {
  try withFolder { folder in
    let old = folder + "/old.sqlite"
    let queue = try DatabaseQueue(path: old)
    try HistoryStore.migrator.migrate(queue, upTo: "1 runs, chains, baselines")
    try queue.write {
      try $0.execute(
        sql: "INSERT INTO run (entry, started, folder, status) VALUES ('e', 's', 'f', 'complete')")
    }
    try queue.close()
    let store = try HistoryStore(path: old)
    #expect(try store.runs().map(\.entry) == ["e"] && store.runs()[0].stepTime == nil)

    let new = folder + "/new.sqlite"
    let newer = try DatabaseQueue(path: new)
    var migrator = HistoryStore.migrator
    migrator.registerMigration("99 from the future") { _ in }
    try migrator.migrate(newer)
    try newer.close()
    #expect(throws: HistoryError.self) { try HistoryStore(path: new) }
    try Data("no database at all, but long enough to be looked at".utf8)
      .write(to: URL(filePath: folder + "/text"))
    #expect(throws: HistoryError.self) { try HistoryStore(path: folder + "/text") }
  }
}

@Test func verdictsAgainstTheBaseline() throws {
  try withFolder { folder in
    let store = try HistoryStore(path: folder + "/h.sqlite")
    let good = Array(repeating: 5, count: 40)
    let bad = (0..<40).map { $0 < 20 ? 1 : 5 }
    let baseline = try finished(store, good)
    func verdict(
      _ lengths: [Int], protocolID: String = "p", against: [Int]?
    ) -> HistoryRecord.Verdict? {
      var record = HistoryRecord(entry: "expert", started: "s", folder: "f")
      record.protocolID = protocolID
      record.judge(results(lengths), against: against.map { (baseline, results($0)) })
      return record.verdict
    }
    #expect(verdict(good, against: nil) == .baseline)
    #expect(verdict(good, against: good) == .same)
    #expect(verdict(bad, against: good) == .regression)
    #expect(verdict(good, against: bad) == .better)
    #expect(verdict(good, protocolID: "q", against: good) == .otherProtocol)
  }
}

@Test func suitesParseAndRefuse() throws {
  let suite = try NightlySuite(
    yaml: """
      budget_minutes: 300
      entries:
        - name: expert
          arguments: [--policy, expert, --chains, "100"]
          budget_minutes: 30
        - {name: random-7, arguments: [--policy, random]}
      """, path: "s.yaml")
  #expect(suite.entries.map(\.name) == ["expert", "random-7"])
  #expect(suite.entries[0].arguments.last == "100" && suite.entries[0].budgetMinutes == 30)
  for bad in [
    "entries: []", "{}", "entries: [{name: a}]", "entries: [{name: '../a', arguments: []}]",
    "entries: [{name: a, arguments: [--run, x]}]", ":",
    "entries: [{name: a, arguments: []}, {name: a, arguments: []}]",
    "entries: [{name: a, arguments: [], budget_minutes: 0}]",
  ] {
    #expect(throws: HistoryError.self, "\(bad)") { try NightlySuite(yaml: bad, path: "s.yaml") }
  }
  #expect {
    try NightlySuite(yaml: "entries:\n  - name: a\n    arguments: [x\n", path: "s.yaml")
  } throws: { "\($0)".hasPrefix("s.yaml:4: expected YAML: ") }
  #expect {
    try NightlySuite(
      yaml: "entries:\n  - name: a\n    arguments: []\n    budget_minute: 5\n", path: "s.yaml")
  } throws: {
    "\($0)".contains("s.yaml:4: unknown key 'budget_minute'; expected one of name, arguments")
  }
}

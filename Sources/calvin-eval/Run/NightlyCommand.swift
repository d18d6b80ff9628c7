import ArgumentParser
import Foundation
import History
import Reports
import Results

/// `calvin-eval nightly --suite FILE`.
struct NightlyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nightly",
    abstract: "Run a suite of policies, keep its history and compare with accepted baselines.",
    discussion: """
      The first complete run of an entry becomes its baseline; --accept makes the newest one the
      baseline. Exit codes: 0 all well; 1 a regression, or a run by another protocol than its
      baseline; 3 a run is incomplete.

      Examples:
        calvin-eval nightly --suite suite.yaml
        calvin-eval nightly --suite suite.yaml --accept expert
        calvin-eval nightly --suite suite.yaml --export history.json
      """)

  @Option(help: ArgumentHelp("The suite, YAML; see docs/nightly.md.", valueName: "file"))
  var suite: String

  @Option(
    help: ArgumentHelp(
      "Folder of the history (history.sqlite), the runs and the trend page (trend.html).",
      valueName: "dir"))
  var folder = "Results/nightly"

  @Option(
    help: ArgumentHelp(
      "Run nothing; accept the newest complete run of this entry as its baseline.",
      valueName: "entry"))
  var accept: String?

  @Option(help: ArgumentHelp("Run nothing; write the history as JSON.", valueName: "file"))
  var export: String?

  func run() async throws {
    try exitingOnBadInput {
      let suite = try NightlySuite(
        yaml: String(decoding: DurableFile.read(suite), as: UTF8.self), path: suite)
      try DurableFile.createFolder(folder)
      let history = try HistoryStore(path: folder + "/history.sqlite")
      if let accept {
        try acceptNewest(of: accept, suite, history)
      } else if let export {
        try DurableFile.write(history.export().pretty, to: export)
      } else {
        let lock = try FolderLock(folder + "/lock")
        defer { lock.release() }
        try history.markInterrupted()
        let records = try NightlyRun(suite: suite, folder: folder, history: history).run()
        try writeTrend(suite, history)
        try report(records, of: suite)
      }
    }
  }

  private func acceptNewest(
    of name: String, _ suite: NightlySuite, _ history: HistoryStore
  ) throws {
    guard suite.entries.contains(where: { $0.name == name }) else {
      throw InputError(
        "--accept \(name): no such entry; expected one of "
          + suite.entries.map(\.name).joined(separator: ", "))
    }
    guard let newest = try history.runs(of: name).last(where: { $0.status == .complete }) else {
      throw InputError("--accept \(name): no complete run in the history yet")
    }
    try history.accept(newest, at: Machine.timestamp())
    try writeTrend(suite, history)
    print("accepted run \(newest.id ?? 0) of \(name), \(newest.started)")
  }

  private func writeTrend(_ suite: NightlySuite, _ history: HistoryStore) throws {
    let series = try suite.entries.map { entry in
      let baseline = try history.baseline(of: entry.name)?.id
      return (
        name: entry.name,
        points: try history.runs(of: entry.name).map { $0.point(isBaseline: $0.id == baseline) }
      )
    }
    try DurableFile.write(TrendReport(series: series).html(), to: folder + "/trend.html")
  }

  /// One line per entry, and the exit code.
  private func report(_ records: [HistoryRecord], of suite: NightlySuite) throws {
    for record in records {
      let average = record.averageLength.map { String(format: "%.3f", $0) } ?? "-"
      print(
        "\(record.entry): \(record.status.rawValue), average length \(average), \(record.words)")
    }
    print("Trend: \(folder)/trend.html")
    if records.contains(where: \.isBad) { throw ExitCode.mismatch }
    if records.count < suite.entries.count
      || records.contains(where: { $0.status != .complete })
    {
      throw ExitCode.incomplete
    }
  }
}

extension HistoryRecord {
  /// True for a regression or a run that cannot be compared with its baseline.
  var isBad: Bool { verdict == .regression || verdict == .otherProtocol }

  /// The verdict in words.
  var words: String {
    let verdict =
      switch verdict {
      case .baseline: "first run, accepted as baseline"
      case .same: "no significant difference"
      case .better: "better than the baseline"
      case .regression: "REGRESSION"
      case .otherProtocol: "NOT COMPARABLE"
      case nil: "not compared"
      }
    return verdict + (findings.map { ": \($0)" } ?? "")
  }

  func point(isBaseline: Bool) -> TrendReport.Point {
    func interval(_ lower: Double?, _ upper: Double?) -> Interval? {
      guard let lower, let upper else { return nil }
      return Interval(lower: lower, upper: upper)
    }
    return TrendReport.Point(
      started: started, averageLength: averageLength,
      averageInterval: interval(averageLower, averageUpper), stepTime: stepTime,
      stepTimeInterval: interval(stepTimeLower, stepTimeUpper), protocolID: protocolID,
      status: status.rawValue, verdict: words, isBaseline: isBaseline,
      isBad: isBad && !isBaseline)
  }
}

import ArgumentParser
import Assets
import Calvin
import Conformance
import Foundation

extension ConformanceOptions {
  /// Runs a comparison and prints what it found: a line per file, what could not be covered, totals
  /// last. Leaves with 1 when something differs, with 2 when the comparison could not be made.
  func report(
    _ kind: String, _ compare: () async throws -> ConformanceReport
  ) async throws {
    let report: ConformanceReport
    do {
      report = try await compare()
    } catch {
      FileHandle.standardError.write(Data("error: conformance \(kind): \(error)\n".utf8))
      throw ExitCode.badInput
    }
    print(json ? Self.json(of: report, kind: kind) : Self.text(of: report, kind: kind))
    if !report.agrees { throw ExitCode.mismatch }
  }

  /// The official assets the recordings were made with.
  func officialRoot() throws -> AssetRoot {
    guard let calvinEnv else {
      throw ConformanceError("expected --calvin-env DIR, the assets of the recordings")
    }
    return try AssetRoot(calvinEnv: calvinEnv)
  }

  private static func text(of report: ConformanceReport, kind: String) -> String {
    let totals = report.totals.map { "\($0.name) \(number($0.value).pythonText)" }
    let verdict = report.agrees ? "all agree" : "DIFFERENCES"
    return
      (report.lines + report.notCovered.map { "not covered: \($0)" }
      + ["\(kind): \(totals.joined(separator: ", ")): \(verdict)"])
      .joined(separator: "\n")
  }

  private static func json(of report: ConformanceReport, kind: String) -> String {
    OrderedJSON.object([
      .init(key: "kind", value: .string(kind)),
      .init(key: "agrees", value: .bool(report.agrees)),
      .init(
        key: "totals",
        value: .object(report.totals.map { .init(key: $0.name, value: number($0.value)) })),
      .init(key: "not_covered", value: .array(report.notCovered.map(OrderedJSON.string))),
      .init(key: "lines", value: .array(report.lines.map(OrderedJSON.string))),
    ]).pythonText
  }

  /// Whole figures print without a fraction; JSON knows no infinity, so it becomes null.
  private static func number(_ value: Double) -> OrderedJSON {
    guard value.isFinite else { return .null }
    return Int(exactly: value).map(OrderedJSON.integer) ?? .number(value)
  }
}

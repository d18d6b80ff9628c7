import Foundation
import JSONText

/// A run's folder: the names of its files, and reading them back.
public struct RunDirectory: Sendable, Equatable {
  /// The folder.
  public var path: String

  /// The run in this folder.
  public init(path: String) {
    self.path = path
  }

  /// `run.json`: the header.
  public var recordFile: String { path + "/run.json" }
  /// `journal.jsonl`: finished chains in order of finishing, the source of all other files.
  public var journalFile: String { path + "/journal.jsonl" }
  /// `chains.jsonl`: verdicts in chain order.
  public var chainsFile: String { path + "/chains.jsonl" }
  /// `timings.jsonl`: timings in chain order.
  public var timingsFile: String { path + "/timings.jsonl" }
  /// `results.json`: CALVIN's own form.
  public var resultsFile: String { path + "/results.json" }
  /// `report.html`: the report.
  public var reportFile: String { path + "/report.html" }
  /// `performance.html`: time per phase.
  public var performanceFile: String { path + "/performance.html" }
  /// `traces`: the actions of every finished chain, for replays without the policy.
  public var tracesFolder: String { path + "/traces" }
  /// The folder of one shard of this run.
  public func shard(_ shard: Shard) -> RunDirectory {
    RunDirectory(path: path + "/shard-\(shard.index)-of-\(shard.count)")
  }

  /// True when a run was started here.
  public var exists: Bool { access(recordFile, F_OK) == 0 }

  /// The header.
  public func record() throws -> RunRecord {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: DurableFile.read(recordFile))
    } catch let error as JSONSyntaxError {
      throw ResultsError.malformed(path: recordFile, line: error.line, message: error.message)
    }
    do {
      return try value.decoded(as: RunRecord.self)
    } catch {
      throw ResultsError.malformed(
        path: recordFile, line: nil, message: "not a run header: \(decodingReason(error))")
    }
  }

  /// Replaces the header.
  public func write(_ record: RunRecord) throws {
    var value = try JSONValue(encoding: record)
    if case .object(var members) = value {
      members["protocol_id"] = .string(try record.protocol.id())
      value = .object(members)
    }
    try DurableFile.write(value.pretty, to: recordFile)
  }

  /// What the journal says, or what `chains.jsonl` says where there is no journal.
  public func outcomes() throws -> RunOutcomes {
    if access(journalFile, F_OK) == 0 {
      return RunOutcomes(try Journal.read(journalFile))
    }
    return RunOutcomes(results: try lines(of: chainsFile, as: ChainResult.self))
  }

  /// Verdicts in chain order.
  public func chains() throws -> [ChainResult] { try outcomes().results }

  /// Timings in chain order.
  public func timings() throws -> [ChainTiming] { try outcomes().timings }

  private func lines<Line: Decodable>(of file: String, as type: Line.Type) throws -> [Line] {
    let bytes = try DurableFile.read(file)
    return try bytes.split(separator: UInt8(ascii: "\n")).enumerated().map { index, line in
      do {
        return try JSONValue(parsing: line).decoded(as: type)
      } catch {
        throw ResultsError.malformed(path: file, line: index + 1, message: decodingReason(error))
      }
    }
  }
}

/// Where in a file something else stands than what was to be decoded, in words.
package func decodingReason(_ error: any Error) -> String {
  switch error {
  case DecodingError.keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
  case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
    DecodingError.dataCorrupted(let context):
    context.codingPath.map(\.stringValue).joined(separator: ".") + ": " + context.debugDescription
  default: "\(error)"
  }
}

import Foundation
import Results
import Yams

/// What runs every night.
public struct NightlySuite: Sendable, Equatable, Codable {
  /// One policy under one protocol.
  public struct Entry: Sendable, Equatable, Codable {
    /// Name in history and trend page; letters, digits, `-`, `_` and `.`.
    public var name: String
    /// Options of `calvin-eval run`.
    public var arguments: [String]
    /// Longest time it may take, minutes; nil: what is left of the suite's.
    public var budgetMinutes: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case name, arguments
      case budgetMinutes = "budget_minutes"
    }
  }

  /// Longest time of all entries together, minutes; nil: no limit.
  public var budgetMinutes: Double?
  /// Run in this order.
  public var entries: [Entry]

  enum CodingKeys: String, CodingKey, CaseIterable {
    case entries
    case budgetMinutes = "budget_minutes"
  }

  /// Reads a suite file (YAML, so JSON too); `path` names it in errors.
  public init(yaml: String, path: String) throws(HistoryError) {
    if let error = Self.syntaxError(yaml) ?? Self.unknownKey(yaml) {
      throw HistoryError(path: "\(path):\(error.line)", message: error.message)
    }
    do {
      self = try YAMLDecoder().decode(NightlySuite.self, from: yaml)
    } catch {
      throw HistoryError(
        path: path,
        message: "expected entries with name and arguments, and optional budget_minutes: "
          + decodingReason(error))
    }
    try check(path)
  }

  private func check(_ path: String) throws(HistoryError) {
    func refuse(_ message: String) -> HistoryError { HistoryError(path: path, message: message) }
    guard !entries.isEmpty else { throw refuse("expected at least one entry") }
    var names: Set<String> = []
    for entry in entries {
      guard entry.name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil else {
        throw refuse("'\(entry.name)' is no name; expected letters, digits, '-', '_' and '.'")
      }
      guard names.insert(entry.name).inserted else {
        throw refuse("two entries are named '\(entry.name)'; expected different names")
      }
      for taken in ["--run", "--json", "--shard"]
      where entry.arguments.contains(where: { $0 == taken || $0.hasPrefix(taken + "=") }) {
        throw refuse("entry '\(entry.name)': \(taken) is set by the nightly run itself")
      }
    }
    for budget in entries.map(\.budgetMinutes) + [budgetMinutes] {
      guard budget ?? 1 > 0 else { throw refuse("budget_minutes must be more than 0") }
    }
  }

  /// The file's line and what is wrong with it as YAML; nil when it is YAML.
  private static func syntaxError(_ yaml: String) -> (line: Int, message: String)? {
    do {
      _ = try Yams.compose(yaml: yaml)
    } catch YamlError.scanner(_, let problem, let mark, _),
      YamlError.parser(_, let problem, let mark, _), YamlError.composer(_, let problem, let mark, _)
    {
      return (mark.line, "expected YAML: \(problem)")
    } catch {
      return (1, "expected YAML: \(error)")
    }
    return nil
  }

  /// The line and name of the first key that means nothing here: a misspelt budget would be none.
  private static func unknownKey(_ yaml: String) -> (line: Int, message: String)? {
    guard let root = (try? Yams.compose(yaml: yaml))?.mapping else { return nil }
    let entries = root[CodingKeys.entries.rawValue]?.sequence?.compactMap(\.mapping) ?? []
    let suite = (root, CodingKeys.allCases.map(\.rawValue))
    let levels = [suite] + entries.map { ($0, Entry.CodingKeys.allCases.map(\.rawValue)) }
    for (mapping, known) in levels {
      for (key, _) in mapping where !known.contains(key.string ?? "") {
        let choices = known.joined(separator: ", ")
        return (
          key.mark?.line ?? 1, "unknown key '\(key.string ?? "?")'; expected one of \(choices)"
        )
      }
    }
    return nil
  }
}

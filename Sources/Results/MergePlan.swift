/// Runs of parts of one list of chains, put together.
public struct MergePlan: Sendable {
  /// The header of the whole: the first part's, without shard, with all parts' invocations.
  public var record: RunRecord
  /// Every chain's verdict and timing, in chain order.
  public var entries: [Journal.Entry]
  /// Differences between the parts that may have changed a result's last bits.
  public var warnings: [String] = []

  /// Checks that `parts` (path, header, outcomes) make one complete run: the same protocol and
  /// policy everywhere, no chain twice, none missing.
  public init(
    _ parts: [(path: String, record: RunRecord, outcomes: RunOutcomes)]
  ) throws {
    guard let first = parts.first else { throw ResultsError.unmergeable("no runs given") }
    var owner: [Int: String] = [:]
    var verdicts: [Int: Journal.Entry] = [:]
    record = first.record
    record.settings.shard = nil
    record.settings.invocations = []
    for part in parts {
      let differences = try part.record.differences(from: first.record)
      guard differences.isEmpty else {
        throw ResultsError.unmergeable(
          "\(part.path) differs from \(first.path): \(differences.joined(separator: "; "))")
      }
      warnings += Self.kernelDifferences(part.record, part.path, from: first.record, first.path)
      record.settings.invocations += part.record.settings.invocations
      for (result, timing) in zip(part.outcomes.results, part.outcomes.timings) {
        if let other = owner.updateValue(part.path, forKey: result.chain) {
          throw ResultsError.unmergeable(
            "chain \(result.chain) is in both \(other) and \(part.path)")
        }
        verdicts[result.chain] = .verdict(result, timing)
      }
    }
    let missing = (0..<record.protocol.chains).filter { owner[$0] == nil }
    guard missing.isEmpty else {
      throw ResultsError.unmergeable(
        "no verdict for \(missing.count) of \(record.protocol.chains) chains: "
          + Self.ranges(missing) + "; finish the runs with `calvin-eval resume`")
    }
    entries = verdicts.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Names of kernels in which two parts differ, as sentences.
  private static func kernelDifferences(
    _ record: RunRecord, _ path: String, from other: RunRecord, _ otherPath: String
  ) -> [String] {
    let (mine, theirs) = (record.kernels, other.kernels)
    return Set(mine.keys).union(theirs.keys).sorted().compactMap { name in
      guard mine[name] != theirs[name] else { return nil }
      let (here, there) = ((mine[name] ?? .null).canonical, (theirs[name] ?? .null).canonical)
      return "\(path) was computed with \(name) \(here), \(otherPath) with \(there): "
        + "actions may differ in their last bits"
    }
  }

  /// Ascending numbers as ranges, e.g. `0-3, 7`; long lists are cut.
  public static func ranges(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    let texts = ranges.prefix(12).map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }
    return texts.joined(separator: ", ") + (ranges.count > 12 ? ", ..." : "")
  }
}

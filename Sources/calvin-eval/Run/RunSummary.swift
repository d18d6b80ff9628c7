import Foundation
import Results
import Rollouts

/// The last words of a run on standard output.
struct RunSummary {
  let directory: RunDirectory
  let record: RunRecord
  let summary: RunSession.Summary

  func print(asJSON: Bool) throws {
    let statistics = RunStatistics(summary.outcomes.results)
    Swift.print(
      asJSON ? try json(statistics).canonical : try text(statistics).joined(separator: "\n"))
  }

  private func text(_ statistics: RunStatistics) throws -> [String] {
    var lines: [String] = []
    let id = try record.protocol.id()
    if !summary.missing.isEmpty {
      lines.append(
        "INCOMPLETE: no verdict for \(summary.missing.count) chains "
          + "(\(MergePlan.ranges(summary.missing))); resume with: "
          + "calvin-eval resume \(directory.path)")
      for failure in summary.outcomes.failures {
        lines.append("  chain \(failure.chain): \(failure.attempts) attempts: \(failure.reason)")
      }
      if case .gaveUp(let reason) = summary.ending { lines.append("  gave up: \(reason)") }
      lines.append("")
    }
    let chains = statistics.chains == 1 ? "1 chain" : "\(statistics.chains) chains"
    lines.append("Success rates over \(chains):")
    for (index, rate) in statistics.inARow.enumerated() {
      lines.append("  \(index + 1) in a row  \(Self.percent(rate))")
    }
    if let average = statistics.averageLength, let interval = statistics.averageLengthInterval {
      let scope = summary.missing.isEmpty ? "" : " of the chains that have a verdict"
      lines.append(
        String(
          format: "Average length%@: %.3f (95 %%: %.3f-%.3f)  protocol %@", scope, average,
          interval.lower, interval.upper, id))
    }
    let tried = statistics.skills.filter { $0.success.trials > 0 }
    if !tried.isEmpty {
      lines += ["", "Subtasks:"]
      for skill in tried {
        let name = skill.task.padding(toLength: 26, withPad: " ", startingAt: 0)
        let count = "\(skill.success.successes)/\(skill.success.trials)"
          .padding(toLength: 10, withPad: " ", startingAt: 0)
        lines.append("  \(name) \(count) \(Self.percent(skill.success))")
      }
    }
    lines.append("")
    lines += record.settings.nonStandard.map { "NON-STANDARD: \($0)" }
    lines.append("Results: \(directory.path)")
    return lines
  }

  private func json(_ statistics: RunStatistics) throws -> JSONValue {
    let skills = statistics.skills.filter { $0.success.trials > 0 }.map { skill in
      (
        skill.task,
        [
          "successes": .int(skill.success.successes), "trials": .int(skill.success.trials),
        ] as JSONValue
      )
    }
    return [
      "run": .string(directory.path), "protocol_id": .string(try record.protocol.id()),
      "complete": .bool(summary.missing.isEmpty), "chains": .int(statistics.chains),
      "missing": .array(summary.missing.map { .int($0) }),
      "average_length": statistics.averageLength.map { .double($0) } ?? .null,
      "average_length_interval": statistics.averageLengthInterval.map {
        [.double($0.lower), .double($0.upper)]
      } ?? .null,
      "in_a_row": .array(statistics.inARow.map { $0.rate.map { .double($0) } ?? .null }),
      "skills": .object(Dictionary(uniqueKeysWithValues: skills)),
      "faults": .int(
        summary.outcomes.results.flatMap(\.subtasks).count { $0.fault != nil }),
      "non_standard": .array(record.settings.nonStandard.map { .string($0) }),
    ]
  }

  private static func percent(_ proportion: Proportion) -> String {
    guard let rate = proportion.rate else { return "-" }
    let interval = proportion.interval
    return String(
      format: "%5.1f%% (95 %%: %.1f-%.1f)", 100 * rate, 100 * interval.lower,
      100 * interval.upper)
  }
}

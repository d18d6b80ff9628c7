import Results

/// Two runs over the same chains side by side, as text, JSON and a page.
public struct ComparisonReport: Sendable {
  /// One of the two runs.
  public struct Side: Sendable {
    /// Name in tables, such as the run's folder.
    public var name: String
    /// Its protocol id.
    public var protocolID: String

    /// A side of these parts.
    public init(name: String, protocolID: String) {
      self.name = name
      self.protocolID = protocolID
    }
  }

  /// The baseline.
  public var first: Side
  /// The run compared with it.
  public var second: Side
  /// What differs.
  public var comparison: RunComparison
  /// Fields in which the protocols differ, when compared all the same.
  public var protocolDifferences: [String]

  /// A report of these parts.
  public init(
    first: Side, second: Side, comparison: RunComparison, protocolDifferences: [String] = []
  ) {
    self.first = first
    self.second = second
    self.comparison = comparison
    self.protocolDifferences = protocolDifferences
  }

  /// The verdict in one sentence.
  public var verdict: String {
    let worse = comparison.regressions
    let better = comparison.improvements
    var sentences: [String] = []
    if !worse.isEmpty {
      sentences.append("REGRESSION: significantly worse in \(worse.joined(separator: ", ")).")
    }
    if !better.isEmpty {
      sentences.append("Significantly better in \(better.joined(separator: ", ")).")
    }
    return sentences.isEmpty ? "No significant difference." : sentences.joined(separator: " ")
  }

  var differenceText: String {
    let interval = comparison.differenceInterval
    return "\(signed(comparison.difference, 3)) (95 % interval \(signed(interval.lower, 3)) to "
      + "\(signed(interval.upper, 3)), \(pSentence(comparison.differencePValue)))"
  }

  /// Plain text for a terminal.
  public var text: String {
    var lines = [
      "A: \(first.name)  protocol \(first.protocolID)",
      "B: \(second.name)  protocol \(second.protocolID)",
      "\(comparison.chains) chains in both"
        + (comparison.unpaired.isEmpty
          ? "" : ", \(comparison.unpaired.count) in only one (left out)"),
    ]
    lines += protocolDifferences.map { "DIFFERENT PROTOCOL: \($0)" }
    lines += [
      "",
      "Average length  A \(decimals(comparison.firstAverage, 3))  "
        + "B \(decimals(comparison.secondAverage, 3))  B - A \(differenceText)",
      "", "In a row        A        B    only A  only B   p (Holm)",
    ]
    for row in comparison.inARow {
      lines.append(
        "  \(row.k)       \(left(rate(row.first)))\(left(rate(row.second)))"
          + "\(left(row.onlyFirst))\(left(row.onlySecond))   \(pText(row.adjusted))")
    }
    lines += ["", "Task" + String(repeating: " ", count: 28) + "A        B        p (Holm)"]
    for skill in comparison.skills {
      let name = skill.task.padding(toLength: 28, withPad: " ", startingAt: 0)
      lines.append(
        "  \(name)\(left(rate(skill.first)))\(left(rate(skill.second)))   \(pText(skill.adjusted))")
    }
    let flips = comparison.flips.map { "\($0.chain) (\($0.first)>\($0.second))" }
    lines += [
      "",
      "Chains that differ: \(flips.count)" + (flips.isEmpty ? "" : ": ")
        + flips.joined(separator: ", "), "", verdict, "",
    ]
    return lines.joined(separator: "\n")
  }

  private func left(_ value: some CustomStringConvertible) -> String {
    let text = value.description
    return String(repeating: " ", count: max(1, 9 - text.count)) + text
  }

  /// One JSON object.
  public var json: JSONValue {
    func side(_ side: Side, _ average: Double) -> JSONValue {
      [
        "name": .string(side.name), "protocol_id": .string(side.protocolID),
        "average_length": .double(average),
      ]
    }
    let interval = comparison.differenceInterval
    return [
      "a": side(first, comparison.firstAverage), "b": side(second, comparison.secondAverage),
      "protocol_differences": .array(protocolDifferences.map { .string($0) }),
      "chains": .int(comparison.chains),
      "unpaired_chains": .array(comparison.unpaired.map { .int($0) }),
      "difference": [
        "average_length": .double(comparison.difference),
        "interval": [.double(interval.lower), .double(interval.upper)],
        "p": .double(comparison.differencePValue),
        "resamples": .int(comparison.bootstrap.resamples),
        "seed": .int(Int(truncatingIfNeeded: comparison.bootstrap.seed)),
      ],
      "in_a_row": .array(
        comparison.inARow.map { row in
          [
            "k": .int(row.k), "a": .int(row.first.successes), "b": .int(row.second.successes),
            "only_a": .int(row.onlyFirst), "only_b": .int(row.onlySecond),
            "p": .double(row.pValue), "p_holm": .double(row.adjusted),
          ]
        }),
      "tasks": .array(
        comparison.skills.map { skill in
          [
            "task": .string(skill.task), "a": counts(skill.first), "b": counts(skill.second),
            "p": .double(skill.pValue), "p_holm": .double(skill.adjusted),
          ]
        }),
      "flips": .array(
        comparison.flips.map {
          ["chain": .int($0.chain), "a": .int($0.first), "b": .int($0.second)]
        }),
      "alpha": .double(comparison.alpha),
      "regressions": .array(comparison.regressions.map { .string($0) }),
      "improvements": .array(comparison.improvements.map { .string($0) }),
    ]
  }

  private func counts(_ proportion: Proportion) -> JSONValue {
    ["success": .int(proportion.successes), "total": .int(proportion.trials)]
  }
}

/// A p-value with three significant places, never rounded to 0.
func pText(_ p: Double) -> String { p < 0.0005 ? "<0.001" : decimals(p, 3) }

/// `p = 0.034`, or `p < 0.001`.
func pSentence(_ p: Double) -> String { p < 0.0005 ? "p < 0.001" : "p = " + pText(p) }

/// `value` with its sign.
func signed(_ value: Double, _ digits: Int) -> String {
  (value >= 0 ? "+" : "") + decimals(value, digits)
}

/// `73.1%`, or a dash when nothing was tried.
func rate(_ proportion: Proportion) -> String {
  proportion.rate.map { percent($0) + "%" } ?? "-"
}

import Results

extension Export {
  /// One line per attempted subtask (RFC 4180, lines end with a line feed).
  var csv: String {
    var text = "chain,position,task,success,steps,policy_calls,miss,fault,chain_length\n"
    for result in results {
      for (position, subtask) in result.subtasks.enumerated() {
        let fields = [
          "\(result.chain)", "\(position + 1)", subtask.task, subtask.success ? "1" : "0",
          "\(subtask.steps)", "\(subtask.policyCalls)", subtask.miss ?? "", subtask.fault ?? "",
          "\(result.successes)",
        ]
        text += fields.map(quoted).joined(separator: ",") + "\n"
      }
    }
    return text
  }

  private func quoted(_ field: String) -> String {
    field.contains { ",\"\r\n".contains($0) }
      ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
  }

  func markdown() throws -> String {
    var lines = [
      "| Policy | 1 | 2 | 3 | 4 | 5 | Avg. Len. | Protocol |",
      "|---|---|---|---|---|---|---|---|",
      "| \(policy.name) | " + statistics.inARow.map(rate).joined(separator: " | ")
        + " | \(averageText) | `\(try `protocol`.id())` |",
      "",
    ]
    lines += nonStandard.map { "**Non-standard:** \($0)  " }
    if !nonStandard.isEmpty { lines.append("") }
    lines += [
      "| Task | Success | 95 % interval | Solved | Median steps |", "|---|---|---|---|---|",
    ]
    for skill in statistics.skills where skill.success.trials > 0 {
      let interval = skill.success.interval
      lines.append(
        "| \(skill.task) | \(rate(skill.success)) | "
          + "\(percent(interval.lower))–\(percent(interval.upper)) | "
          + "\(skill.success.successes)/\(skill.success.trials) | "
          + "\(skill.medianSteps.map(number) ?? "–") |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var averageText: String {
    guard let average = statistics.averageLength, let interval = statistics.averageLengthInterval
    else { return "–" }
    return
      "\(decimals(average, 2)) (\(decimals(interval.lower, 2))–\(decimals(interval.upper, 2)))"
  }

  /// Method, five rates in per cent with one decimal, average length with two, as papers print it.
  var latex: String {
    let name = policy.name.map { character in
      "&%$#_{}".contains(character) ? "\\\(character)" : String(character)
    }.joined()
    let rates = statistics.inARow.map { $0.rate.map { percent($0) } ?? "--" }
    let average = statistics.averageLength.map { decimals($0, 2) } ?? "--"
    return ([name] + rates + [average]).joined(separator: " & ") + " \\\\\n"
  }

  /// One case per task and one for the average length's lint. A task whose interval lies wholly
  /// below its threshold fails; one never tried is skipped.
  func junit(_ settings: Settings) throws -> String {
    var cases = ""
    var failures = 0
    var skipped = 0
    for skill in statistics.skills {
      let opening =
        "    <testcase classname=\"calvin.\(try `protocol`.id())\" name=\"\(escaped(skill.task))\""
      if skill.success.trials == 0 {
        skipped += 1
        cases += opening + ">\n      <skipped message=\"never tried\"/>\n    </testcase>\n"
      } else if let threshold = settings.thresholds[skill.task],
        skill.success.interval.upper < threshold
      {
        failures += 1
        cases +=
          opening + ">\n      <failure message=\"\(described(skill.success)), expected at least "
          + "\(percent(threshold)) %\"/>\n    </testcase>\n"
      } else {
        cases +=
          opening + ">\n      <system-out>\(described(skill.success))</system-out>\n"
          + "    </testcase>\n"
      }
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
        <testsuite name="\(escaped(policy.name)) on CALVIN" \
      tests="\(statistics.skills.count)" failures="\(failures)" errors="0" skipped="\(skipped)">
          <properties>
            <property name="average_length" value="\(averageText)"/>
          </properties>
      \(cases)  </testsuite>
      </testsuites>

      """
  }
}

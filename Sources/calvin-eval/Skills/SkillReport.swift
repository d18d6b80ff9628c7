import Foundation
import Results

/// Per-skill results as text and as JUnit.
struct SkillReport {
  let results: SkillResults
  let tasks: [String]
  let comparison: SkillComparison?
  let minSuccess: Double?

  /// Why the exit code is 1; empty when it is not.
  var problems: [String] { tasks.compactMap(problem(of:)) }

  private func problem(of task: String) -> String? {
    if let skill = comparison?.skills.first(where: { $0.task == task }), skill.isRegression {
      return "REGRESSION: \(task): \(skill.now.successes)/\(skill.now.trials), baseline "
        + "\(skill.baseline.successes)/\(skill.baseline.trials) "
        + String(
          format: "(%@, p %.4f after Holm)", skill.isPaired ? "paired" : "Fisher", skill.adjusted)
    }
    let success = results.success(of: task)
    if let minSuccess, (success.rate ?? 0) < minSuccess {
      return "BELOW --min-success \(minSuccess): \(task): \(success.successes)/\(success.trials)"
    }
    return nil
  }

  var text: String {
    var lines = [
      "skill                      success   95 % interval   median steps  redraws"
    ]
    for task in tasks {
      let success = results.success(of: task)
      let interval = success.interval
      let episodes = results.episodes[task] ?? []
      let median = results.medianSteps(of: task).map { String(format: "%.1f", $0) } ?? "-"
      lines.append(
        task.padded(to: 26) + " " + "\(success.successes)/\(success.trials)".padded(to: 9)
          + String(format: " %5.1f-%5.1f %%   ", 100 * interval.lower, 100 * interval.upper)
          + median.padded(to: 13) + " \(episodes.reduce(0) { $0 + $1.redraws })")
      for (index, episode) in episodes.enumerated() where episode.steps == nil {
        lines.append("    episode \(index): \(episode.reason ?? "no reason recorded")")
      }
    }
    let all = Proportion(
      successes: tasks.reduce(0) { $0 + results.success(of: $1).successes },
      trials: tasks.reduce(0) { $0 + results.success(of: $1).trials })
    lines.append(
      "all".padded(to: 26) + " " + "\(all.successes)/\(all.trials)".padded(to: 9)
        + String(
          format: " %5.1f-%5.1f %%", 100 * all.interval.lower, 100 * all.interval.upper))
    if let comparison {
      let compared = comparison.skills.count
      lines.append(
        "\(compared) skills compared with the baseline"
          + (comparison.skills.first.map { $0.isPaired ? ", episode by episode" : "" } ?? "")
          + ", \(comparison.regressions.count) significantly worse")
    }
    return lines.joined(separator: "\n")
  }

  /// One test case per skill; a regression or a success below the minimum is a failure.
  var junit: String {
    let cases = tasks.map { task -> String in
      let name = "    <testcase classname=\"calvin.skills\" name=\"\(escaped(task))\""
      guard let problem = problem(of: task) else { return name + "/>" }
      let reasons = (results.episodes[task] ?? []).compactMap(\.reason).joined(separator: "\n")
      return name + ">\n      <failure message=\"\(escaped(problem))\">\(escaped(reasons))"
        + "</failure>\n    </testcase>"
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
        <testsuite name="calvin-eval skills" tests="\(tasks.count)" failures="\(problems.count)">
      \(cases.joined(separator: "\n"))
        </testsuite>
      </testsuites>

      """
  }

  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}

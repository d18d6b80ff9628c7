import Results

extension RunReport {
  func header(_ id: String) -> String {
    var chips = [
      "<span class=\"chip\">protocol <code>\(escaped(id))</code></span>",
      "<span class=\"chip\">scene \(escaped(`protocol`.scene))</span>",
      "<span class=\"chip\">\(`protocol`.chains) chains</span>",
      "<span class=\"chip\">\(`protocol`.stepsPerSubtask) steps per subtask</span>",
      "<span class=\"chip\">renderer \(escaped(`protocol`.renderer))</span>",
    ]
    if missing > 0 { chips.insert("<span class=\"chip bad\">INCOMPLETE</span>", at: 0) }
    if !nonStandard.isEmpty {
      chips.insert("<span class=\"chip warn\">NON-STANDARD</span>", at: 0)
    }
    return """
      <header>
      <p class="eyebrow">CALVIN long-horizon evaluation</p>
      <h1>\(escaped(policy.name))</h1>
      <div class="chips">\(chips.joined())</div>
      </header>

      """
  }

  func notices(_ statistics: RunStatistics) -> String {
    var html = ""
    if !nonStandard.isEmpty {
      html += notice("Not comparable with published results:", nonStandard, bad: false)
    }
    if missing > 0 {
      html += notice(
        "\(missing) of \(`protocol`.chains) chains have no verdict; the numbers below are over the "
          + "\(results.count) finished ones and are no result of the benchmark.",
        failures.prefix(20).map { "chain \($0.chain): \($0.reason)" }, bad: true)
    }
    if !statistics.lint.isEmpty {
      html += notice("These numbers contradict each other:", statistics.lint, bad: true)
    }
    return html
  }

  private func notice(_ title: String, _ items: [String], bad: Bool) -> String {
    let list = items.map { "<li>\(escaped($0))</li>" }.joined()
    return "<div class=\"notice\(bad ? " bad" : "")\"><b>\(escaped(title))</b>"
      + (list.isEmpty ? "" : "<ul>\(list)</ul>") + "</div>\n"
  }

  func headline(_ statistics: RunStatistics, _ id: String) -> String {
    let average = statistics.averageLength.map { decimals($0, 2) } ?? "–"
    let interval =
      statistics.averageLengthInterval.map {
        "95 % interval \(decimals($0.lower, 2))–\(decimals($0.upper, 2))"
      } ?? "no chain finished"
    let tiles = statistics.inARow.enumerated().map { index, rate in
      "<div class=\"tile\"><span>\(index + 1) in a row</span><b>"
        + (rate.rate.map { percent($0) + " %" } ?? "–") + "</b><span>"
        + "\(percent(rate.interval.lower))–\(percent(rate.interval.upper))</span></div>"
    }
    return """
      <section class="headline">
      <div>
      <div class="value">\(average) <small>of 5</small></div>
      <div>\(missing > 0 ? "average length of the finished chains only" : "average length")</div>
      <div class="quiet small">\(interval), protocol <code>\(escaped(id))</code></div>
      </div>
      <div class="tiles">\(tiles.joined())</div>
      </section>

      """
  }

  func curve(_ statistics: RunStatistics) -> String {
    let plot = ChainCurvePlot(
      rates: statistics.inARow, name: policy.name,
      references: references.filter { $0.split == "ABC->D" })
    let rows = references.map { row in
      "<td>\(escaped(row.method))</td><td>\(escaped(row.split))</td>"
        + row.rates.map { "<td class=\"n\">\($0.map { decimals($0, 1) } ?? "–")</td>" }.joined()
        + "<td class=\"n\"><b>\(decimals(row.averageLength, 2))</b></td>"
        + "<td class=\"n\">\(row.stepBudget)</td><td>\(source(row))</td>"
    }
    let head =
      "<th>method</th><th>split</th>" + (1...5).map { "<th class=\"n\">\($0)</th>" }.joined()
      + "<th class=\"n\">average</th><th class=\"n\">steps</th><th>source</th>"
    let details =
      references.isEmpty
      ? ""
      : "\n<details><summary>\(references.count) published rows with their sources</summary>"
        + "<div class=\"scroll\">\(table(head: head, rows: rows))</div></details>"
    return section(
      "Chain curve",
      "Share of chains that solve at least so many subtasks in a row, with Wilson 95 % intervals. "
        + "Grey: published ABC→D rows; dashed: other step budgets than 360.",
      plot.svg + details)
  }

  private func source(_ row: ReferenceRow) -> String {
    let name = escaped(row.source)
    let link = row.url.map { "<a href=\"\(escaped($0))\">\(name)</a>" } ?? name
    return link + (row.note.map { "; \(escaped($0))" } ?? "")
  }

  func positions(_ statistics: RunStatistics) -> String {
    let rows = statistics.positions.enumerated().map { index, rate in
      "<td>\(index + 1)</td><td class=\"wide\">"
        + rateBar(rate, label: "subtask \(index + 1)")
        + "</td><td class=\"n\">\(rateText(rate))</td><td class=\"n quiet\">\(rate.trials)</td>"
    }
    return section(
      "Success by position", "Of the chains that reached the subtask.",
      table(
        head: "<th>subtask</th><th class=\"wide\"></th><th class=\"n\">success</th>"
          + "<th class=\"n\">n</th>", rows: rows))
  }

  func steps(_ statistics: RunStatistics) -> String {
    let all = statistics.skills.flatMap(\.stepsToSuccess)
    guard !all.isEmpty else { return "" }
    let sorted = all.map(Double.init).sorted()
    let histogram = StepHistogram(all, budget: `protocol`.stepsPerSubtask, bins: 30)
    return section(
      "Steps to success",
      "\(all.count) solved subtasks, median \(number(quantile(0.5, ofSorted: sorted))), "
        + "90 % within \(number(quantile(0.9, ofSorted: sorted).rounded(.up))) steps.",
      histogram.svg(label: "Histogram of env steps to success"))
  }

  func skills(_ statistics: RunStatistics) -> String {
    let rows = statistics.skills.map { skill in
      let interval = skill.success.interval
      let histogram = StepHistogram(
        skill.stepsToSuccess, budget: `protocol`.stepsPerSubtask, bins: 24)
      return "<td class=\"name\">\(breakable(skill.task))</td><td class=\"wide\">"
        + rateBar(skill.success, label: skill.task)
        + "</td><td class=\"n\">\(rateText(skill.success))</td><td class=\"n quiet extra\">"
        + (skill.success.trials == 0
          ? "" : "\(percent(interval.lower))–\(percent(interval.upper))")
        + "</td><td class=\"n quiet\">\(skill.success.successes)/\(skill.success.trials)</td>"
        + "<td class=\"n extra\">\(skill.medianSteps.map(number) ?? "–")</td>"
        + "<td class=\"spark extra\">"
        + (skill.stepsToSuccess.isEmpty
          ? "" : histogram.sparkline(label: "\(skill.task), steps to success")) + "</td>"
    }
    let head =
      "<th>task</th><th class=\"wide\"></th><th class=\"n\">success</th>"
      + "<th class=\"n extra\">95 % interval</th><th class=\"n\">solved</th>"
      + "<th class=\"n extra\">median steps</th><th class=\"spark extra\">"
      + "1–\(`protocol`.stepsPerSubtask) steps</th>"
    return section(
      "Skills",
      "Every attempted subtask by task. Attempts depend on what was solved before, so n differs.",
      table(head: head, rows: rows))
  }

  private func rateText(_ proportion: Proportion) -> String {
    proportion.rate.map { percent($0) + " %" } ?? "–"
  }
}

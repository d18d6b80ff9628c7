import Results

extension ComparisonReport {
  /// The page.
  public func html() -> String {
    let worse = !comparison.regressions.isEmpty
    let differing =
      protocolDifferences.isEmpty
      ? ""
      : "<div class=\"notice bad\"><b>The protocols differ; the numbers do not mean the same:</b>"
        + "<ul>\(protocolDifferences.map { "<li>\(escaped($0))</li>" }.joined())</ul></div>"
    let body = """
      <header>
      <p class="eyebrow">CALVIN long-horizon evaluation, comparison</p>
      <h1>\(escaped(second.name)) against \(escaped(first.name))</h1>
      <div class="chips">\(chips)</div>
      </header>
      \(differing)<div class="notice\(worse ? " bad" : "")"><b>\(escaped(verdict))</b></div>
      <section class="headline">
      <div>
      <div class="value">\(signed(comparison.difference, 2))</div>
      <div>average length, B − A</div>
      <div class="quiet small">\(escaped(differenceText))</div>
      </div>
      <div class="tiles">\(tiles)</div>
      </section>
      \(rows)\(skills)\(flips)\(method)
      """
    return page(title: "\(second.name) against \(first.name)", body: body)
  }

  private var chips: String {
    [("A", first, comparison.firstAverage), ("B", second, comparison.secondAverage)]
      .map { letter, side, average in
        "<span class=\"chip\">\(letter): \(escaped(side.name)), average \(decimals(average, 3)), "
          + "protocol <code>\(escaped(side.protocolID))</code></span>"
      }.joined() + "<span class=\"chip\">\(comparison.chains) chains in both</span>"
  }

  private var tiles: String {
    comparison.inARow.map { row in
      let difference = (row.second.rate ?? 0) - (row.first.rate ?? 0)
      return "<div class=\"tile\"><span>\(row.k) in a row</span><b>"
        + "\(signed(100 * difference, 1))</b><span>\(escaped(pSentence(row.adjusted)))</span></div>"
    }.joined()
  }

  private var rows: String {
    let cells = comparison.inARow.map { row in
      "<td>\(row.k)</td><td class=\"n\">\(rate(row.first))</td><td class=\"n\">\(rate(row.second))"
        + "</td><td class=\"n\">\(row.onlyFirst)</td><td class=\"n\">\(row.onlySecond)</td>"
        + "<td class=\"n extra\">\(pText(row.pValue))</td><td class=\"n\">"
        + "\(marked(row.adjusted))</td>"
    }
    return section(
      "In a row", "McNemar's exact test on the chains that only one run solved this far.",
      table(
        head: "<th>k</th><th class=\"n\">A</th><th class=\"n\">B</th><th class=\"n\">only A</th>"
          + "<th class=\"n\">only B</th><th class=\"n extra\">p</th><th class=\"n\">p (Holm)</th>",
        rows: cells))
  }

  private var skills: String {
    let cells = comparison.skills.map { skill in
      "<td class=\"name\">\(breakable(skill.task))</td><td class=\"wide extra\">"
        + rateBar(skill.first, label: "\(skill.task), A")
        + rateBar(skill.second, label: "\(skill.task), B")
        .replacing("class=\"column\"", with: "class=\"column second\"")
        + "</td><td class=\"n\">\(rate(skill.first))</td><td class=\"n\">\(rate(skill.second))</td>"
        + "<td class=\"n extra\">\(skill.first.trials)/\(skill.second.trials)</td>"
        + "<td class=\"n\">\(marked(skill.adjusted))</td>"
    }
    return section(
      "Tasks", "Upper bar A, lower bar B. Fisher's exact test, adjusted by Holm over all tasks.",
      table(
        head: "<th>task</th><th class=\"wide extra\"></th><th class=\"n\">A</th>"
          + "<th class=\"n\">B</th><th class=\"n extra\">n</th><th class=\"n\">p (Holm)</th>",
        rows: cells))
  }

  private func marked(_ p: Double) -> String {
    p < comparison.alpha ? "<b class=\"no\">\(escaped(pText(p)))</b>" : escaped(pText(p))
  }

  private var flips: String {
    guard !comparison.flips.isEmpty else {
      return section("Chains that differ", "None.", "")
    }
    let chips = comparison.flips.map { flip in
      "<span class=\"chip \(flip.second > flip.first ? "good" : "bad")\">\(flip.chain): "
        + "\(flip.first) → \(flip.second)</span>"
    }
    return section(
      "Chains that differ", "\(comparison.flips.count) chains, subtasks solved in A and B.",
      "<div class=\"chips\">\(chips.joined())</div>")
  }

  private var method: String {
    section(
      "How this was decided", nil,
      """
      <p class="small">Chains are paired by index. The average length differs significantly when \
      the paired bootstrap (\(comparison.bootstrap.resamples) resamples, seed \
      \(comparison.bootstrap.seed)) gives p &lt; \(number(comparison.alpha)); rates and tasks when \
      their Holm-adjusted p does, each family on its own.</p>
      """)
  }
}

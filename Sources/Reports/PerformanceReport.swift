import Results

/// What `performance.html` shows: where and how fast a run was computed. Kept apart from the report
/// because it differs between machines that agree on every result.
public struct PerformanceReport: Sendable {
  /// The run's header.
  public var record: RunRecord
  /// One per finished chain.
  public var timings: [ChainTiming]

  /// A report of these parts.
  public init(record: RunRecord, timings: [ChainTiming]) {
    self.record = record
    self.timings = timings.sorted { $0.chain < $1.chain }
  }

  /// The page.
  public func html() throws -> String {
    let id = try record.protocol.id()
    let body = """
      <header>
      <p class="eyebrow">CALVIN long-horizon evaluation, performance</p>
      <h1>\(escaped(record.policy.name))</h1>
      <div class="chips"><span class="chip">protocol <code>\(escaped(id))</code></span></div>
      </header>
      \(headline())\(growth())\(phases())\(policyPhases())\(workers())\(invocations())\(machine())
      """
    return page(title: "\(record.policy.name) on CALVIN, performance", body: body)
  }

  private func headline() -> String {
    let steps = timings.reduce(0) { $0 + $1.steps }
    let busy = timings.reduce(0) { $0 + $1.seconds }
    let wall = record.settings.invocations.compactMap(\.seconds).reduce(0, +)
    let peak = record.settings.invocations.compactMap(\.peakMemory).max()
    let tiles = [
      ("chains", "\(timings.count)"), ("env steps", "\(steps)"),
      ("wall clock", wall > 0 ? "\(decimals(wall, 1)) s" : "–"),
      ("steps per second", wall > 0 ? decimals(Double(steps) / wall, 0) : "–"),
      ("ms per step", steps > 0 ? decimals(1000 * busy / Double(steps), 3) : "–"),
    ].map { "<div class=\"tile\"><span>\($0.0)</span><b>\($0.1)</b></div>" }
    let memory = peak.map { "Peak memory \(decimals(Double($0) / 1_048_576, 0)) MiB. " } ?? ""
    return section(
      "Speed",
      memory + "ms per step is a worker's time from loading the world to the verdict, divided by "
        + "its env steps.", "<div class=\"tiles\">\(tiles.joined())</div>")
  }

  /// Time and memory over the run, to see that both grow as they should: evenly and not at all.
  private func growth() -> String {
    let starts = Dictionary(grouping: timings.compactMap(\.progress), by: \.start)
      .sorted { $0.key < $1.key }.map { $0.value.sorted { $0.elapsed < $1.elapsed } }
    guard !starts.isEmpty else { return "" }
    let seconds = GrowthPlot(
      title: "Seconds since the start", lines: starts.map { $0.map(\.elapsed) })
    let memory = GrowthPlot(
      title: "Resident memory, MiB",
      lines: starts.map { $0.compactMap { $0.memory.map { Double($0) / 1_048_576 } } })
    return section(
      "Growth", "One line for every start of the program.",
      "<div class=\"columns\"><div>\(seconds.svg)</div><div>\(memory.svg)</div></div>")
  }

  private func phases() -> String {
    let total = timings.reduce(0) { $0 + $1.seconds }
    let steps = timings.reduce(0) { $0 + $1.steps }
    guard total > 0, steps > 0 else { return "" }
    let sum = timings.reduce(ChainTiming.Phases()) { $0 + $1.phases }
    var parts = ChainTiming.Phases.all.map { ($0.name, sum[keyPath: $0.path]) }
    parts.append(("the rest", total - parts.reduce(0) { $0 + $1.1 }))
    let rows = parts.map { name, seconds in
      let share = max(0, seconds / total)
      return "<td>\(name)</td><td class=\"wide\"><svg class=\"bar\" role=\"img\" "
        + "aria-label=\"\(name)\"><rect y=\"4\" width=\"100%\" height=\"10\" class=\"track\"/>"
        + "<rect y=\"4\" width=\"\(percent(share, 2))%\" height=\"10\" class=\"column\"/></svg>"
        + "</td><td class=\"n\">\(percent(share)) %</td><td class=\"n\">\(decimals(seconds, 2))"
        + "</td><td class=\"n\">\(decimals(1000 * seconds / Double(steps), 4))</td>"
    }
    return section(
      "Time by phase", "Summed over workers.",
      table(
        head: "<th>phase</th><th class=\"wide\"></th><th class=\"n\">share</th>"
          + "<th class=\"n\">seconds</th><th class=\"n\">ms per step</th>", rows: rows))
  }

  /// A VLA model's own phases, which all workers share.
  private func policyPhases() -> String {
    var sums: [String: Double] = [:]
    for invocation in record.settings.invocations {
      sums.merge(invocation.policySeconds ?? [:], uniquingKeysWith: +)
    }
    let total = sums.values.reduce(0, +)
    guard total > 0 else { return "" }
    let order = ["preprocess", "vision", "text", "decoder", "head"]
    let names = order.filter { sums[$0] != nil } + sums.keys.filter { !order.contains($0) }.sorted()
    let rows = names.map { name in
      let seconds = sums[name] ?? 0
      return "<td>\(escaped(name))</td><td class=\"n\">\(percent(seconds / total)) %</td>"
        + "<td class=\"n\">\(decimals(seconds, 2))</td>"
    }
    return section(
      "Policy by phase", "Once for all workers whose requests were computed together.",
      table(
        head: "<th>phase</th><th class=\"n\">share</th><th class=\"n\">seconds</th>", rows: rows))
  }

  private func workers() -> String {
    let byWorker = Dictionary(grouping: timings, by: \.worker).sorted { $0.key < $1.key }
    let rows = byWorker.map { worker, timings in
      "<td>\(worker)</td><td class=\"n\">\(timings.count)</td>"
        + "<td class=\"n\">\(timings.reduce(0) { $0 + $1.steps })</td>"
        + "<td class=\"n\">\(decimals(timings.reduce(0) { $0 + $1.seconds }, 1))</td>"
        + "<td class=\"n\">\(timings.reduce(0) { $0 + $1.frames })</td>"
        + "<td class=\"n\">\(timings.reduce(0) { $0 + $1.attempts - 1 })</td>"
    }
    return section(
      "Workers", nil,
      "<div class=\"scroll\">"
        + table(
          head: "<th>worker</th>"
            + ["chains", "env steps", "seconds", "frames", "retries"]
            .map { "<th class=\"n\">\($0)</th>" }.joined(), rows: rows) + "</div>")
  }

  private func invocations() -> String {
    let rows = record.settings.invocations.map { invocation in
      "<td class=\"when\">\(escaped(minute(invocation.started)))</td><td class=\"n\">\(invocation.workers)</td>"
        + "<td class=\"n\">\(invocation.chainsBefore)</td>"
        + "<td class=\"n\">\(invocation.seconds.map { decimals($0, 1) } ?? "cut off")</td>"
        + "<td class=\"name mono\">\(escaped(invocation.arguments.joined(separator: " ")))</td>"
    }
    return section(
      "Starts of the program", nil,
      "<div class=\"scroll\">"
        + table(
          head: "<th>started</th><th class=\"n\">workers</th><th class=\"n\">chains before</th>"
            + "<th class=\"n\">seconds</th><th>arguments</th>", rows: rows) + "</div>")
  }

  private func machine() -> String {
    section("Environment", nil, keyTable(record.environment))
  }
}

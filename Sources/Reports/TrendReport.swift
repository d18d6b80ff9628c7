import Results

/// How nightly runs went over time, as a page.
public struct TrendReport: Sendable {
  /// One run.
  public struct Point: Sendable {
    /// When it started, ISO 8601.
    public var started: String
    /// Average length; nil when the run is not complete.
    public var averageLength: Double?
    /// Its 95 % interval.
    public var averageInterval: Interval?
    /// Milliseconds per env step.
    public var stepTime: Double?
    /// Its 95 % interval.
    public var stepTimeInterval: Interval?
    /// Protocol id.
    public var protocolID: String?
    /// In words: complete, incomplete, interrupted.
    public var status: String
    /// In words, with what differs from the baseline.
    public var verdict: String
    /// True for the accepted baseline.
    public var isBaseline: Bool
    /// True when significantly worse than the baseline, or not comparable with it.
    public var isBad: Bool

    /// A point of these parts.
    public init(
      started: String, averageLength: Double?, averageInterval: Interval?, stepTime: Double?,
      stepTimeInterval: Interval?, protocolID: String?, status: String, verdict: String,
      isBaseline: Bool, isBad: Bool
    ) {
      self.started = started
      self.averageLength = averageLength
      self.averageInterval = averageInterval
      self.stepTime = stepTime
      self.stepTimeInterval = stepTimeInterval
      self.protocolID = protocolID
      self.status = status
      self.verdict = verdict
      self.isBaseline = isBaseline
      self.isBad = isBad
    }
  }

  /// Runs by entry of the suite, in its order; oldest first.
  public var series: [(name: String, points: [Point])]

  /// A report of these series.
  public init(series: [(name: String, points: [Point])]) {
    self.series = series
  }

  /// The page; plots show the newest `limit` runs of each entry.
  public func html(limit: Int = 60) -> String {
    let body = series.map { name, points in
      let shown = Array(points.suffix(limit))
      return section(
        name, summary(points),
        "<div class=\"columns\"><div>\(lengths(shown))</div><div>\(stepTimes(shown))</div></div>"
          + "<div class=\"scroll\">\(runs(shown))</div>")
    }
    return page(
      title: "CALVIN nightly",
      body: """
        <header><p class="eyebrow">CALVIN long-horizon evaluation</p><h1>Nightly runs</h1>
        <p class="quiet small">Red: significantly worse than the accepted baseline or not \
        comparable with it. Hollow: the baseline. Bars are 95 % intervals.</p></header>
        \(body.joined())
        """)
  }

  private func summary(_ points: [Point]) -> String {
    guard let last = points.last else { return "No run yet." }
    return "\(points.count) \(points.count == 1 ? "run" : "runs"); the last, "
      + "\(minute(last.started)): \(last.status), \(last.verdict)"
  }

  private func lengths(_ points: [Point]) -> String {
    TrendPlot(
      title: "Average length",
      values: points.map { point in
        TrendPlot.Value(
          label: day(point), value: point.averageLength, interval: point.averageInterval,
          isBaseline: point.isBaseline, isRegression: point.isBad)
      }
    ).svg
  }

  private func stepTimes(_ points: [Point]) -> String {
    TrendPlot(
      title: "Milliseconds per env step",
      values: points.map { point in
        TrendPlot.Value(
          label: day(point), value: point.stepTime, interval: point.stepTimeInterval,
          isBaseline: point.isBaseline)
      }
    ).svg
  }

  private func day(_ point: Point) -> String { String(point.started.prefix(10).suffix(5)) }

  private func runs(_ points: [Point]) -> String {
    let rows = points.reversed().map { point in
      let average = point.averageLength.map { decimals($0, 3) } ?? "–"
      let interval =
        point.averageInterval.map { "\(decimals($0.lower, 2))–\(decimals($0.upper, 2))" } ?? ""
      return "<td class=\"when\">\(escaped(minute(point.started)))</td>"
        + "<td class=\"n\">\(average)</td>"
        + "<td class=\"n quiet\">\(interval)</td>"
        + "<td class=\"n\">\(point.stepTime.map { decimals($0, 3) } ?? "–")</td>"
        + "<td class=\"mono\">\(escaped(point.protocolID ?? "–"))</td>"
        + "<td>\(escaped(point.status))\(point.isBaseline ? ", accepted baseline" : "")</td>"
        + "<td class=\"\(point.isBad ? "no" : "")\">\(escaped(point.verdict))</td>"
    }
    return table(
      head: "<th>started</th><th class=\"n\">average</th><th class=\"n\">95 %</th>"
        + "<th class=\"n\">ms/step</th><th>protocol</th><th>status</th><th>against baseline</th>",
      rows: rows)
  }
}

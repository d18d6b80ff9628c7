import Results
import Testing

@testable import Reports

private func point(day: Int, bad: Bool = false, complete: Bool = true) -> TrendReport.Point {
  TrendReport.Point(
    started: "2026-01-\(day < 10 ? "0" : "")\(day)T02:00:00Z",
    averageLength: complete ? (bad ? 3.1 : 4.2) : nil,
    averageInterval: complete ? Interval(lower: 3, upper: 4.5) : nil,
    stepTime: complete ? 2.5 : nil, stepTimeInterval: nil, protocolID: "0123456789ab",
    status: complete ? "complete" : "incomplete",
    verdict: bad ? "worse than the baseline in average length" : "no significant difference",
    isBaseline: day == 1, isBad: bad)
}

private let nights = (1...28).map { point(day: $0, bad: $0 == 28, complete: $0 != 14) }

@Test func trendShowsNewestRunFirstAndEveryEntry() {
  let html = TrendReport(series: [("expert <D>", nights), ("tiny", [])]).html()
  #expect(html.contains("expert &lt;D&gt;") && !html.contains("expert <D>"))
  #expect(html.contains("28 runs; the last") && html.contains("No run yet."))
  let newest = html.range(of: "worse than the baseline in average length</td>")
  let oldest = html.range(of: "2026-01-01", options: .backwards)
  #expect(newest != nil && oldest != nil)
  if let newest, let oldest { #expect(newest.lowerBound < oldest.lowerBound) }
}

@Test func trendKeepsToItsLimit() {
  let report = TrendReport(series: [("expert", nights)])
  #expect(report.html().contains("2026-01-01"))
  #expect(!report.html(limit: 7).contains("2026-01-01"))
}

@Test(.enabled(if: Browser.installed != nil, "no Chromium here"))
func trendFitsPhoneAndDesktop() throws {
  let browser = try #require(Browser.installed)
  let (layouts, console) = try browser.layouts(
    of: TrendReport(series: [("expert", nights), ("tiny", [])]).html(), widths: [320, 400, 1400])
  #expect(layouts.count == 3)
  for layout in layouts {
    #expect(layout.scrollWidth <= layout.width, "overflow at \(layout.width)")
  }
  #expect(console.isEmpty)
}

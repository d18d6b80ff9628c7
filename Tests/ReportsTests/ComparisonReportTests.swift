import Results
import Testing

@testable import Reports

private func comparison(_ skillA: Double, _ skillB: Double) throws -> ComparisonReport {
  let first = madeUpResults(chains: 300, skill: skillA, seed: 1)
  let second = madeUpResults(chains: 300, skill: skillB, seed: 1)
  return ComparisonReport(
    first: .init(name: "baseline", protocolID: "0123456789ab"),
    second: .init(name: "tonight <b>", protocolID: "0123456789ab"),
    comparison: try #require(
      RunComparison(first, second, bootstrap: Bootstrap(resamples: 2000))))
}

@Test func aWorseRunIsARegressionEverywhere() throws {
  let report = try comparison(0.8, 0.4)
  #expect(report.verdict.hasPrefix("REGRESSION: significantly worse in average length"))
  #expect(report.text.contains("REGRESSION") && report.html().contains("REGRESSION"))
  #expect(report.json["regressions"] != .array([]))
  #expect(report.html().contains("tonight &lt;b&gt;") && !report.html().contains("tonight <b>"))
}

@Test func equalAndBetterRunsAreNoRegression() throws {
  #expect(try comparison(0.7, 0.7).verdict == "No significant difference.")
  #expect(try comparison(0.4, 0.8).verdict.hasPrefix("Significantly better"))
}

@Test func forcedComparisonsNameTheFields() throws {
  var report = try comparison(0.7, 0.7)
  report.protocolDifferences = ["protocol.chains is 10, was 1000"]
  #expect(report.text.contains("DIFFERENT PROTOCOL: protocol.chains is 10, was 1000"))
  #expect(report.html().contains("protocol.chains is 10, was 1000"))
}

@Test(.enabled(if: Browser.installed != nil, "no Chromium here"))
func comparisonFitsPhoneAndDesktop() throws {
  let browser = try #require(Browser.installed)
  let (layouts, console) = try browser.layouts(
    of: comparison(0.8, 0.4).html(), widths: [400, 1400])
  #expect(layouts.count == 2)
  for layout in layouts { #expect(layout.scrollWidth <= layout.width) }
  #expect(console.isEmpty)
}

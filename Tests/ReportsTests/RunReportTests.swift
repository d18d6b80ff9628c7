import Foundation
import Results
import Testing

@testable import Reports

@Test func reportIsTheSameWhateverTheOrder() throws {
  var report = try fullReport(chains: 60)
  let html = try report.html()
  report = RunReport(
    protocol: report.protocol, policy: report.policy, nonStandard: report.nonStandard,
    results: report.results.shuffled(), strips: report.strips.shuffled(),
    instructions: report.instructions, references: report.references)
  #expect(try report.html() == html)
}

@Test func reportIsOneSmallFileWithoutForeignParts() throws {
  let html = try fullReport().html()
  #expect(html.utf8.count < 3_000_000)
  for foreign in ["<script", "<iframe", "src=\"http", "@import", "url("] {
    #expect(!html.contains(foreign))
  }
  let addresses = html.components(separatedBy: "https://").count
  #expect(addresses > 1 && addresses == html.components(separatedBy: "<a href=\"https://").count)
}

@Test func reportShowsWhatCounts() throws {
  let report = try fullReport()
  let html = try report.html()
  let statistics = RunStatistics(report.results)
  let average = try #require(statistics.averageLength)
  #expect(html.contains("<div class=\"value\">\(decimals(average, 2)) "))
  #expect(html.contains(try report.protocol.id()))
  for task in taskNames { #expect(html.contains(breakable(task))) }
  #expect(html.components(separatedBy: "<article class=\"strip\">").count == 5)
  #expect(!html.contains("NON-STANDARD") && !html.contains("INCOMPLETE"))
}

@Test func nonStandardAndIncompleteRunsSaySo() throws {
  var report = try fullReport(chains: 20)
  #expect(try report.html().contains(">NON-STANDARD<"))
  report.results.removeLast(2)
  report.failures = [ChainFailure(chain: 19, attempts: 3, reason: "renderer <lost>")]
  let html = try report.html()
  #expect(html.contains(">INCOMPLETE<") && html.contains("of the finished chains only"))
  #expect(html.contains("2 of 20 chains have no verdict"))
  #expect(html.contains("renderer &lt;lost&gt;"))
}

@Test func anEmptyRunIsAPage() throws {
  let report = RunReport(
    protocol: standardProtocol(chains: 3), policy: policyRecord, nonStandard: [], results: [])
  #expect(try report.html().contains("no chain finished"))
}

@Test func galleryKeepsItsBudget() {
  let many = strips(of: Array(0..<3), moments: 4)
  let gallery = EncodedGallery(many, budget: 90_000)
  let size = gallery.strips.reduce(0) { $0 + $1.1.reduce(0) { $0 + $1.size } }
  #expect(size <= 90_000 && !gallery.strips.isEmpty)
  #expect(EncodedGallery(many, budget: 100).strips.isEmpty)
}

@Test func referenceRowsHaveSourcesAndAddUp() throws {
  let rows = try referenceRows()
  #expect(rows.count > 30)
  for row in rows {
    #expect(!row.source.isEmpty && row.rates.count == 5 && row.stepBudget >= 360)
    guard let fractions = row.fractions, row.note?.contains("rates sum") != true else { continue }
    #expect(
      abs(fractions.reduce(0, +) - row.averageLength) < 0.0101, "\(row.method) \(row.split)")
    #expect(fractions == fractions.sorted(by: >))
  }
  #expect(rows.first { $0.method == "X-VLA" }?.stepBudget == 720)
}

@Test(.enabled(if: Browser.installed != nil, "no Chromium here"))
func reportFitsPhoneAndDesktop() throws {
  let browser = try #require(Browser.installed)
  let (layouts, console) = try browser.layouts(of: fullReport().html(), widths: [320, 400, 1400])
  #expect(layouts.count == 3, "\(console.suffix(5))")
  for layout in layouts {
    #expect(layout.scrollWidth <= layout.width, "overflow at \(layout.width)")
    #expect(layout.brokenImages == 0)
  }
  #expect(console.isEmpty)
}

@Test func performanceShowsTimeAndMemoryOfEveryStart() throws {
  func timing(_ chain: Int, _ progress: ChainTiming.Progress?) -> ChainTiming {
    ChainTiming(
      chain: chain, worker: 0, steps: 10, frames: 0, seconds: 1, phases: .init(),
      progress: progress)
  }
  let record = RunRecord(
    protocol: standardProtocol(chains: 4), policy: policyRecord, environment: [:],
    settings: RunSettings())
  let mebibyte = 1_048_576
  let timings = [
    timing(0, .init(start: 1, elapsed: 4, memory: 60 * mebibyte)),
    timing(1, .init(start: 1, elapsed: 2, memory: 50 * mebibyte)),
    timing(2, .init(start: 2, elapsed: 1, memory: 40 * mebibyte)),
    timing(3, .init(start: 2, elapsed: 3, memory: 40 * mebibyte)),
  ]
  let html = try PerformanceReport(record: record, timings: timings).html()
  #expect(html.components(separatedBy: "<polyline").count - 1 == 4)
  // The chain that was finished later is further right, whatever its number.
  let memory = GrowthPlot(title: "Resident memory, MiB", lines: [[50, 60], [40, 40]])
  #expect(html.contains(memory.svg))
  if let browser = Browser.installed {
    for layout in try browser.layouts(of: html, widths: [320, 400, 1400]).layouts {
      #expect(layout.scrollWidth <= layout.width, "overflow at \(layout.width)")
    }
  }
  let old = try PerformanceReport(record: record, timings: [timing(0, nil)]).html()
  #expect(!old.contains("<polyline") && old.contains("Time by phase"))
}

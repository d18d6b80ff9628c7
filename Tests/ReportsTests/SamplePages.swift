import Foundation
import Testing

/// Writes sample pages to look at: `CALVIN_EVAL_SAMPLES=DIR swift test --filter writeSamplePages`.
@Test(.enabled(if: ProcessInfo.processInfo.environment["CALVIN_EVAL_SAMPLES"] != nil))
func writeSamplePages() throws {
  let folder = URL(
    filePath: try #require(ProcessInfo.processInfo.environment["CALVIN_EVAL_SAMPLES"]))
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  try Data(fullReport().html().utf8).write(to: folder.appending(path: "report.html"))
  try Data(fullReport(chains: 20).html().utf8).write(to: folder.appending(path: "small.html"))
}

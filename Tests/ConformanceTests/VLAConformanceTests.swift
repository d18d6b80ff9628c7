import Foundation
import Testing

@testable import Conformance

/// Every tensor of the recordings of RoboVLMs beside the package, where there are any.
@Suite struct VLAConformanceTests {
  static let reference =
    URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    + "/../shared/reference/vla"

  @Test(.enabled(if: FileManager.default.fileExists(atPath: reference)))
  func recordings() throws {
    let report = try VLAConformance.run(reference: Self.reference, threads: 2)
    #expect(report.agrees, "\(report.lines.filter { $0.hasPrefix("FAIL") })")
    #expect(report.lines.count > 150)
    for line in report.lines { print(line) }
  }

  @Test func anEmptyFolderIsAnError() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/empty-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    #expect(throws: ConformanceError.self) {
      try VLAConformance.run(reference: folder, threads: 1)
    }
  }
}

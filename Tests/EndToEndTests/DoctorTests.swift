import Foundation
import Testing

/// `calvin-eval doctor` finds out what does not work and says what to do about it.
@Suite(.enabled(if: Program.isBuilt, "calvin-eval is not built beside the tests"))
struct DoctorTests {
  private struct Report: Decodable {
    struct Finding: Decodable {
      var area: String
      var name: String
      var status: String
      var detail: String
    }
    var ok: Bool
    var findings: [Finding]
  }

  private func report(_ outcome: Program.Outcome) throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
  }

  @Test func theEmbeddedScenesAreDrawn() throws {
    let outcome = try Program.run(["doctor", "--json"])
    #expect(outcome.status == 0, "\(outcome.output)")
    let report = try report(outcome)
    #expect(report.ok)
    let scenes = report.findings.filter { $0.area == "assets" }.map(\.name)
    #expect(scenes == ["A", "B", "C", "D"].map { "embedded scene \($0)" })
    let cpu = try #require(report.findings.first { $0.name == "scene D with cpu" })
    #expect(cpu.status == "ok", "\(cpu.detail)")
  }

  @Test func aFolderThatIsNoCheckoutIsBadInput() throws {
    let outcome = try Program.run(["doctor", "--calvin-env", "/nonexistent"])
    #expect(outcome.status == 2)
    #expect(outcome.output.contains("/nonexistent: expected a folder"))
  }

  @Test func missingEGLIsAProblemOnlyWhenAskedFor() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "no-egl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // The loader finds this file first and cannot use it.
    try Data("no library".utf8).write(to: folder.appending(path: "libEGL.so.1"))
    let environment = ["LD_LIBRARY_PATH": folder.path]
    let unasked = try Program.run(["doctor", "--json"], environment: environment)
    #expect(unasked.status == 0, "\(unasked.output)")
    let egl = try #require(try report(unasked).findings.first { $0.name == "EGL" })
    #expect(egl.status == "warning")
    #expect(egl.detail.contains("libegl1"))
    let asked = try Program.run(["doctor", "--renderer", "egl"], environment: environment)
    #expect(asked.status == 1)
  }

  @Test func aDeviceThatIsNotThereIsAProblem() throws {
    let outcome = try Program.run(["doctor", "--render-gpu", "41"])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("EGL device 41"))
  }

  /// Options of the root's `run` must reach the subcommand that was named.
  @Test func nonsenseIsAUsageError() throws {
    #expect(try Program.run(["doctor", "--depth-bits", "12"]).status == 64)
    #expect(try Program.run(["doctor", "--chains", "3"]).status == 64)
  }
}

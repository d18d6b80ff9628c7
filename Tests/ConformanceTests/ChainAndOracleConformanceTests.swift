import Calvin
import Conformance
import Foundation
import NumPy
import Testing

private let package = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()
private let reference = package.deletingLastPathComponent().appending(path: "shared/reference").path
private let hasReference = FileManager.default.fileExists(atPath: "\(reference)/oracle")

@Suite final class ChainAndOracleConformanceTests {
  private let folder = FileManager.default.temporaryDirectory.appending(
    path: "conformance-\(UUID().uuidString)"
  ).path
  private let library: TaskLibrary

  init() throws {
    library = try TaskLibrary(folder: package.appending(path: "Tasks").path)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  @Test func anEmptyOrAbsentReferenceIsAnError() {
    let chains = ChainConformance(library: library)
    let oracle = OracleConformance(oracle: library.oracle)
    for path in [folder, folder + "/none"] {
      #expect(throws: ConformanceError.self) { try chains.run(reference: path) }
      #expect(throws: ConformanceError.self) { try oracle.run(reference: path) }
    }
  }

  @Test func chainsAgreeWithTheirDumpUntilOneChanges() throws {
    let text = SequenceFile.text(of: library.chains.sequences(6))
    try writeFileAtomically(Array(text.utf8), to: "\(folder)/chains_6.json")
    let chains = ChainConformance(library: library)
    #expect(try chains.run(reference: folder, dump: folder + "/dump").agrees)
    #expect(try readFile("\(folder)/dump/chains_6.json") == Array(text.utf8))
    let changed = text.replacing("\"led\": 0", with: "\"led\": 1", maxReplacements: 1)
    try writeFileAtomically(Array(changed.utf8), to: "\(folder)/chains_6.json")
    let report = try chains.run(reference: folder)
    #expect(!report.agrees)
    #expect(report.totals.first { $0.name == "chains_equal" }?.value == 5)
    try writeFileAtomically(Array(text.utf8.dropLast(40)), to: "\(folder)/chains_6.json")
    #expect(throws: (any Error).self) { try chains.run(reference: folder) }
  }

  @Test(.enabled(if: hasReference, "no recordings beside the package"))
  func recordedVerdictsAgreeAndChangedOnesDoNot() throws {
    let conformance = OracleConformance(oracle: library.oracle)
    let report = try conformance.run(reference: "\(reference)/oracle", dump: folder)
    #expect(report.agrees)
    #expect(report.totals.map(\.value) == [6000, 6000])
    let name = "\(folder)/cases.jsonl.gz"
    #expect(
      try gunzip(readFile(name), source: name)
        == gunzip(readFile("\(reference)/oracle/cases.jsonl.gz"), source: "reference"))

    let laxer = TaskOracle(
      tasks: library.oracle.tasks.map { task in
        task.name == "open_drawer"
          ? .init(name: task.name, predicate: .moveDoor(joint: "base__drawer", threshold: 0.1199))
          : task
      })
    #expect(try OracleConformance(oracle: laxer).run(reference: folder).agrees == false)
  }
}

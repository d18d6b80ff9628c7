import DatasetAudits
import Datasets
import Foundation
import Testing

@Suite(.enabled(if: Shared.exists, "no recordings beside the package"))
struct ProjectionTests {
  @Test func depthMeetsTheBlocks() throws {
    let split = try DatasetSplit(path: Shared.dataset)
    let library = try Shared.official.get()
    let scenes = SceneNames(split, library: library, forced: nil)
    let projection = try Projection(3180, of: split, library: library, scenes: scenes)
    #expect(projection.depthSource == "recorded")
    #expect(projection.sheet.width > 2 * projection.sheet.height - 100)
    #expect(!projection.residuals.isEmpty)
    for residual in projection.residuals {
      print(
        "\(residual.camera) \(residual.block): \(1000 * residual.median) mm over \(residual.pixels)"
      )
      // A step of the recording's 16-bit depth is 15 to 30 mm at the static camera's distance.
      #expect(residual.median < (residual.camera == "static" ? 0.012 : 0.001))
    }
    #expect(projection.coveredPixels < 10)
    #expect(projection.meets && projection.residuals.allSatisfy { $0.off < 0.1 })
    #expect(throws: DatasetError.self) {
      _ = try Projection(7, of: split, library: library, scenes: scenes)
    }
  }

  @Test func depthOfOtherBlocksDoesNotMeetThem() throws {
    let files = FileManager.default
    let folder = files.temporaryDirectory.appending(path: "projection-\(UUID().uuidString)").path
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(atPath: folder) }
    for name in try files.contentsOfDirectory(atPath: Shared.dataset) {
      try files.createSymbolicLink(
        atPath: "\(folder)/\(name)", withDestinationPath: "\(Shared.dataset)/\(name)")
    }
    let library = try Shared.official.get()
    let source = try DatasetSplit(path: Shared.dataset)
    let whole = try source.frame(3180, fields: [.pictures, .depth, .actions, .state])
    func project(_ change: (inout DatasetFrame) -> Void) throws -> Projection {
      var frame = whole
      change(&frame)
      let file = source.naming.name(of: 3180)
      try files.removeItem(atPath: "\(folder)/\(file)")
      try Data(FrameEncoder(.stored).file(of: frame)).write(to: URL(filePath: "\(folder)/\(file)"))
      let split = try DatasetSplit(path: folder)
      return try Projection(
        3180, of: split, library: library,
        scenes: SceneNames(split, library: library, forced: nil))
    }
    #expect(try project { _ in }.meets)
    let moved = try project { frame in
      for block in 0..<3 { frame.state.sceneObservation[6 + 6 * block] += 0.03 }
    }
    #expect(!moved.meets, "\(moved.residuals)")
    let nearer = try project { frame in
      frame.staticCamera?.depth = whole.staticCamera?.depth.map { $0 / 2 } ?? []
      frame.gripperCamera?.depth = whole.gripperCamera?.depth.map { $0 / 2 } ?? []
    }
    #expect(!nearer.meets && nearer.coveredPixels > 100)
  }

  @Test func thePageIsSelfContained() throws {
    let audit = try Recording.audit(Shared.official) { $0.shift(\.rgb[0], by: 1) }
    let page = AuditPage([(audit, [])]).html()
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("shifted-modality"))
    #expect(!page.contains("http://") && !page.contains("https://"))
    for code in audit.findings.map(\.code.rawValue) { #expect(page.contains(code)) }
  }
}

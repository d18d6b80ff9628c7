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
    #expect(throws: DatasetError.self) {
      _ = try Projection(7, of: split, library: library, scenes: scenes)
    }
  }

  @Test func thePageIsSelfContained() throws {
    let audit = try Recording.audit(Shared.official) { $0.shift(\.rgb[0], by: 1) }
    let page = AuditPage([(audit, [])]).html()
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("shifted-modality"))
    #expect(!page.contains("http://") && !page.contains("https://"))
    for code in audit.findings.map(\.code.rawValue) { #expect(page.contains(code)) }
  }
}

import Assets
import Foundation
import Testing

@testable import Experts

/// The repository's folder.
let packageRoot = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path
let embeddedScenes = AssetRoot(path: "\(packageRoot)/Scenes", isEmbedded: true)
let officialScenes = try? AssetRoot(calvinEnv: "\(packageRoot)/../shared/calvin_env")

@Suite("What the expert measures in a scene")
struct WorkbenchTests {
  @Test(
    "Embedded scenes have all parts, each where it can be touched", arguments: ["A", "B", "C", "D"])
  func embedded(scene: String) throws {
    try check(Workbench(SceneAssets.load(root: embeddedScenes, scene: scene)))
  }

  @Test(
    "Official scenes have all parts, each where it can be touched",
    .enabled(if: officialScenes != nil), arguments: ["A", "B", "C", "D"])
  func official(scene: String) throws {
    let root = try #require(officialScenes)
    try check(Workbench(SceneAssets.load(root: root, scene: scene)))
  }

  private func check(_ bench: Workbench) {
    #expect(abs(bench.door.axis.x) > 0.9)
    #expect(bench.drawer.axis.y < -0.9)
    #expect(bench.door.range.upperBound - bench.door.range.lowerBound > 0.2)
    #expect(bench.drawer.range.upperBound > 0.15)
    // The handle is a part that sticks out towards the robot.
    #expect(bench.door.handle.volume < bench.door.body.volume)
    #expect(bench.door.handle.lower.y < bench.shelf.lower.y)
    #expect(bench.drawer.handle.center.y < bench.tableFront)
    #expect(bench.drawer.floor.upper.z < bench.tableHeight)
    #expect(bench.button.body.upper.z > bench.tableHeight)
    #expect(bench.switchLever.body.lower.z > bench.tableHeight)
    #expect(bench.robotBase.y < bench.tableFront)
    #expect(bench.blockSizes.count == 3)
    #expect(bench.blockSizes.allSatisfy { $0.x > 0.02 && $0.x < 0.2 && $0.z > 0.02 })
  }
}

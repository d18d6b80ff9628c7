import Assets
import Geometry
import Testing

@testable import Physics

private enum Official {
  static let root: AssetRoot? = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(4)
    let shared = "/" + (parts + ["shared"]).joined(separator: "/")
    return try? AssetRoot(calvinEnv: "\(shared)/calvin_env")
  }()
}

/// Inertia diagonals `getDynamicsInfo` reports for the official models: they show shapes, margins
/// and frames to the last bit.
@Suite(.enabled(if: Official.root != nil, "needs ../shared/calvin_env"))
struct OfficialModelTests {
  private func assets() throws -> SceneAssets {
    try SceneAssets.load(root: #require(Official.root), scene: "D")
  }

  @Test func robotInertias() throws {
    let assets = try assets()
    let robot = try BodyModel(assets.robotModel, isFixed: true, meshes: assets.meshes)
    let expected: [(link: Int, inertia: Vector3)] = [
      (0, Vector3(0.022971310389984522, 0.01776877102229142, 0.011484087974461593)),
      (1, Vector3(0.02349085160608955, 0.011612936175750141, 0.018228194873754607)),
      (5, Vector3(0.003427981781879856, 0.005116921975647636, 0.005987757238480443)),
      (8, Vector3(0.003719113196189524, 0.0010161597230577961, 0.0033883221196255096)),
      (9, Vector3(9.845381290040133e-05, 9.739623914202012e-05, 1.504911834347157e-05)),
      (10, Vector3(1.2989045658279828e-08, 8.852080441763715e-09, 5.826263113400298e-09)),
      (11, Vector3(9.845381290040422e-05, 9.739623914202304e-05, 1.5049118343477365e-05)),
      (14, Vector3(1.3333333333333334e-07, 1.3333333333333334e-07, 1.3333333333333334e-07)),
    ]
    for (link, inertia) in expected {
      #expect(robot.inertia(ofLink: link) == inertia, "robot link \(link)")
    }
    #expect(robot.links[15].name == "tcp")
    #expect(robot.links.map(\.parent) == [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 11, 8, 8, 8])
  }

  @Test func tableAndBlockInertias() throws {
    let assets = try assets()
    let table = try BodyModel(assets.fixedModels[0], scaling: 0.8, meshes: assets.meshes)
    let expected = [
      Vector3(7.434264557497087e-05, 0.00012522179647364698, 7.395100652152567e-05),
      Vector3(0.00013695938290935415, 0.00036084098472313866, 0.00043328573865515846),
      Vector3(0.008976528811140978, 0.011768060776501735, 0.018721732693379785),
      Vector3(0.04269024197639086, 0.10974421784983837, 0.07559947472932717),
    ]
    for (link, inertia) in expected.enumerated() {
      #expect(table.inertia(ofLink: link) == inertia, "table link \(link)")
    }
    #expect(table.links[0].upper == 0.020000000000000004)
    let middle = try BodyModel(assets.movableModels[0], scaling: 0.8, meshes: [:])
    #expect(
      middle.inertia(ofLink: -1)
        == Vector3(0.0002666666666666668, 0.00039466666666666675, 0.00039466666666666675))
  }
}

import Assets
import Geometry
import Testing

@Suite(.enabled(if: OfficialAssets.arePresent, "needs ../shared/calvin_env"))
struct OfficialSceneTests {
  @Test(arguments: ["A", "B", "C", "D"])
  func loads(scene: String) throws {
    let root = try #require(OfficialAssets.root)
    let assets = try SceneAssets.load(root: root, scene: scene)
    #expect(assets.scene.name == scene)
    #expect(assets.scene.globalScaling == 0.8)
    #expect(assets.cameras.map(\.name) == ["static", "gripper"])
    #expect(assets.robotModel.linkIndex("panda_leftfinger") == 9)
    #expect(assets.robotModel.linkIndex("finger_left_tip") == 10)
    #expect(assets.robotModel.linkIndex("panda_rightfinger") == 11)
    #expect(assets.robotModel.linkIndex("finger_right_tip") == 12)
    #expect(assets.robotModel.linkIndex("gripper_cam") == 14)
    #expect(assets.robotModel.linkIndex("tcp") == 15)
    let table = try #require(assets.fixedModels.first)
    #expect(
      table.depthFirstJoints.map(\.child) == [
        "button_link", "switch_link", "slide_link", "drawer_link", "led_link", "light_link",
        "plank_link",
      ])
    #expect(table.links.flatMap(\.collisions).filter(\.isConcave).count == 1)
    #expect(assets.textures.count == 4)
    #expect(assets.textures.values.allSatisfy { $0.channels == 3 })
  }

  @Test func blockOrderIsTheFiles() throws {
    let root = try #require(OfficialAssets.root)
    let orders = try ["A", "B", "C", "D"].map {
      try SceneAssets.load(root: root, scene: $0).scene.movableObjects.map(\.name)
    }
    #expect(
      orders == [
        ["block_pink", "block_blue", "block_red"], ["block_red", "block_blue", "block_pink"],
        ["block_blue", "block_red", "block_pink"], ["block_red", "block_blue", "block_pink"],
      ])
  }

  @Test func datasetConfigurationIsSceneD() throws {
    let root = try #require(OfficialAssets.root)
    let path = try #require(OfficialAssets.datasetConfig)
    let assets = try SceneAssets.load(root: root, scene: "A", datasetConfig: path)
    let named = try SceneAssets.load(root: root, scene: "D")
    #expect(assets.scene == named.scene)
    #expect(assets.robot == named.robot)
    #expect(assets.cameras == named.cameras)
  }
}

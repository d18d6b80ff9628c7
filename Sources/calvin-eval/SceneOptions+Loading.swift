import Assets

extension SceneOptions {
  /// Reads the scene these options name.
  func loadAssets() throws -> (assets: SceneAssets, isEmbedded: Bool) {
    let root = try calvinEnv.map { try AssetRoot(calvinEnv: $0) } ?? AssetRoot.embedded()
    let config = try dataset.map { try SceneAssets.datasetConfig(in: $0) }
    let assets = try SceneAssets.load(root: root, scene: scene, datasetConfig: config)
    return (assets, root.isEmbedded)
  }
}

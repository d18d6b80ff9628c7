import Assets

/// The scenes that can be loaded.
enum AssetCheck {
  /// Reads the benchmark's scenes of a root (all, if it has none of them); the scenes that load
  /// come back by name. Upstream's checkout names further scenes whose files it does not hold.
  static func examine(
    _ root: AssetRoot, called name: String, severity: Finding.Status
  ) -> (findings: [Finding], scenes: [(name: String, assets: SceneAssets)]) {
    var scenes: [(name: String, assets: SceneAssets)] = []
    var findings: [Finding] = []
    let benchmark = root.sceneNames.filter(["A", "B", "C", "D"].contains)
    for scene in benchmark.isEmpty ? root.sceneNames : benchmark {
      do throws(AssetError) {
        let assets = try SceneAssets.load(root: root, scene: scene)
        scenes.append((scene, assets))
        findings.append(
          Finding(
            "assets", "\(name) scene \(scene)",
            "digest \(assets.digest), \(assets.meshes.count) meshes, \(assets.textures.count) "
              + "textures"))
      } catch {
        findings.append(
          Finding(
            "assets", "\(name) scene \(scene)", severity, "\(error)",
            hint: "restore the file from its origin"))
      }
    }
    if root.sceneNames.isEmpty {
      findings.append(
        Finding("assets", name, severity, "\(root.path)/conf/scene holds no scene (*.yaml)"))
    }
    return (findings, scenes)
  }
}

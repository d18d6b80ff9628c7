import Assets

/// The official assets beside the package, if this machine has them.
enum OfficialAssets {
  /// The folder of reference data beside the package root.
  static let shared: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(4)
    return "/" + (parts + ["shared"]).joined(separator: "/")
  }()

  static let root = try? AssetRoot(calvinEnv: "\(shared)/calvin_env")
  static let datasetConfig = try? SceneAssets.datasetConfig(in: "\(shared)/calvin_dataset")
  static var arePresent: Bool { root != nil }
}

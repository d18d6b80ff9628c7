extension AssetRoot {
  /// The embedded scenes: `Scenes/` beside the executable or in a folder above it.
  /// The error lists the places tried.
  public static func embedded(executable: String? = nil) throws(AssetError) -> AssetRoot {
    let path = try PackageFolder.path(of: "Scenes", holding: Self.folders, executable: executable)
    return AssetRoot(path: path, isEmbedded: true)
  }

  /// A user's calvin_env checkout; the error says what it lacks.
  public init(calvinEnv path: String) throws(AssetError) {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard isFolder(path) else { throw AssetError(file: path, message: "expected a folder") }
    let missing = Self.missing(in: path)
    guard missing.isEmpty else {
      let nested = "\(path)/calvin_env"
      let hint = Self.missing(in: nested).isEmpty ? "; did you mean \(nested)?" : ""
      throw AssetError(
        file: path,
        message: "expected a calvin_env checkout (conf/ and data/), missing: "
          + missing.joined(separator: ", ") + hint)
    }
    self.init(path: path, isEmbedded: false)
  }

  /// Names of the scenes this root has: A, B, ... for `calvin_scene_A.yaml`, else the file's stem.
  public var sceneNames: [String] {
    names(in: "\(path)/conf/scene", suffix: ".yaml").map { SceneDescription.name(ofFile: $0) }
  }

  private static let folders = ["conf/scene", "conf/cameras", "conf/robot", "data"]

  private static func missing(in path: String) -> [String] {
    folders.filter { !isFolder("\(path)/\($0)") }
  }
}

extension SceneDescription {
  /// `calvin_scene_A.yaml` and `calvin_scene_A` are A; other names lose their ending.
  static func name(ofFile file: String) -> String {
    let stem = file.hasSuffix(".yaml") ? file.dropLast(".yaml".count) : file[...]
    let prefix = "calvin_scene_"
    let isPlain = stem.hasPrefix(prefix) && stem.count == prefix.count + 1
    return String(isPlain ? stem.dropFirst(prefix.count) : stem)
  }
}

extension CameraDescription {
  /// A camera by name from the root's `conf/cameras/cameras`, or from a user's file when `camera` is a
  /// path (contains a slash or ends in `.yaml`). The file has calvin_env's form: a `_target_` ending in
  /// `StaticCamera` or `GripperCamera`, `fov` in degrees, `aspect`, `nearval`, `farval`, `width`,
  /// `height`, and for a static camera `look_from`, `look_at` and `up_vector` (z when absent).
  /// Throws `AssetError` with file, line and what was expected; an unknown name lists the valid ones.
  public static func load(
    _ camera: String, root: AssetRoot
  ) throws(AssetError) -> CameraDescription {
    if camera.contains("/") || camera.hasSuffix(".yaml") {
      return try CameraDescription(yamlFile: camera)
    }
    let folder = "\(root.path)/conf/cameras/cameras"
    guard isFile("\(folder)/\(camera).yaml") else {
      let valid = names(in: folder, suffix: ".yaml").map { $0.dropLast(".yaml".count) }
      throw AssetError(
        file: folder,
        message: "no camera '\(camera)', expected a path or one of: "
          + valid.joined(separator: ", "))
    }
    return try CameraDescription(yamlFile: "\(folder)/\(camera).yaml")
  }

  /// The camera in a YAML file of calvin_env's form.
  public init(yamlFile path: String) throws(AssetError) {
    let config = try ConfigValue.document(yaml: readFile(path), file: path)
    let file = path.split(separator: "/").last ?? ""
    let stem = file.hasSuffix(".yaml") ? file.dropLast(".yaml".count) : file
    guard let camera = try CameraDescription(ConfigReader(config), name: String(stem)) else {
      throw AssetError(
        file: path, line: config.line,
        message: "expected a class StaticCamera or GripperCamera; a TactileSensor is no camera")
    }
    self = camera
  }
}

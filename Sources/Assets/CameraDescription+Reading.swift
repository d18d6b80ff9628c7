import Geometry

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

  /// Reads one camera; nil for tactile sensors, which are no cameras.
  init?(_ config: ConfigReader, name: String) throws(AssetError) {
    let target = try config.required("_target_").string()
    let mounting: Mounting
    switch target.split(separator: ".").last {
    case "StaticCamera":
      mounting = .fixed(
        lookFrom: try config.required("look_from").vector(),
        lookAt: try config.required("look_at").vector(),
        up: try config.optional("up_vector")?.vector() ?? Vector3(0, 0, 1))
    case "GripperCamera": mounting = .gripper
    case "TactileSensor": return nil
    default:
      throw try config.required("_target_").error(
        "expected a class StaticCamera, GripperCamera or TactileSensor, found '\(target)'")
    }
    self.init(
      name: try config.optional("name")?.string() ?? name, mounting: mounting,
      fieldOfViewDegrees: try config.required("fov").double(),
      aspect: try config.required("aspect").double(),
      near: try config.required("nearval").double(), far: try config.required("farval").double(),
      width: try config.required("width").integer(),
      height: try config.required("height").integer())
    try check(config)
  }

  private func check(_ config: ConfigReader) throws(AssetError) {
    guard fieldOfViewDegrees > 0, fieldOfViewDegrees < 180 else {
      throw config.error("expected fov between 0 and 180 degrees")
    }
    guard aspect > 0 else { throw config.error("expected aspect above 0") }
    guard near > 0, far > near else { throw config.error("expected 0 < nearval < farval") }
    guard (1...4096).contains(width), (1...4096).contains(height) else {
      throw config.error("expected width and height from 1 to 4096 pixels")
    }
  }
}

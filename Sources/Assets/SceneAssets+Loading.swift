extension SceneAssets {
  /// Reads a scene with its robot, cameras, meshes and textures.
  ///
  /// `scene` is A, B, C, D or the stem of a file in `conf/scene`; `robot` and `cameras` are stems in
  /// `conf/robot` and `conf/cameras`. `datasetConfig` is a dataset's `.hydra/merged_config.yaml`: its
  /// scene, robot and cameras replace the named ones, as in calvin_env's `get_env`.
  /// Throws `AssetError` with file, line and what was expected.
  public static func load(
    root: AssetRoot, scene: String, robot: String = "panda_longer_finger",
    cameras: String = "static_and_gripper", datasetConfig: String? = nil
  ) throws(AssetError) -> SceneAssets {
    var folder = AssetFolder(root: root)
    let config: ConfigValue
    if let datasetConfig {
      let bytes = try folder.read(datasetConfig, as: ".hydra/merged_config.yaml")
      config = try ConfigValue.document(yaml: bytes, file: datasetConfig)
    } else {
      config = try composed(&folder, scene: scene, robot: robot, cameras: cameras)
    }
    let top = ConfigReader(config)
    let sceneConfig = try top.required("scene")
    let name = try sceneConfig.optional("name")?.string() ?? scene
    let description = try SceneDescription(
      sceneConfig, name: SceneDescription.name(ofFile: name))
    let robotDescription = try RobotDescription(top.required("robot"))
    let cameraDescriptions = try Self.cameras(top.required("cameras"))

    var files = ModelFiles(folder: folder)
    var assets = SceneAssets(
      scene: description, robot: robotDescription, cameras: cameraDescriptions,
      robotModel: try files.model(robotDescription.file), fixedModels: [], movableModels: [],
      planeModel: try files.model("plane/plane.urdf"), meshes: [:], textures: [:], digest: "")
    for object in description.fixedObjects {
      let model = try files.model(object.file)
      try check(object, against: model)
      assets.fixedModels.append(model)
    }
    for object in description.movableObjects {
      try assets.movableModels.append(files.model(object.file))
    }
    try check(robotDescription, against: assets.robotModel)
    assets.meshes = files.meshes
    assets.textures = files.textures
    assets.digest = files.folder.digest
    return assets
  }

  /// The scene's name (nil without one) and the cameras that a dataset's `.hydra/merged_config.yaml`
  /// holds; the models it names need not be there.
  public static func namedSceneAndCameras(
    root: AssetRoot, datasetConfig: String
  ) throws(AssetError) -> (scene: String?, cameras: [CameraDescription]) {
    var folder = AssetFolder(root: root)
    let bytes = try folder.read(datasetConfig, as: ".hydra/merged_config.yaml")
    let top = ConfigReader(try ConfigValue.document(yaml: bytes, file: datasetConfig))
    let name = try top.required("scene").optional("name")?.string()
    return (name.map(SceneDescription.name(ofFile:)), try cameras(top.required("cameras")))
  }

  /// The `merged_config.yaml` of a dataset: in `.hydra/` of the folder, or of its `validation/`.
  /// The error lists the places tried.
  public static func datasetConfig(in dataset: String) throws(AssetError) -> String {
    let places = ["", "/validation"].map { "\(dataset)\($0)/.hydra/merged_config.yaml" }
    guard let found = places.first(where: isFile) else {
      throw AssetError(
        file: dataset,
        message: "expected a dataset with one of: \(places.joined(separator: ", "))")
    }
    return found
  }

  static func composed(
    _ folder: inout AssetFolder, scene: String, robot: String, cameras: String
  ) throws(AssetError) -> ConfigValue {
    let stem = "calvin_scene_\(scene)"
    let isPlain = isFile("\(folder.root.path)/conf/scene/\(stem).yaml")
    if !isPlain, !isFile("\(folder.root.path)/conf/scene/\(scene).yaml") {
      throw AssetError(
        file: "\(folder.root.path)/conf/scene",
        message: "no scene '\(scene)', expected one of: "
          + folder.root.sceneNames.joined(separator: ", "))
    }
    let groups: [(String, ConfigValue)] = [
      ("scene", try folder.config(group: "scene", name: isPlain ? stem : scene)),
      ("robot", try folder.config(group: "robot", name: robot)),
      ("cameras", try folder.config(group: "cameras", name: cameras)),
    ]
    let file = "\(folder.root.path)/conf"
    let dataPath = ConfigValue(content: .scalar("data"), file: file, line: 1)
    let entries = groups.map { ConfigValue.Entry(key: $0.0, value: $0.1) }
    return ConfigValue(
      content: .mapping(entries + [ConfigValue.Entry(key: "data_path", value: dataPath)]),
      file: file, line: 1)
  }

  /// Static first, then gripper, then the others in the file's order.
  private static func cameras(_ config: ConfigReader) throws(AssetError) -> [CameraDescription] {
    var cameras: [CameraDescription] = []
    for (name, camera) in try config.entries() {
      if let camera = try CameraDescription(camera, name: name) { cameras.append(camera) }
    }
    let first = ["static", "gripper"]
    return first.flatMap { name in cameras.filter { $0.name == name } }
      + cameras.filter { !first.contains($0.name) }
  }

  private static func check(
    _ object: SceneDescription.FixedObject, against model: URDFModel
  ) throws(AssetError) {
    let joints = model.joints.map(\.name)
    for state in object.joints + object.buttons + object.switches
    where !joints.contains(state.joint) {
      throw AssetError(
        file: model.path,
        message:
          "the scene's object '\(object.name)' names the joint '\(state.joint)', expected one "
          + "of: \(joints.joined(separator: ", "))")
    }
    for light in object.lights where model.link(light.link) == nil {
      throw AssetError(
        file: model.path,
        message: "the light '\(light.name)' names the link '\(light.link)', expected one of: "
          + model.links.map(\.name).joined(separator: ", "))
    }
  }

  private static func check(
    _ robot: RobotDescription, against model: URDFModel
  ) throws(AssetError) {
    let valid = 0..<model.joints.count
    let links = robot.armJointIDs + robot.gripperJointIDs + [robot.tcpLink]
    guard links.allSatisfy(valid.contains) else {
      throw AssetError(
        file: model.path,
        message: "the robot file names the joints \(robot.armJointIDs + robot.gripperJointIDs) and "
          + "the link \(robot.tcpLink), expected numbers below \(valid.count)")
    }
  }
}

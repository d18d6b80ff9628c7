import Geometry

extension SceneDescription {
  /// Reads the `scene` group of a composed configuration.
  init(_ config: ConfigReader, name: String) throws(AssetError) {
    self.init(
      name: name, globalScaling: try config.required("global_scaling").double(),
      robotBasePosition: try config.required("robot_base_position").vector(),
      robotBaseOrientation: try config.required("robot_base_orientation").vector(),
      robotInitialJointPositions: try config.required("robot_initial_joint_positions").doubles(7),
      surfaces: [], fixedObjects: [], movableObjects: [])
    guard globalScaling > 0 else {
      throw try config.required("global_scaling").error("expected a number above 0")
    }
    for (name, surface) in try config.required("surfaces").entries() {
      try surfaces.append(Surface(surface, name: name))
    }
    let objects = try config.required("objects")
    for (name, object) in try objects.optional("fixed_objects")?.entries() ?? [] {
      try fixedObjects.append(FixedObject(object, name: name))
    }
    for (name, object) in try objects.optional("movable_objects")?.entries() ?? [] {
      try movableObjects.append(
        MovableObject(
          name: name, file: object.required("file").string(),
          position: placement(object.required("initial_pos")),
          orientation: placement(object.required("initial_orn"))))
    }
  }

  private func placement(_ config: ConfigReader) throws(AssetError) -> Placement {
    guard let text = config.scalar else { return .given(try config.vector()) }
    if text == "any" { return .any }
    guard surfaces.contains(where: { $0.name == text }) else {
      throw config.error(
        "expected three numbers, 'any' or a surface (\(surfaces.map(\.name).joined(separator: ", ")))"
          + ", found '\(text)'")
    }
    return .surface(text)
  }
}

extension SceneDescription.Surface {
  fileprivate init(_ config: ConfigReader, name: String) throws(AssetError) {
    let corners = try config.items()
    guard corners.count == 2 else {
      throw config.error("expected two corners, found \(corners.count)")
    }
    self.init(name: name, lower: try corners[0].vector(), upper: try corners[1].vector())
  }
}

extension SceneDescription.FixedObject {
  fileprivate init(_ config: ConfigReader, name: String) throws(AssetError) {
    var lights: [SceneDescription.Light] = []
    for (name, light) in try config.optional("lights")?.entries() ?? [] {
      let color = try light.required("color").doubles(4)
      lights.append(
        SceneDescription.Light(
          name: name, link: try light.required("link").string(),
          color: SIMD4(color[0], color[1], color[2], color[3])))
    }
    self.init(
      name: name, file: try config.required("file").string(),
      position: try config.required("initial_pos").vector(),
      orientation: try config.required("initial_orn").vector(),
      joints: try Self.joints(config.optional("joints"), lights),
      buttons: try Self.joints(config.optional("buttons"), lights),
      switches: try Self.joints(config.optional("switches"), lights), lights: lights)
  }

  private static func joints(
    _ config: ConfigReader?, _ lights: [SceneDescription.Light]
  ) throws(AssetError) -> [SceneDescription.JointState] {
    var result: [SceneDescription.JointState] = []
    for (name, joint) in try config?.entries() ?? [] {
      let effect = try joint.optional("effect")
      if let effect, !lights.contains(where: { $0.name == effect.scalar }) {
        throw effect.error(
          "expected a light of this object: " + lights.map(\.name).joined(separator: ", "))
      }
      try result.append(
        SceneDescription.JointState(
          joint: name, initialState: joint.required("initial_state").double(),
          effect: effect?.string()))
    }
    return result
  }
}

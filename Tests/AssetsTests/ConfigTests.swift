import Geometry
import Testing

@testable import Assets

private func value(_ text: String) throws -> ConfigValue {
  try ConfigValue.document(yaml: Array(text.utf8), file: "some.yaml")
}

@Suite struct ConfigTests {
  @Test func mappingsKeepTheFilesOrder() throws {
    let config = ConfigReader(try value("z: 1\na: 2\nm: 3\n"))
    #expect(try config.entries().map(\.key) == ["z", "a", "m"])
  }

  @Test func interpolationsReadFromTheTop() throws {
    let config = ConfigReader(
      try value(
        """
        scene: {place: [1, 2, 3], twice: "${robot.copy}"}
        robot: {copy: "${scene.place}", lost: "${scene.nowhere}", loop: "${robot.loop}"}
        """))
    let robot = try config.required("robot")
    #expect(try robot.required("copy").vector() == Vector3(1, 2, 3))
    #expect(try config.required("scene").required("twice").vector() == Vector3(1, 2, 3))
    for key in ["lost", "loop"] {
      let error = #expect(throws: AssetError.self) { try robot.required(key) }
      #expect(error?.line == 2 && error?.message.contains("robot.\(key)") == true)
    }
  }

  @Test func laterMappingsMergeIntoEarlierOnes() throws {
    let first = try value("a: 1\nb: {c: 2, d: [3, 4]}\n")
    let merged = ConfigReader(first.merging(try value("e: 6\nb: {d: [5]}\n")))
    #expect(try merged.entries().map(\.key) == ["a", "b", "e"])
    #expect(try merged.required("b").required("c").integer() == 2)
    #expect(try merged.required("b").required("d").doubles() == [5])
  }

  @Test(arguments: [
    ("a: [1, 2", 2, "YAML"), ("a: 1\nb: {c: 2\nd: 3\n", 3, "YAML"),
    ("b: 1\nc:\n  a: 1\n  a: 2\n", 3, "twice: a"),
    ("a: \"open\nb: 1", 2, "YAML"),
  ])
  func syntaxErrorsNameTheLine(text: String, line: Int, words: String) {
    let error = #expect(throws: AssetError.self) { try value(text) }
    #expect(error?.file == "some.yaml" && error?.message.contains(words) == true)
    #expect(error?.line == line, "\(String(describing: error))")
  }

  @Test func repeatedAliasesAreBounded() {
    var text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for level in 1..<9 {
      let item = "*a\(level - 1)"
      let items = Array(repeating: item, count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(items)]\n"
    }
    #expect(throws: AssetError.self) { try value(text) }
  }

  private static let camera = """
    _target_: calvin_env.camera.static_camera.StaticCamera
    name: side
    fov: 60
    aspect: 1.5
    nearval: 0.1
    farval: 5
    width: 300
    height: 200
    look_at: [0, 0, 0]
    look_from: [1, 1, 1]
    """

  @Test func camerasAreRead() throws {
    let camera = try CameraDescription(ConfigReader(value(Self.camera)), name: "x")
    #expect(
      camera
        == CameraDescription(
          name: "side",
          mounting: .fixed(
            lookFrom: Vector3(1, 1, 1), lookAt: .zero, up: Vector3(0, 0, 1)),
          fieldOfViewDegrees: 60, aspect: 1.5, near: 0.1, far: 5, width: 300, height: 200))
    let tactile = Self.camera.replacing("static_camera.StaticCamera", with: "t.TactileSensor")
    #expect(try CameraDescription(ConfigReader(value(tactile)), name: "x") == nil)
  }

  @Test(arguments: [
    ("fov: 60", "fov: sixty", 3, "expected a number, found 'sixty'"),
    ("width: 300", "width: 30.5", 7, "integer"), ("width: 300", "width: 5000", 1, "1 to 4096"),
    ("nearval: 0.1", "nearval: 7", 1, "nearval < farval"),
    ("[0, 0, 0]", "[0, 0]", 9, "expected 3 numbers, found 2"),
    ("look_from: [1, 1, 1]", "", 1, "look_from"),
    ("StaticCamera", "MovingCamera", 1, "StaticCamera, GripperCamera or TactileSensor"),
  ])
  func cameraErrorsNameTheLine(old: String, new: String, line: Int, words: String) {
    let error = #expect(throws: AssetError.self) {
      try CameraDescription(ConfigReader(value(Self.camera.replacing(old, with: new))), name: "x")
    }
    #expect(error?.line == line, "\(String(describing: error))")
    #expect(error?.message.contains(words) == true, "\(String(describing: error))")
  }

  @Test func camerasComeByNameOrFile() throws {
    let root = AssetRoot(path: "\(packageRoot)/Scenes", isEmbedded: true)
    #expect(try CameraDescription.load("gripper", root: root).mounting == .gripper)
    try withFile("mine.yaml", Self.camera.replacing("name: side\n", with: "")) { file in
      let camera = try CameraDescription.load(file, root: root)
      #expect(camera.name == "mine" && camera.width == 300)
    }
    let error = #expect(throws: AssetError.self) {
      try CameraDescription.load("top", root: root)
    }
    #expect(error?.message.contains("gripper, static") == true)
    try withFile("t.yaml", "_target_: x.TactileSensor") { file in
      _ = #expect(throws: AssetError.self) { try CameraDescription(yamlFile: file) }
    }
  }
}

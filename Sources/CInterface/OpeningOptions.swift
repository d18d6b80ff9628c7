import Assets
import CCalvinEval
import Calvin
import Rendering

/// The options a simulator is opened with.
struct OpeningOptions {
  private(set) var home = "."
  private(set) var scene = "D"
  private(set) var calvinEnv: String?
  private(set) var dataset: String?
  private(set) var renderer = RendererChoice.auto
  private(set) var gpu: Int?
  private(set) var settings = RendererSettings()
  private(set) var seed: UInt32 = 0

  /// Reads a JSON object; the error names the member and what was expected.
  init(json text: String) throws {
    let json = try OrderedJSON(parsing: Array(text.utf8), source: "options")
    guard case .object(let members) = json else { throw Self.error("expected an object") }
    for member in members where member.value != .null {
      func required<Value>(_ value: Value?, _ expected: String) throws -> Value {
        guard let value else { throw Self.error("\(member.key): expected \(expected)") }
        return value
      }
      switch member.key {
      case "home": home = try required(member.value.string, "a path")
      case "scene": scene = try required(member.value.string, "a scene's name")
      case "calvin_env": calvinEnv = try required(member.value.string, "a path")
      case "dataset": dataset = try required(member.value.string, "a path")
      case "renderer":
        renderer = try required(
          member.value.string.flatMap(RendererChoice.init),
          "one of " + RendererChoice.allCases.map(\.rawValue).joined(separator: ", "))
      case "gpu":
        gpu = try required(member.value.integer.flatMap { $0 >= 0 ? $0 : nil }, "0 or more")
      case "depth_bits":
        settings.depthBits = try required(
          member.value.integer.flatMap { [16, 24].contains($0) ? $0 : nil }, "16 or 24")
      case "shadows":
        guard case .bool(let shadows) = member.value else {
          throw Self.error("shadows: expected true or false")
        }
        settings.shadows = shadows
      case "seed":
        seed = try required(member.value.integer.flatMap { UInt32(exactly: $0) }, "0...2^32-1")
      default: throw Self.error("there is no option '\(member.key)'")
      }
    }
  }

  private static func error(_ message: String) -> SimulatorError {
    SimulatorError(CALVIN_BAD_INPUT, "options: \(message)")
  }

  /// Reads the scene.
  func loadAssets() throws -> SceneAssets {
    let root = try calvinEnv.map { try AssetRoot(calvinEnv: $0) } ?? .embedded(executable: program)
    let config = try dataset.map { try SceneAssets.datasetConfig(in: $0) }
    return try SceneAssets.load(root: root, scene: scene, datasetConfig: config)
  }

  /// Reads the tasks that ship with the program.
  func loadTasks() throws -> TaskLibrary {
    try TaskLibrary(
      folder: try PackageFolder.path(
        of: "Tasks", holding: ["tasks.yaml", "skills.yaml"], executable: program))
  }

  /// What `Scenes/` and `Tasks/` are looked for beside and above of.
  private var program: String { home + "/program" }
}

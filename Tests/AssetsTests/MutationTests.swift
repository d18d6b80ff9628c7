import Testing

@testable import Assets

/// Damaged files are refused with their name and a reason, or read: they never crash.
@Suite struct MutationTests {
  /// A file and how many damaged copies of it to read.
  struct Subject: Sendable, CustomTestStringConvertible {
    var path: String
    var copies: Int
    var testDescription: String { path.split(separator: "/").suffix(3).joined(separator: "/") }
  }

  private static let embedded: [Subject] = {
    let data = "\(packageRoot)/Scenes/data"
    let conf = "\(packageRoot)/Scenes/conf"
    return [
      Subject(path: "\(data)/arm/panda_longer_finger.urdf", copies: 150),
      Subject(path: "\(data)/table_D/urdf/table_D.urdf", copies: 150),
      Subject(path: "\(data)/blocks/meshes/small.obj", copies: 150),
      Subject(path: "\(data)/table/meshes/drawer_collision.obj", copies: 80),
      Subject(path: "\(data)/table_D/meshes/wood.mtl", copies: 300),
      Subject(path: "\(data)/table/meshes/led_collision.stl", copies: 300),
      Subject(path: "\(data)/arm/meshes/palette.png", copies: 400),
      Subject(path: "\(conf)/scene/calvin_scene_D.yaml", copies: 150),
      Subject(path: "\(conf)/robot/panda_longer_finger.yaml", copies: 150),
      Subject(path: "\(conf)/cameras/cameras/static.yaml", copies: 150),
    ]
  }()

  private static let official: [Subject] = {
    guard let root = OfficialAssets.root else { return [] }
    let data = "\(root.path)/data"
    return [
      Subject(path: "\(data)/franka_panda/panda_longer_finger.urdf", copies: 150),
      Subject(path: "\(data)/calvin_table_D/urdf/calvin_table_D.urdf", copies: 150),
      Subject(path: "\(data)/calvin_table_D/meshes/base_link.obj", copies: 60),
      Subject(path: "\(data)/franka_panda/meshes/collision/link6.obj", copies: 15),
      Subject(path: "\(data)/franka_panda/meshes/visual/link3.mtl", copies: 300),
      Subject(path: "\(data)/calvin_table_D/meshes/button_link.STL", copies: 200),
      Subject(path: "\(data)/plane/checker_blue.png", copies: 200),
      Subject(path: "\(root.path)/conf/scene/calvin_scene_D.yaml", copies: 150),
      Subject(path: "\(root.path)/conf/robot/panda.yaml", copies: 150),
    ] + (OfficialAssets.datasetConfig.map { [Subject(path: $0, copies: 80)] } ?? [])
  }()

  @Test(arguments: embedded)
  func damagedEmbeddedFilesNeverCrash(subject: Subject) throws {
    try readDamagedCopies(subject)
  }

  @Test(.enabled(if: OfficialAssets.arePresent, "needs ../shared/calvin_env"), arguments: official)
  func damagedOfficialFilesNeverCrash(subject: Subject) throws {
    try readDamagedCopies(subject)
  }

  private func readDamagedCopies(_ subject: Subject) throws {
    let bytes = try fileBytes(subject.path)
    try read(bytes, subject.path)
    var generator = SplitMix(state: 2024)
    var refused = 0
    for copy in 0..<subject.copies {
      let damaged = damage(bytes, kind: copy % 5, &generator)
      do {
        try read(damaged, subject.path)
      } catch let error as AssetError {
        refused += 1
        #expect(error.file == subject.path && !error.message.isEmpty)
      }
    }
    #expect(refused > 0, "no damage was noticed")
  }

  private func damage(_ bytes: [UInt8], kind: Int, _ generator: inout SplitMix) -> [UInt8] {
    var result = bytes
    let place = Int(generator.next() % UInt64(bytes.count))
    switch kind {
    case 0:
      for _ in 0..<(1 + generator.next() % 8) {
        let index = Int(generator.next() % UInt64(bytes.count))
        result[index] ^= 1 << UInt8(generator.next() % 8)
      }
    case 1: result.removeSubrange(place...)
    case 2: result = withoutLine(at: place, bytes)
    case 3: result[place] = UInt8(truncatingIfNeeded: generator.next())
    default:
      let from = Int(generator.next() % UInt64(bytes.count))
      let count = Int(generator.next() % 40)
      result.insert(contentsOf: bytes[from..<min(from + count, bytes.count)], at: place)
    }
    return result
  }

  private func withoutLine(at place: Int, _ bytes: [UInt8]) -> [UInt8] {
    let newline = UInt8(ascii: "\n")
    let start = bytes[..<place].lastIndex(of: newline).map { $0 + 1 } ?? 0
    let end = bytes[place...].firstIndex(of: newline).map { $0 + 1 } ?? bytes.count
    return Array(bytes[..<start] + bytes[end...])
  }

  private func read(_ bytes: [UInt8], _ path: String) throws {
    switch path.lowercased().split(separator: ".").last {
    case "urdf": _ = try URDFModel(urdf: bytes, path: path)
    case "obj": _ = try OBJModel(obj: bytes, file: path)
    case "mtl": _ = try MTLMaterial.materials(mtl: bytes, file: path)
    case "stl": _ = try STLModel(stl: bytes, file: path)
    case "png": _ = try Bitmap(png: bytes, file: path).rgb()
    default: try readConfig(bytes, path)
    }
  }

  private func readConfig(_ bytes: [UInt8], _ path: String) throws {
    let config = ConfigReader(try ConfigValue.document(yaml: bytes, file: path))
    if path.contains("/scene/") {
      _ = try SceneDescription(config, name: "D")
    } else if path.contains("/robot/") {
      _ = try RobotDescription(config)
    } else if path.contains("/cameras/") {
      _ = try CameraDescription(config, name: "static")
    } else {
      _ = try SceneDescription(config.required("scene"), name: "D")
      _ = try RobotDescription(config.required("robot"))
      for (name, camera) in try config.required("cameras").entries() {
        _ = try CameraDescription(camera, name: name)
      }
    }
  }
}

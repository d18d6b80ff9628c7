import Foundation
import NumPy
import Testing

@testable import VLA

/// Where tests find files.
enum Fixtures {
  /// The package's root.
  static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  /// Recordings of RoboVLMs beside the package; may be absent.
  static let reference = "\(package)/../shared/reference/vla"

  static var hasReference: Bool {
    FileManager.default.fileExists(atPath: "\(reference)/README.md")
  }

  /// A compressed file of `Tests/Fixtures`.
  static func unpacked(_ name: String) throws -> [UInt8] {
    let path = "\(package)/Tests/Fixtures/\(name).gz"
    return try gunzip(try readFile(path), source: path)
  }

  static func json(_ bytes: [UInt8]) throws -> ExactJSON {
    try bytes.withUnsafeBytes { try ExactJSON(parsing: $0, file: "test") }
  }

  /// A new folder for one test.
  static func temporaryFolder() throws -> String {
    let path = FileManager.default.temporaryDirectory.path + "/vla-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }
}

/// SplitMix64: the tests' own source of chance.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

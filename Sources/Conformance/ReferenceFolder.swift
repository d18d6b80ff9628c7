import Foundation
import NumPy

/// A folder of recordings to compare with, and where to dump what was computed.
struct ReferenceFolder {
  let path: String

  /// The folder at `path`, which must exist.
  init(path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
    else { throw ConformanceError("\(path): expected a folder of recordings") }
    self.path = path
  }

  /// Names of the files that satisfy `isWanted`, sorted; none is an error.
  func files(_ expected: String, where isWanted: (String) -> Bool) throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: path).filter(isWanted).sorted()
    guard !names.isEmpty else { throw ConformanceError("\(path): holds no \(expected)") }
    return names
  }

  /// The bytes of a file in the folder.
  func bytes(_ name: String) throws -> [UInt8] { try readFile("\(path)/\(name)") }
}

/// Writes what was computed under the reference's file names.
struct DumpFolder {
  private let path: String?

  /// A folder that is made when needed; nil writes nothing.
  init(_ path: String?) throws {
    self.path = path
    if let path {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
  }

  /// True when files are written.
  var isWanted: Bool { path != nil }

  /// Writes a file.
  func write(_ bytes: @autoclosure () throws -> [UInt8], as name: String) throws {
    guard let path else { return }
    try writeFileAtomically(try bytes(), to: "\(path)/\(name)")
  }
}

import Foundation

/// The recordings beside the package, absent in a plain clone.
enum Recordings {
  static let dataset = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/reference/dataset").path
  static let exist = FileManager.default.fileExists(atPath: dataset)
}

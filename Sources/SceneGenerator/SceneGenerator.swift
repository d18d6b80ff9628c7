import Glibc

/// Makes the embedded scenes: `swift run SceneGenerator Scenes`. The same bytes on every run.
@main
enum SceneGenerator {
  static func main() {
    guard CommandLine.arguments.count == 2 else {
      print("usage: SceneGenerator FOLDER    (the checked-in folder is Scenes)")
      exit(64)
    }
    let folder = CommandLine.arguments[1]
    do {
      try checkIsOurs(folder)
      let files = try files()
      for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
        try write(bytes, to: "\(folder)/\(name)")
      }
      print("wrote \(files.count) files, \(files.values.reduce(0) { $0 + $1.count } / 1024) KiB")
    } catch {
      print("error: \(error)")
      exit(2)
    }
  }

  /// Every file of the embedded scenes by its path within the folder.
  static func files() throws -> [String: [UInt8]] {
    var files = Configurations.files()
    var data = try Table.sharedFiles().merging(Arm.files()) { first, _ in first }
    data.merge(try BlocksAndFloor.files()) { first, _ in first }
    for design in TableDesign.all {
      data.merge(try Table(design: design).files()) { first, _ in first }
    }
    files[marker] = Array(readme.utf8)
    data["arm/panda_longer_finger.urdf"] = ArmURDF.bytes()
    for (name, bytes) in data { files["data/\(name)"] = bytes }
    return files
  }

  private static let marker = "README.md"
  private static let readme = """
    # The embedded scenes

    Made by SceneGenerator: `swift run SceneGenerator Scenes`. Edit the generator, not these files.

    """

  /// Refuses folders with other content: the layout is calvin_env's, so a checkout given by mistake
  /// would lose its scene files.
  private static func checkIsOurs(_ folder: String) throws {
    guard let directory = opendir(folder) else { return }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    let isEmpty = count <= 2
    guard isEmpty || holdsOurMarker(folder) else {
      throw WriteError(
        description: "\(folder) holds files that this program did not make;"
          + " give a new or empty folder, or one it made before")
    }
  }

  private static func holdsOurMarker(_ folder: String) -> Bool {
    guard let file = fopen("\(folder)/\(marker)", "rb") else { return false }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: readme.utf8.count + 1)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count)) == Array(readme.utf8)
  }

  private struct WriteError: Error, CustomStringConvertible {
    var description: String
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    var end = path.startIndex
    while let slash = path[end...].firstIndex(of: "/") {
      if slash > path.startIndex { mkdir(String(path[..<slash]), 0o755) }
      end = path.index(after: slash)
    }
    guard let file = fopen(path, "wb") else {
      throw WriteError(description: "cannot write \(path): \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw WriteError(description: "cannot write \(path)")
    }
  }
}

import Glibc

/// Folders that ship with the program (`Scenes/`, `Tasks/`): beside the executable or in a folder
/// above it.
public enum PackageFolder {
  /// Path of the nearest folder `name` that holds all of `entries` (files or folders); the error
  /// lists the places tried.
  public static func path(
    of name: String, holding entries: [String], executable: String? = nil
  ) throws(AssetError) -> String {
    var tried: [String] = []
    var place = folder(of: executable ?? pathOfThisProgram())
    while true {
      let candidate = place == "/" ? "/\(name)" : "\(place)/\(name)"
      if entries.allSatisfy({ isFolder("\(candidate)/\($0)") || isFile("\(candidate)/\($0)") }) {
        return candidate
      }
      tried.append(candidate)
      let parent = folder(of: place)
      guard parent != place, place != "." else { break }
      place = parent
    }
    throw AssetError(
      file: name,
      message: "the folder that ships with the program was not found; expected it at one of: "
        + tried.joined(separator: ", "))
  }
}

private func pathOfThisProgram() -> String {
  let path = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
    guard let start = buffer.baseAddress else { return [UInt8]() }
    let count = readlink("/proc/self/exe", start, buffer.count)
    return buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
  }
  return String(decoding: path, as: UTF8.self)
}

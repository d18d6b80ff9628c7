import Foundation

/// Files that are either as before or complete, whenever the machine stops.
public enum DurableFile {
  /// Replaces `path` by `bytes`: written beside it, flushed to the disk, renamed over it, and the
  /// folder flushed. A link stays one and leads to the new file; a device or pipe is written to.
  public static func write(_ bytes: some Collection<UInt8>, to path: String) throws(ResultsError) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      return try replace(path, by: bytes)
    }
    guard status.st_mode & S_IFMT == S_IFREG else { return try send(bytes, to: path) }
    guard let target = realpath(path, nil) else {
      throw .system(operation: "find", path: path, code: errno)
    }
    defer { free(target) }
    try replace(String(cString: target), by: bytes)
  }

  private static func send(
    _ bytes: some Collection<UInt8>, to path: String
  ) throws(ResultsError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(operation: "open", path: path, code: errno) }
    defer { close(descriptor) }
    try writeAll(Array(bytes), to: descriptor, path: path)
  }

  private static func replace(
    _ path: String, by bytes: some Collection<UInt8>
  ) throws(ResultsError) {
    let temporary = "\(path)\(temporaryMark)\(getpid()).\(pthread_self())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system(operation: "create", path: path, code: errno) }
    do throws(ResultsError) {
      defer { close(descriptor) }
      try writeAll(Array(bytes), to: descriptor, path: path)
      guard fsync(descriptor) == 0 else {
        throw .system(operation: "flush", path: path, code: errno)
      }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let code = errno
      unlink(temporary)
      throw .system(operation: "replace", path: path, code: code)
    }
    try flushFolder(of: path)
  }

  /// Between a file's name and the process's number in the name of a file not yet complete.
  private static let temporaryMark = ".tmp."

  /// Removes what killed processes left of files in `folder` that never became complete. No other
  /// process may be writing there.
  public static func removeIncomplete(in folder: String) throws(ResultsError) {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
    for name in names where name.contains(temporaryMark) {
      let path = folder + "/" + name
      guard unlink(path) == 0 || errno == ENOENT else {
        throw .system(operation: "remove", path: path, code: errno)
      }
    }
  }

  /// Replaces `path` by `text` as UTF-8.
  public static func write(_ text: String, to path: String) throws(ResultsError) {
    try write(Array(text.utf8), to: path)
  }

  /// The bytes of a file.
  public static func read(_ path: String) throws(ResultsError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(operation: "read", path: path, code: errno) }
    defer { close(descriptor) }
    return try readAll(from: descriptor, path: path)
  }

  /// Creates a folder with its parents; an existing one is fine.
  public static func createFolder(_ path: String) throws(ResultsError) {
    if mkdir(path, 0o755) == 0 { return }
    var code = errno
    if code == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try createFolder(String(path[..<slash]))
      if mkdir(path, 0o755) == 0 { return }
      code = errno
    }
    var status = stat()
    if code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    throw .system(operation: "create the folder", path: path, code: code == EEXIST ? ENOTDIR : code)
  }

  static func readAll(from descriptor: Int32, path: String) throws(ResultsError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system(operation: "read", path: path, code: errno) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  static func writeAll(
    _ bytes: [UInt8], to descriptor: Int32, path: String
  ) throws(ResultsError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Foundation.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system(operation: "write", path: path, code: errno) }
      written += count
    }
  }

  static func flushFolder(of path: String) throws(ResultsError) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(operation: "open", path: folder, code: errno) }
    defer { close(descriptor) }
    // Some network file systems cannot flush a folder; the file itself is flushed already.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
      throw .system(operation: "flush", path: folder, code: errno)
    }
  }
}

import Foundation

/// Reads a whole file.
public func readFile(_ path: String) throws(NumPyError) -> [UInt8] {
  let file = try FileBytes(path: path)
  return try file.read(at: 0, count: file.size)
}

/// Writes a file so that it is either complete or absent: bytes go to a neighbour, which is then
/// renamed. Missing parent folders are an error.
public func writeFileAtomically(_ bytes: [UInt8], to path: String) throws(NumPyError) {
  let neighbour = "\(path).part-\(getpid())"
  let descriptor = open(neighbour, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else {
    throw NumPyError(path, "cannot be written: \(systemMessage())")
  }
  var failure: String?
  bytes.withUnsafeBytes { buffer in
    var at = 0
    while at < buffer.count {
      let written = write(descriptor, buffer.baseAddress.map { $0 + at }, buffer.count - at)
      if written < 0 && errno == EINTR { continue }
      if written <= 0 {
        failure = systemMessage()
        return
      }
      at += written
    }
  }
  if close(descriptor) != 0, failure == nil { failure = systemMessage() }
  if failure == nil, rename(neighbour, path) != 0 { failure = systemMessage() }
  if let failure {
    unlink(neighbour)
    throw NumPyError(path, "cannot be written: \(failure)")
  }
}

private func systemMessage() -> String { String(cString: strerror(errno)) }

/// Random access to the bytes of a file, or of memory in tests.
final class FileBytes: Sendable {
  let source: String
  let size: Int
  private let descriptor: Int32
  private let memory: [UInt8]

  init(path: String) throws(NumPyError) {
    source = path
    memory = []
    // A pipe that nobody writes to would be waited for; it is refused below instead.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw NumPyError(path, "cannot be opened: \(systemMessage())")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw NumPyError(path, "is not a regular file")
    }
    size = Int(status.st_size)
  }

  init(bytes: [UInt8], source: String) {
    self.source = source
    size = bytes.count
    descriptor = -1
    memory = bytes
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// `count` bytes from `offset`, all of them or an error.
  func read(at offset: Int, count: Int) throws(NumPyError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
      throw NumPyError(
        source, "ends at byte \(size), but \(count) bytes are needed at \(offset)")
    }
    if descriptor < 0 { return Array(memory[offset..<(offset + count)]) }
    var failure: String?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, count - filled,
          off_t(offset + filled))
        if got < 0 && errno == EINTR { continue }
        if got <= 0 {
          failure = got < 0 ? systemMessage() : "the file became shorter while it was read"
          return
        }
        filled += got
      }
    }
    if let failure { throw NumPyError(source, "cannot be read: \(failure)") }
    return bytes
  }
}

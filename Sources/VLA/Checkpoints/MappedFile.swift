import Foundation

/// A file mapped into memory, read-only; pages are read when touched and shared between processes.
public final class MappedFile: @unchecked Sendable {
  /// The path as given.
  public let path: String
  /// The file's bytes; valid while this object lives. Nobody writes them.
  public let bytes: UnsafeRawBufferPointer

  /// Maps the file at `path`.
  public init(path: String) throws(VLAError) {
    self.path = path
    // Without waiting: a pipe nobody writes to would never open.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw VLAError(path, nil, "cannot be opened: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw VLAError(path, nil, "is not a regular file")
    }
    let size = Int(status.st_size)
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
      address != MAP_FAILED
    else {
      throw VLAError(path, nil, "cannot be mapped: \(String(cString: strerror(errno)))")
    }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
  }

  /// Gives back the memory of the pages that lie wholly in `part`; they are read again when touched.
  public func forget(_ part: UnsafeRawBufferPointer) {
    guard let base = part.baseAddress else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = (Int(bitPattern: base) + page - 1) / page * page
    let end = (Int(bitPattern: base) + part.count) / page * page
    guard end > start, let address = UnsafeMutableRawPointer(bitPattern: start) else { return }
    madvise(address, end - start, MADV_DONTNEED)
  }

  deinit {
    if let base = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }
}

import Glibc

/// The bytes of a regular file; the error says what the system said.
func readFile(_ path: String) throws(AssetError) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw systemError("cannot open", path) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw systemError("cannot examine", path) }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw AssetError(file: path, message: "expected a regular file")
  }
  let size = Int(status.st_size)
  var failed = false
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, used in
    while used < size {
      let count = read(descriptor, buffer.baseAddress.map { $0 + used }, size - used)
      if count <= 0 {
        failed = true
        return
      }
      used += count
    }
  }
  guard !failed else { throw systemError("cannot read", path) }
  return bytes
}

/// Replaces the file's content.
func writeFile(_ bytes: [UInt8], to path: String) throws(AssetError) {
  guard let file = fopen(path, "wb") else { throw systemError("cannot write", path) }
  let written = fwrite(bytes, 1, bytes.count, file)
  guard fclose(file) == 0, written == bytes.count else { throw systemError("cannot write", path) }
}

func isFile(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Names in a folder that end in `suffix`, sorted; empty when there is no such folder.
func names(in folder: String, suffix: String) -> [String] {
  guard let directory = opendir(folder) else { return [] }
  defer { closedir(directory) }
  var result: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name.hasSuffix(suffix) { result.append(name) }
  }
  return result.sorted()
}

/// Everything before the last slash, "." when there is none.
func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The path without "." and "name/.." parts, for display and digests only: it ignores links.
func normalized(_ path: String) -> String {
  var parts: [Substring] = []
  for part in path.split(separator: "/") where part != "." {
    if part == "..", let last = parts.last, last != ".." {
      parts.removeLast()
    } else {
      parts.append(part)
    }
  }
  return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
}

private func systemError(_ what: String, _ path: String) -> AssetError {
  AssetError(file: path, message: "\(what) it: \(String(cString: strerror(errno)))")
}

/// An npz file: named arrays in a zip archive, read lazily by name.
public struct NPZArchive: Sendable {
  /// The file's path, as given.
  public let source: String
  /// Names of the arrays in the archive's order, without `.npy`.
  public let names: [String]
  private let archive: ZipArchive
  private let members: [String: ZipArchive.Member]

  /// Opens the file at `path`; only the directory is read.
  public init(path: String) throws(NumPyError) {
    try self.init(try ZipArchive(path: path))
  }

  /// An npz file in memory; `source` names it in errors.
  public init(bytes: [UInt8], source: String) throws(NumPyError) {
    try self.init(try ZipArchive(bytes: bytes, source: source))
  }

  private init(_ archive: ZipArchive) throws(NumPyError) {
    self.archive = archive
    source = archive.source
    var names: [String] = []
    var members: [String: ZipArchive.Member] = [:]
    for member in archive.members where member.name.hasSuffix(".npy") {
      let name = String(member.name.dropLast(4))
      guard members.updateValue(member, forKey: name) == nil else {
        throw NumPyError(archive.source, "holds the array '\(name)' twice")
      }
      names.append(name)
    }
    self.names = names
    self.members = members
  }

  /// True when an array of this name is there.
  public func contains(_ name: String) -> Bool { members[name] != nil }

  /// The named array; an absent name is an error that lists what is there.
  ///
  /// - Parameter limit: Bytes, header included, above which it is refused unread.
  public func array(_ name: String, limit: Int = .max) throws(NumPyError) -> NPYArray {
    guard let member = members[name] else {
      let there = names.joined(separator: ", ")
      throw NumPyError(source, "has no array '\(name)'; it holds: \(there)")
    }
    guard member.size <= limit else {
      throw NumPyError(
        "\(source)/\(name)", "has \(member.size) bytes, more than the \(limit) that it may have")
    }
    return try parseNPY(try archive.contents(of: member), source: "\(source)/\(name)")
  }
}

/// How an npz file's arrays are packed.
public enum NPZPacking: Sendable, Equatable {
  /// As they are, as `numpy.savez` does.
  case stored
  /// Deflated at level 1 (fast) to 12 (small), as `numpy.savez_compressed` does at zlib's 6.
  case deflated(level: Int)
}

/// Makes npz files one after the other; belongs to one thread.
public final class NPZWriter {
  private let compressor: Compressor?

  /// A writer of files packed like this.
  public init(_ packing: NPZPacking) throws(NumPyError) {
    switch packing {
    case .stored: compressor = nil
    case .deflated(let level): compressor = try Compressor(level: level)
    }
  }

  /// The bytes of an npz file of these arrays, in this order. Equal input gives equal bytes: members
  /// carry numpy's fixed date (1980-01-01).
  public func bytes(
    of arrays: [(name: String, array: NPYArray)]
  ) throws(NumPyError) -> [UInt8] {
    var archive: [UInt8] = []
    archive.reserveCapacity(arrays.reduce(1024) { $0 + $1.array.count * $1.array.dtype.size + 384 })
    var directory: [UInt8] = []
    for (name, array) in arrays {
      let unpacked = array.npyBytes()
      let packed = try compressor?.deflate(unpacked, source: name) ?? unpacked
      let file = Array("\(name).npy".utf8)
      guard UInt32(exactly: unpacked.count) != nil, UInt32(exactly: archive.count) != nil else {
        throw NumPyError(name, "an npz file above 4 GiB is not written")
      }
      // Version, flags, method, time, date, checksum, sizes, name length: shared by both headers.
      let method = compressor == nil ? 0 : 8
      var fields = littleEndian(20, 2) + littleEndian(0, 2) + littleEndian(method, 2)
      fields += littleEndian(0, 2) + littleEndian(0x21, 2)
      fields += littleEndian(Int(crc32(unpacked)), 4) + littleEndian(packed.count, 4)
      fields += littleEndian(unpacked.count, 4) + littleEndian(file.count, 2) + littleEndian(0, 2)
      directory += littleEndian(0x0201_4b50, 4) + littleEndian(20, 2) + fields
      directory += littleEndian(0, 2) + littleEndian(0, 2) + littleEndian(0, 2)
      directory += littleEndian(0, 4) + littleEndian(archive.count, 4) + file
      archive += littleEndian(0x0403_4b50, 4) + fields + file + packed
    }
    let offset = archive.count
    archive += directory
    archive += littleEndian(0x0605_4b50, 4) + littleEndian(0, 4)
    archive += littleEndian(arrays.count, 2) + littleEndian(arrays.count, 2)
    archive += littleEndian(directory.count, 4) + littleEndian(offset, 4) + littleEndian(0, 2)
    return archive
  }
}

/// The bytes of an npz file of these arrays, in this order.
///
/// - Parameter compressed: Deflated as `numpy.savez_compressed` does, else stored as `savez`.
public func npzBytes(
  _ arrays: [(name: String, array: NPYArray)], compressed: Bool = true
) throws(NumPyError) -> [UInt8] {
  try NPZWriter(compressed ? .deflated(level: 6) : .stored).bytes(of: arrays)
}

/// Writes an npz file atomically.
public func writeNPZ(
  _ arrays: [(name: String, array: NPYArray)], to path: String, compressed: Bool = true
) throws(NumPyError) {
  try writeFileAtomically(try npzBytes(arrays, compressed: compressed), to: path)
}

private func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

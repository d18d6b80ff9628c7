/// A zip archive read lazily: opening reads the directory at the end, a member is read when asked
/// for. Stored and deflated members, zip64 sizes; no encryption. PyTorch checkpoints and npz files
/// are such archives.
public struct ZipArchive: Sendable {
  /// Where a member lies and how it is packed.
  public struct Member: Sendable, Equatable {
    /// Path inside the archive.
    public let name: String
    /// Bytes once unpacked.
    public let size: Int
    let compressedSize: Int
    let isDeflated: Bool
    let checksum: UInt32
    let headerOffset: Int

    /// True when the archive holds the bytes as they are, at `dataOffset(of:)`.
    public var isStored: Bool { !isDeflated }
  }

  /// The file's path, as given.
  public let source: String
  /// Members in the order of the directory.
  public let members: [Member]
  private let file: FileBytes

  /// Opens the archive at `path` and reads its directory.
  public init(path: String) throws(NumPyError) {
    try self.init(file: try FileBytes(path: path))
  }

  /// An archive in memory; `source` names it in errors.
  public init(bytes: [UInt8], source: String) throws(NumPyError) {
    try self.init(file: FileBytes(bytes: bytes, source: source))
  }

  private init(file: FileBytes) throws(NumPyError) {
    self.file = file
    source = file.source
    members = try readDirectory(of: file)
  }

  /// The member's unpacked bytes; its checksum is verified.
  public func bytes(of member: Member) throws(NumPyError) -> [UInt8] {
    Array(try contents(of: member))
  }

  /// The same as a part of what was read, so that stored members are not copied.
  func contents(of member: Member) throws(NumPyError) -> ArraySlice<UInt8> {
    let name = "\(source)/\(member.name)"
    let packed = try packedBytes(of: member)
    let unpacked =
      member.isDeflated ? try inflate(packed, size: member.size, source: name)[...] : packed
    guard crc32(unpacked) == member.checksum else {
      throw NumPyError(name, "checksum differs: the data is damaged")
    }
    return unpacked
  }

  /// Header and data are read at once: a header's name is the directory's, its extra fields are few.
  private func packedBytes(of member: Member) throws(NumPyError) -> ArraySlice<UInt8> {
    let guess = 30 + member.name.utf8.count + 32 + member.compressedSize
    let block = try file.read(
      at: member.headerOffset, count: min(guess, file.size - member.headerOffset))
    guard block.count >= 30 else {
      throw NumPyError("\(source)/\(member.name)", "the archive ends inside this member")
    }
    let start = try dataOffset(of: member, header: block) - member.headerOffset
    if start + member.compressedSize <= block.count {
      return block[start..<(start + member.compressedSize)]
    }
    return try file.read(at: member.headerOffset + start, count: member.compressedSize)[...]
  }

  /// File offset of a member's data, for reading a stored member without unpacking.
  public func dataOffset(of member: Member) throws(NumPyError) -> Int {
    try dataOffset(of: member, header: try file.read(at: member.headerOffset, count: 30))
  }

  private func dataOffset(of member: Member, header: [UInt8]) throws(NumPyError) -> Int {
    let name = "\(source)/\(member.name)"
    guard little(header, 0, 4) == 0x0403_4b50 else {
      throw NumPyError(name, "no zip member begins at byte \(member.headerOffset)")
    }
    let start = member.headerOffset + 30 + little(header, 26, 2) + little(header, 28, 2)
    guard start <= file.size, member.compressedSize <= file.size - start else {
      throw NumPyError(name, "the archive ends inside this member")
    }
    return start
  }
}

/// The number of `count` little-endian bytes at `offset`, which must exist.
private func little(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
  var value: UInt64 = 0
  for index in 0..<count { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
  return Int(clamping: value)
}

private func readDirectory(of file: FileBytes) throws(NumPyError) -> [ZipArchive.Member] {
  let tail = try FileTail(of: file)
  let (offset, size, count) = try locateDirectory(of: file, tail)
  guard offset <= file.size, size <= file.size - offset else {
    throw NumPyError(file.source, "the zip directory lies outside the file")
  }
  let bytes =
    offset >= tail.offset
    ? Array(tail.bytes[(offset - tail.offset)..<(offset - tail.offset + size)])
    : try file.read(at: offset, count: size)
  var members: [ZipArchive.Member] = []
  var at = 0
  for _ in 0..<count {
    guard at + 46 <= bytes.count, little(bytes, at, 4) == 0x0201_4b50 else {
      throw NumPyError(file.source, "the zip directory is damaged at entry \(members.count)")
    }
    let nameEnd = at + 46 + little(bytes, at + 28, 2)
    let extraEnd = nameEnd + little(bytes, at + 30, 2)
    guard extraEnd <= bytes.count else {
      throw NumPyError(file.source, "the zip directory ends inside entry \(members.count)")
    }
    let name = String(decoding: bytes[(at + 46)..<nameEnd], as: UTF8.self)
    let flags = little(bytes, at + 8, 2)
    let method = little(bytes, at + 10, 2)
    guard flags & 1 == 0, method == 0 || method == 8 else {
      throw NumPyError(
        "\(file.source)/\(name)",
        flags & 1 == 0
          ? "zip method \(method) is not supported (0 stored, 8 deflated)" : "is encrypted")
    }
    var unpacked = little(bytes, at + 24, 4)
    var packed = little(bytes, at + 20, 4)
    var header = little(bytes, at + 42, 4)
    // zip64: each 32-bit field that is all ones has its value in the extra block, in this order.
    var extra = nameEnd
    while extra + 4 <= extraEnd {
      let end = extra + 4 + little(bytes, extra + 2, 2)
      guard end <= extraEnd else { break }
      if little(bytes, extra, 2) == 1 {
        var next = extra + 4
        func take(_ field: inout Int) {
          guard field == 0xffff_ffff, next + 8 <= end else { return }
          field = little(bytes, next, 8)
          next += 8
        }
        take(&unpacked)
        take(&packed)
        take(&header)
      }
      extra = end
    }
    // Deflate shrinks at most about 1032 to 1: a larger claim is damage, not a reason to allocate.
    guard
      header < file.size, packed <= file.size - header,
      method == 0 ? unpacked == packed : unpacked / 1100 <= packed
    else {
      throw NumPyError(
        "\(file.source)/\(name)", "sizes in the zip directory cannot be right")
    }
    members.append(
      ZipArchive.Member(
        name: name, size: unpacked, compressedSize: packed, isDeflated: method == 8,
        checksum: UInt32(little(bytes, at + 16, 4)), headerOffset: header))
    at = extraEnd + little(bytes, at + 32, 2)
  }
  return members
}

/// The end of a file, where a small archive's whole directory lies.
private struct FileTail {
  let offset: Int
  let bytes: [UInt8]

  init(of file: FileBytes, count: Int = 1024) throws(NumPyError) {
    let count = min(count, file.size)
    offset = file.size - count
    bytes = try file.read(at: offset, count: count)
  }
}

private func locateDirectory(
  of file: FileBytes, _ end: FileTail
) throws(NumPyError) -> (offset: Int, size: Int, count: Int) {
  // A comment may follow the record: look among the last bytes before reading 64 KiB.
  for isLast in [false, true] {
    let end = isLast ? try FileTail(of: file, count: 22 + 65_535) : end
    let (base, tail) = (end.offset, end.bytes)
    var at = tail.count - 22
    while at >= 0 {
      if little(tail, at, 4) == 0x0605_4b50 {
        let plain = (little(tail, at + 16, 4), little(tail, at + 12, 4), little(tail, at + 10, 2))
        guard plain.0 == 0xffff_ffff || plain.1 == 0xffff_ffff || plain.2 == 0xffff else {
          return plain
        }
        return try locateZip64Directory(of: file, before: base + at)
      }
      at -= 1
    }
  }
  throw NumPyError(file.source, "is no zip archive, or its end is cut off")
}

private func locateZip64Directory(
  of file: FileBytes, before end: Int
) throws(NumPyError) -> (offset: Int, size: Int, count: Int) {
  let locator = try file.read(at: max(0, end - 20), count: min(20, end))
  guard locator.count == 20, little(locator, 0, 4) == 0x0706_4b50 else {
    throw NumPyError(file.source, "the zip64 directory locator is missing")
  }
  let record = try file.read(at: little(locator, 8, 8), count: 56)
  guard little(record, 0, 4) == 0x0606_4b50 else {
    throw NumPyError(file.source, "the zip64 directory record is missing")
  }
  return (little(record, 48, 8), little(record, 40, 8), little(record, 32, 8))
}

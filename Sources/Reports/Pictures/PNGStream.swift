import CCodecs

/// A PNG file under construction: signature, then chunks with their checksums.
struct PNGStream {
  /// The file so far.
  private(set) var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Appends the chunk `type` (four ASCII letters) with these contents.
  mutating func append(_ type: StaticString, _ contents: [UInt8]) {
    var chunk = type.withUTF8Buffer { Array($0) }
    precondition(chunk.count == 4)
    chunk += contents
    bytes += bigEndian(UInt32(contents.count))
    bytes += chunk
    bytes += bigEndian(ccodecs_crc32(chunk, chunk.count))
  }

  /// The header of a picture with one palette index per pixel.
  mutating func appendIndexedHeader(width: Int, height: Int) {
    append("IHDR", bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 3, 0, 0, 0])
  }
}

/// The four bytes of `value`, most significant first.
func bigEndian(_ value: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
}

/// The two bytes of `value`, most significant first.
func bigEndian(_ value: UInt16) -> [UInt8] {
  [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
}

/// `bytes` as a zlib stream: header, deflated data, Adler-32.
func zlibStream(_ bytes: [UInt8], level: Int) -> [UInt8] {
  [0x78, 0x9C] + deflated(bytes, level: level) + bigEndian(adler32(bytes))
}

/// `bytes` as a raw deflate stream.
func deflated(_ bytes: [UInt8], level: Int) -> [UInt8] {
  var compressor: OpaquePointer?
  var status = ccodecs_compressor_create(Int32(level), &compressor)
  precondition(status == 0, "only memory can run out")
  defer { ccodecs_compressor_free(compressor) }
  let capacity = ccodecs_compressor_bound(compressor, bytes.count)
  let output = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
    status = ccodecs_compressor_deflate(
      compressor, bytes, bytes.count, output.baseAddress, capacity, &count)
  }
  precondition(status == 0, "the bound suffices")
  return output
}

/// The `size` bytes that `deflated` was given.
func inflated(_ stream: [UInt8], size: Int) -> [UInt8] {
  var status: Int32 = 0
  let output = [UInt8](unsafeUninitializedCapacity: size) { output, count in
    status = ccodecs_deflate_inflate(stream, stream.count, output.baseAddress, size, &count)
  }
  precondition(status == 0 && output.count == size, "the stream is our own")
  return output
}

/// Adler-32 of `bytes`. Source: RFC 1950.
private func adler32(_ bytes: [UInt8]) -> UInt32 {
  var a: UInt32 = 1
  var b: UInt32 = 0
  // 5552 is the longest run that cannot overflow 32 bits.
  for start in stride(from: 0, to: bytes.count, by: 5552) {
    for byte in bytes[start..<min(start + 5552, bytes.count)] {
      a &+= UInt32(byte)
      b &+= a
    }
    a %= 65521
    b %= 65521
  }
  return b << 16 | a
}

/// Picture rows with PNG's filter byte 0 before each: `[height, 1 + width]`.
func unfilteredRows(_ indices: [UInt8], width: Int) -> [UInt8] {
  var rows: [UInt8] = []
  rows.reserveCapacity(indices.count + indices.count / max(1, width))
  for start in stride(from: 0, to: indices.count, by: width) {
    rows.append(0)
    rows += indices[start..<start + width]
  }
  return rows
}

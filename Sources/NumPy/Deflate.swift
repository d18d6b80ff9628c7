import CCodecs

/// Inflates a raw deflate stream that must give exactly `size` bytes.
func inflate(
  _ bytes: ArraySlice<UInt8>, size: Int, source: String
) throws(NumPyError) -> [UInt8] {
  var status: Int32 = 0
  let output = [UInt8](unsafeUninitializedCapacity: size) { target, filled in
    bytes.withUnsafeBufferPointer { input in
      status = ccodecs_deflate_inflate(
        input.baseAddress, input.count, target.baseAddress, size, &filled)
    }
  }
  guard status == 0, output.count == size else {
    throw NumPyError(
      source, "compressed data is damaged (got \(output.count) bytes, expected \(size))")
  }
  return output
}

/// Deflates bytes as raw streams of one level; its tables are allocated once. Belongs to one thread.
final class Compressor {
  private let handle: OpaquePointer

  /// A compressor of `level` 1 (fast) to 12 (small).
  init(level: Int) throws(NumPyError) {
    var handle: OpaquePointer?
    guard ccodecs_compressor_create(Int32(level), &handle) == 0, let handle else {
      throw NumPyError("compressor", "cannot be made for level \(level), expected 1 to 12")
    }
    self.handle = handle
  }

  deinit { ccodecs_compressor_free(handle) }

  /// `bytes` as a raw deflate stream; equal input gives equal bytes.
  func deflate(_ bytes: [UInt8], source: String) throws(NumPyError) -> [UInt8] {
    let capacity = ccodecs_compressor_bound(handle, bytes.count)
    return try output(of: bytes, capacity: capacity, source: source) {
      ccodecs_compressor_deflate(handle, $0, $1, $2, $3, $4)
    }
  }
}

/// The contents of gzip bytes; several members follow each other as in `cat a.gz b.gz`.
public func gunzip(
  _ bytes: [UInt8], limit: Int = 1 << 31, source: String
) throws(NumPyError) -> [UInt8] {
  var output: UnsafeMutablePointer<UInt8>?
  var written = 0
  let status = ccodecs_gzip_decompress(bytes, bytes.count, limit, &output, &written)
  defer { ccodecs_gzip_free(output) }
  switch status {
  case 0: return Array(UnsafeBufferPointer(start: output, count: written))
  case 2: throw NumPyError(source, "expands to more than \(limit) bytes")
  case 4: throw NumPyError(source, "gzip data ends early")
  default: throw NumPyError(source, "gzip data is damaged")
  }
}

/// Bytes as one gzip member without time or name: equal input, equal output.
public func gzip(_ bytes: [UInt8]) throws(NumPyError) -> [UInt8] {
  try output(of: bytes, capacity: ccodecs_gzip_bound(bytes.count), source: "gzip") {
    ccodecs_gzip_compress($0, $1, 6, $2, $3, $4)
  }
}

/// CRC-32 of bytes, as zip stores it.
func crc32(_ bytes: some Collection<UInt8>) -> UInt32 {
  bytes.withContiguousStorageIfAvailable { ccodecs_crc32($0.baseAddress, $0.count) }
    ?? Array(bytes).withUnsafeBufferPointer { ccodecs_crc32($0.baseAddress, $0.count) }
}

private func output(
  of bytes: [UInt8], capacity: Int, source: String,
  _ run: (
    UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?, Int, UnsafeMutablePointer<Int>
  ) -> Int32
) throws(NumPyError) -> [UInt8] {
  var status: Int32 = 0
  let output = [UInt8](unsafeUninitializedCapacity: capacity) { target, filled in
    bytes.withUnsafeBufferPointer { input in
      status = run(input.baseAddress, input.count, target.baseAddress, capacity, &filled)
    }
  }
  guard status == 0 else {
    throw NumPyError(source, "cannot be compressed (\(bytes.count) bytes, status \(status))")
  }
  return output
}

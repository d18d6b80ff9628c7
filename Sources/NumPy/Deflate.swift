import CCodecs

/// Inflates a raw deflate stream that must give exactly `size` bytes.
func inflate(
  _ bytes: ArraySlice<UInt8>, size: Int, source: String
) throws(NumPyError) -> [UInt8] {
  var status: Int32 = 0
  let output = [UInt8](unsafeUninitializedCapacity: size) { target, filled in
    bytes.withUnsafeBufferPointer { input in
      status = ccodecs_zlib_inflate(
        input.baseAddress, input.count, target.baseAddress, size, &filled)
    }
  }
  guard status == 0, output.count == size else {
    throw NumPyError(
      source, "compressed data is damaged (got \(output.count) bytes, expected \(size))")
  }
  return output
}

/// Deflates bytes as a raw stream at `level` 1...9.
func deflate(_ bytes: [UInt8], level: Int, source: String) throws(NumPyError) -> [UInt8] {
  try compress(bytes, source: source) { input, count, output, capacity, written in
    ccodecs_zlib_deflate(input, count, Int32(level), output, capacity, written)
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
  try compress(bytes, source: "gzip") { input, count, output, capacity, written in
    ccodecs_gzip_compress(input, count, 6, output, capacity, written)
  }
}

/// CRC-32 of bytes, as zip stores it.
func crc32(_ bytes: some Collection<UInt8>) -> UInt32 {
  bytes.withContiguousStorageIfAvailable { ccodecs_crc32($0.baseAddress, $0.count) }
    ?? Array(bytes).withUnsafeBufferPointer { ccodecs_crc32($0.baseAddress, $0.count) }
}

private func compress(
  _ bytes: [UInt8], source: String,
  _ run: (
    UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?, Int, UnsafeMutablePointer<Int>
  ) -> Int32
) throws(NumPyError) -> [UInt8] {
  let capacity = ccodecs_zlib_bound(bytes.count)
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

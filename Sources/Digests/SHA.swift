import CCrypto

/// SHA-256 of `bytes`: 32 bytes.
public func sha256(_ bytes: some ContiguousBytesView) -> [UInt8] {
  bytes.withBytes { input in
    var output = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    SHA256(input.baseAddress?.assumingMemoryBound(to: UInt8.self), input.count, &output)
    return output
  }
}

/// SHA-512 of `bytes`: 64 bytes. gym 0.21 derives its generator seed from it.
public func sha512(_ bytes: some ContiguousBytesView) -> [UInt8] {
  bytes.withBytes { input in
    var output = [UInt8](repeating: 0, count: Int(SHA512_DIGEST_LENGTH))
    SHA512(input.baseAddress?.assumingMemoryBound(to: UInt8.self), input.count, &output)
    return output
  }
}

/// Lower-case hexadecimal form of `bytes`, two digits each.
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}

/// Values whose bytes lie in one piece: byte arrays and strings (as UTF-8).
public protocol ContiguousBytesView {
  /// Calls `body` with the bytes.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R
}

extension Array: ContiguousBytesView where Element == UInt8 {
  /// Calls `body` with the array's storage.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    withUnsafeBytes(body)
  }
}

extension UnsafeRawBufferPointer: ContiguousBytesView {
  /// Calls `body` with the buffer itself.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R { body(self) }
}

extension String: ContiguousBytesView {
  /// Calls `body` with the UTF-8 bytes.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    Array(utf8).withUnsafeBytes(body)
  }
}

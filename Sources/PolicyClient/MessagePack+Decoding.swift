extension MessagePack {
  /// Why bytes are not one MessagePack value.
  public struct DecodingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Byte offset of the problem.
    public var offset: Int
    /// What was found and what was expected.
    public var message: String

    /// `offset N: MESSAGE`.
    public var description: String { "MessagePack offset \(offset): \(message)" }
  }

  /// Reads exactly one value. Nesting is limited to 64 levels, lengths to the bytes at hand and
  /// the values in a message to a million, so hostile input cannot exhaust memory; extension types
  /// are refused.
  public init(decoding bytes: [UInt8]) throws(DecodingError) {
    var reader = Reader(bytes: bytes)
    self = try reader.value(depth: 0)
    guard reader.offset == bytes.count else {
      throw DecodingError(
        offset: reader.offset, message: "\(bytes.count - reader.offset) bytes after the value")
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    var offset = 0
    var valuesLeft = 1_000_000

    mutating func value(depth: Int) throws(DecodingError) -> MessagePack {
      guard depth < 64 else { throw failure("nested deeper than 64 levels") }
      valuesLeft -= 1
      guard valuesLeft >= 0 else { throw failure("more than a million values") }
      let tag: UInt8 = try number()
      switch tag {
      case 0x00...0x7f: return .integer(Int64(tag))
      case 0x80...0x8f: return try map(count: Int(tag & 15), depth: depth)
      case 0x90...0x9f: return try array(count: Int(tag & 15), depth: depth)
      case 0xa0...0xbf: return try string(count: Int(tag & 31))
      case 0xc0: return .null
      case 0xc2: return .bool(false)
      case 0xc3: return .bool(true)
      case 0xc4: return .binary(try take(Int(try number() as UInt8)))
      case 0xc5: return .binary(try take(Int(try number() as UInt16)))
      case 0xc6: return .binary(try take(Int(try number() as UInt32)))
      case 0xca: return .double(Double(Float(bitPattern: try number())))
      case 0xcb: return .double(Double(bitPattern: try number()))
      case 0xcc: return .integer(Int64(try number() as UInt8))
      case 0xcd: return .integer(Int64(try number() as UInt16))
      case 0xce: return .integer(Int64(try number() as UInt32))
      case 0xcf:
        let value: UInt64 = try number()
        return Int64(exactly: value).map { .integer($0) } ?? .unsigned(value)
      case 0xd0: return .integer(Int64(Int8(bitPattern: try number())))
      case 0xd1: return .integer(Int64(Int16(bitPattern: try number())))
      case 0xd2: return .integer(Int64(Int32(bitPattern: try number())))
      case 0xd3: return .integer(Int64(bitPattern: try number()))
      case 0xd9: return try string(count: Int(try number() as UInt8))
      case 0xda: return try string(count: Int(try number() as UInt16))
      case 0xdb: return try string(count: Int(try number() as UInt32))
      case 0xdc: return try array(count: Int(try number() as UInt16), depth: depth)
      case 0xdd: return try array(count: Int(try number() as UInt32), depth: depth)
      case 0xde: return try map(count: Int(try number() as UInt16), depth: depth)
      case 0xdf: return try map(count: Int(try number() as UInt32), depth: depth)
      case 0xe0...0xff: return .integer(Int64(Int8(bitPattern: tag)))
      default: throw failure("tag 0x\(String(tag, radix: 16)) is not a plain value")
      }
    }

    func failure(_ message: String) -> DecodingError {
      DecodingError(offset: offset, message: message)
    }

    mutating func number<N: FixedWidthInteger>() throws(DecodingError) -> N {
      let size = MemoryLayout<N>.size
      guard bytes.count - offset >= size else { throw failure("expected \(size) more bytes") }
      var value: N = 0
      for byte in bytes[offset..<offset + size] { value = (value << 8) | N(byte) }
      offset += size
      return value
    }

    mutating func take(_ count: Int) throws(DecodingError) -> [UInt8] {
      guard bytes.count - offset >= count else { throw failure("expected \(count) more bytes") }
      defer { offset += count }
      return Array(bytes[offset..<offset + count])
    }

    mutating func string(count: Int) throws(DecodingError) -> MessagePack {
      let start = offset
      guard let text = String(validating: try take(count), as: UTF8.self) else {
        throw DecodingError(offset: start, message: "text is not UTF-8")
      }
      return .string(text)
    }

    mutating func array(count: Int, depth: Int) throws(DecodingError) -> MessagePack {
      // Every element takes a byte at least: a longer count is a lie.
      guard count <= bytes.count - offset else { throw failure("array of \(count) elements") }
      var elements: [MessagePack] = []
      elements.reserveCapacity(min(count, valuesLeft))
      for _ in 0..<count { elements.append(try value(depth: depth + 1)) }
      return .array(elements)
    }

    mutating func map(count: Int, depth: Int) throws(DecodingError) -> MessagePack {
      guard 2 * count <= bytes.count - offset else { throw failure("map of \(count) entries") }
      var pairs: [Pair] = []
      pairs.reserveCapacity(min(count, valuesLeft))
      for _ in 0..<count {
        let key = try value(depth: depth + 1)
        pairs.append(Pair(key, try value(depth: depth + 1)))
      }
      return .map(pairs)
    }
  }
}

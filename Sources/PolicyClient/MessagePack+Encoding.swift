extension MessagePack {
  /// The value's bytes, integers and lengths in their shortest form as msgpack-python writes them.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    encode(into: &bytes)
    return bytes
  }

  /// Appends the value's bytes.
  public func encode(into bytes: inout [UInt8]) {
    switch self {
    case .null: bytes.append(0xc0)
    case .bool(let value): bytes.append(value ? 0xc3 : 0xc2)
    case .integer(let value): Self.encode(integer: value, into: &bytes)
    case .unsigned(let value):
      if let small = Int64(exactly: value) {
        Self.encode(integer: small, into: &bytes)
      } else {
        bytes.append(0xcf)
        bytes.appendBigEndian(value)
      }
    case .double(let value):
      bytes.append(0xcb)
      bytes.appendBigEndian(value.bitPattern)
    case .string(let text):
      let utf8 = Array(text.utf8)
      Self.encode(
        count: utf8.count, short: (0xa0, 31), tags: (0xd9, 0xda, 0xdb), into: &bytes)
      bytes.append(contentsOf: utf8)
    case .binary(let data):
      Self.encode(count: data.count, short: nil, tags: (0xc4, 0xc5, 0xc6), into: &bytes)
      bytes.append(contentsOf: data)
    case .array(let elements):
      Self.encode(
        count: elements.count, short: (0x90, 15), tags: (nil, 0xdc, 0xdd), into: &bytes)
      for element in elements { element.encode(into: &bytes) }
    case .map(let pairs):
      Self.encode(count: pairs.count, short: (0x80, 15), tags: (nil, 0xde, 0xdf), into: &bytes)
      for pair in pairs {
        pair.key.encode(into: &bytes)
        pair.value.encode(into: &bytes)
      }
    }
  }

  private static func encode(integer value: Int64, into bytes: inout [UInt8]) {
    switch value {
    case 0...0x7f: bytes.append(UInt8(value))
    case -32 ... -1: bytes.append(UInt8(bitPattern: Int8(value)))
    case 0...0xff:
      bytes.append(0xcc)
      bytes.append(UInt8(value))
    case 0...0xffff:
      bytes.append(0xcd)
      bytes.appendBigEndian(UInt16(value))
    case 0...0xffff_ffff:
      bytes.append(0xce)
      bytes.appendBigEndian(UInt32(value))
    case 0...Int64.max:
      bytes.append(0xcf)
      bytes.appendBigEndian(UInt64(value))
    case -0x80...(-1):
      bytes.append(0xd0)
      bytes.append(UInt8(bitPattern: Int8(value)))
    case -0x8000...(-1):
      bytes.append(0xd1)
      bytes.appendBigEndian(UInt16(bitPattern: Int16(value)))
    case -0x8000_0000...(-1):
      bytes.append(0xd2)
      bytes.appendBigEndian(UInt32(bitPattern: Int32(value)))
    default:
      bytes.append(0xd3)
      bytes.appendBigEndian(UInt64(bitPattern: value))
    }
  }

  /// Writes a length with the shortest tag of its family (8-bit tags exist for str and bin only).
  private static func encode(
    count: Int, short: (tag: UInt8, most: Int)?, tags: (UInt8?, UInt8, UInt8),
    into bytes: inout [UInt8]
  ) {
    if let short, count <= short.most {
      bytes.append(short.tag | UInt8(count))
    } else if let tag = tags.0, count <= 0xff {
      bytes.append(tag)
      bytes.append(UInt8(count))
    } else if count <= 0xffff {
      bytes.append(tags.1)
      bytes.appendBigEndian(UInt16(count))
    } else {
      bytes.append(tags.2)
      bytes.appendBigEndian(UInt32(count))
    }
  }
}

extension [UInt8] {
  mutating func appendBigEndian(_ value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}

/// JSON whose keys are compared byte by byte and may not repeat. Vocabularies need the first (Swift
/// strings equate composed and decomposed letters), safetensors headers the second.
public enum ExactJSON: Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number; `exact` when it was written as an integer that fits.
  case number(Double, exact: Int?)
  /// A text.
  case string(String)
  /// A list.
  case array([ExactJSON])
  /// Named values in the order of the text.
  case object([(key: String, value: ExactJSON)])

  /// Reads a JSON text; `file` names it in errors.
  public init(parsing bytes: UnsafeRawBufferPointer, file: String?) throws(VLAError) {
    var parser = Parser(bytes: bytes, file: file)
    self = try parser.document()
  }

  /// Reads a JSON file.
  public init(path: String) throws(VLAError) {
    let file = try MappedFile(path: path)
    try self.init(parsing: file.bytes, file: path)
  }

  /// The member named `key`; nil when absent, null, or when this is not an object.
  public subscript(key: String) -> ExactJSON? {
    guard case .object(let members) = self else { return nil }
    guard let value = members.first(where: { $0.key.utf8.elementsEqual(key.utf8) })?.value
    else { return nil }
    if case .null = value { return nil }
    return value
  }

  /// The integer, if it is one (1.0 counts).
  public var int: Int? {
    guard case .number(let value, let exact) = self else { return nil }
    return exact ?? Int(exactly: value)
  }
  /// The number, if it is one.
  public var double: Double? { if case .number(let value, _) = self { value } else { nil } }
  /// The number as float32.
  public var float: Float? { double.map { Float($0) } }
  /// The truth value, if it is one.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The text, if it is one.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The elements; nil when this is no list.
  public var array: [ExactJSON]? { if case .array(let values) = self { values } else { nil } }
  /// The members; nil when this is no object.
  public var members: [(key: String, value: ExactJSON)]? {
    if case .object(let members) = self { members } else { nil }
  }
}

private struct Parser {
  let bytes: UnsafeRawBufferPointer
  let file: String?
  var position = 0
  var depth = 0

  mutating func document() throws(VLAError) -> ExactJSON {
    let result = try value()
    skipSpace()
    guard position == bytes.count else { throw unexpected("the end of the text") }
    return result
  }

  private func unexpected(_ expected: String) -> VLAError {
    let found =
      position < bytes.count
      ? "'\(String(decoding: bytes[position..<min(position + 12, bytes.count)], as: UTF8.self))'"
      : "the end of the text"
    return VLAError(file, "byte \(position)", "found \(found), expected \(expected)")
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0a, 0x0d, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func value() throws(VLAError) -> ExactJSON {
    skipSpace()
    guard position < bytes.count else { throw unexpected("a value") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: String, _ value: ExactJSON) throws(VLAError) -> ExactJSON {
    guard bytes[position...].starts(with: word.utf8) else { throw unexpected(word) }
    position += word.utf8.count
    return value
  }

  private mutating func enter() throws(VLAError) {
    depth += 1
    guard depth <= 128 else { throw unexpected("at most 128 levels of nesting") }
    position += 1
  }

  private mutating func object() throws(VLAError) -> ExactJSON {
    try enter()
    defer { depth -= 1 }
    var members: [(key: String, value: ExactJSON)] = []
    var seen: Set<ByteString> = []
    if take(UInt8(ascii: "}")) { return .object([]) }
    repeat {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw unexpected("a key in quotes")
      }
      let key = try string()
      guard seen.insert(ByteString(key)).inserted else {
        throw VLAError(file, key, "this key appears twice in one object")
      }
      guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
      members.append((key, try value()))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw unexpected("',' or '}'") }
    return .object(members)
  }

  private mutating func array() throws(VLAError) -> ExactJSON {
    try enter()
    defer { depth -= 1 }
    var values: [ExactJSON] = []
    if take(UInt8(ascii: "]")) { return .array([]) }
    repeat { values.append(try value()) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw unexpected("',' or ']'") }
    return .array(values)
  }

  private mutating func number() throws(VLAError) -> ExactJSON {
    let start = position
    scan: while position < bytes.count {
      switch bytes[position] {
      case 0x30...0x39, 0x2b, 0x2d, 0x2e, 0x45, 0x65: position += 1
      default: break scan
      }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      position = start
      throw unexpected("a value")
    }
    return .number(value, exact: Int(text))
  }

  private mutating func string() throws(VLAError) -> String {
    position += 1
    let start = position
    while position < bytes.count, bytes[position] != 0x22, bytes[position] != 0x5c {
      position += 1
    }
    var text = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw VLAError(file, "byte \(start)", "this text is not valid UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): text += try escape()
      default: text.append(byte)
      }
    }
    throw unexpected("'\"' at the end of a text")
  }

  private mutating func escape() throws(VLAError) -> [UInt8] {
    guard position < bytes.count else { throw unexpected("a character after '\\'") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xd800..<0xdc00).contains(code), bytes[position...].starts(with: "\\u".utf8) {
        position += 2
        let low = try hexadecimal()
        guard (0xdc00..<0xe000).contains(low) else { throw unexpected("a low surrogate") }
        code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw unexpected("a Unicode character") }
      return Array(String(Character(scalar)).utf8)
    default:
      position -= 1
      throw unexpected("one of n t r b f u \" \\ / after '\\'")
    }
  }

  private mutating func hexadecimal() throws(VLAError) -> UInt32 {
    guard position + 4 <= bytes.count,
      let code = UInt32(
        String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16)
    else { throw unexpected("four hexadecimal digits") }
    position += 4
    return code
  }
}

/// A text as bytes: equal only when every byte is.
struct ByteString: Hashable, Sendable {
  var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }
  init(_ text: String) { bytes = Array(text.utf8) }

  var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// A JSON text that cannot be read.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One-based line of the first character that does not fit.
  public var line: Int
  /// What was found and what was expected.
  public var message: String
  /// `line N: MESSAGE`.
  public var description: String { "line \(line): \(message)" }
}

extension JSONValue {
  /// Reads a JSON text. Of repeated keys the last one counts, as in Python (CALVIN's own
  /// `results.json` can hold two `"null"` keys).
  public init(parsing text: some Collection<UInt8>) throws(JSONError) {
    var parser = JSONParser(bytes: Array(text))
    self = try parser.document()
  }

  /// Reads a JSON text.
  public init(parsing text: String) throws(JSONError) {
    try self.init(parsing: text.utf8)
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  var position = 0
  var depth = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw error("the end of the text") }
    return value
  }

  private func error(_ expected: String) -> JSONError {
    let line = 1 + bytes[..<min(position, bytes.count)].count { $0 == UInt8(ascii: "\n") }
    let found =
      position < bytes.count
      ? "'\(String(decoding: bytes[position...].prefix(12), as: UTF8.self))'"
      : "the end of the text"
    return JSONError(line: line, message: "found \(found), expected \(expected)")
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[position]) {
      position += 1
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    guard position < bytes.count else { throw error("a value") }
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

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw error(word) }
    position += word.utf8.count
    return value
  }

  private mutating func nested<R>(
    _ body: (inout Self) throws(JSONError) -> R
  ) throws(JSONError) -> R {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 200 else { throw error("at most 200 levels of nesting") }
    position += 1
    return try body(&self)
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    try nested { parser throws(JSONError) in
      var members: [String: JSONValue] = [:]
      if parser.take(UInt8(ascii: "}")) { return .object(members) }
      repeat {
        parser.skipSpace()
        guard parser.position < parser.bytes.count,
          parser.bytes[parser.position] == UInt8(ascii: "\"")
        else { throw parser.error("a key in quotes") }
        let key = try parser.string()
        guard parser.take(UInt8(ascii: ":")) else { throw parser.error("':'") }
        members[key] = try parser.value()
      } while parser.take(UInt8(ascii: ","))
      guard parser.take(UInt8(ascii: "}")) else { throw parser.error("',' or '}'") }
      return .object(members)
    }
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    try nested { parser throws(JSONError) in
      var values: [JSONValue] = []
      if parser.take(UInt8(ascii: "]")) { return .array(values) }
      repeat {
        values.append(try parser.value())
      } while parser.take(UInt8(ascii: ","))
      guard parser.take(UInt8(ascii: "]")) else { throw parser.error("',' or ']'") }
      return .array(values)
    }
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    while position < bytes.count, "+-.0123456789eE".utf8.contains(bytes[position]) {
      position += 1
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if let value = Int(text) { return .int(value) }
    guard let value = Double(text), value.isFinite else {
      position = start
      throw error("a value")
    }
    return .double(value)
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += try escape()
      default: text.append(byte)
      }
    }
    throw error("'\"' at the end of a text")
  }

  private mutating func escape() throws(JSONError) -> [UInt8] {
    guard position < bytes.count else { throw error("a character after '\\'") }
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
        code = 0x10000 + (code - 0xd800) << 10 + (try hexadecimal() & 0x3ff)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("a Unicode character") }
      return Array(String(Character(scalar)).utf8)
    default:
      position -= 1
      throw error("one of n t r b f u \" \\ / after '\\'")
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4,
      let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw error("four hexadecimal digits") }
    position += 4
    return code
  }
}

/// Reads JSON texts as RFC 8259 states them: UTF-8, no control characters, no NaN, no trailing
/// commas, no half surrogate pairs, at most 128 levels of nesting.
public enum JSONReader {
  /// What a key given twice in one object means. Keys are compared byte by byte.
  public enum RepeatedKeys: Sendable {
    /// An error.
    case refused
    /// All members are handed on.
    case kept
  }

  /// The value a whole text stands for.
  public static func value<Value: JSONBuildable>(
    of bytes: UnsafeRawBufferPointer, as type: Value.Type = Value.self,
    repeatedKeys: RepeatedKeys = .refused
  ) throws(JSONSyntaxError) -> Value {
    var parser = Parser<Value>(bytes: bytes, repeatedKeys: repeatedKeys)
    return try parser.document()
  }

  /// The value a whole text stands for.
  public static func value<Value: JSONBuildable>(
    of bytes: [UInt8], as type: Value.Type = Value.self, repeatedKeys: RepeatedKeys = .refused
  ) throws(JSONSyntaxError) -> Value {
    try bytes.withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in
      try value(of: UnsafeRawBufferPointer(bytes), repeatedKeys: repeatedKeys)
    }
  }
}

private struct Parser<Value: JSONBuildable> {
  let bytes: UnsafeRawBufferPointer
  let repeatedKeys: JSONReader.RepeatedKeys
  var position = 0
  var depth = 0

  mutating func document() throws(JSONSyntaxError) -> Value {
    let result = try value()
    skipSpace()
    guard position == bytes.count else { throw unexpected("the end of the text") }
    return result
  }

  private func error(_ message: String) -> JSONSyntaxError {
    let line = 1 + bytes.prefix(position).reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    return JSONSyntaxError(line: line, message: message)
  }

  private func unexpected(_ expected: String) -> JSONSyntaxError {
    let rest = bytes.dropFirst(position).prefix(12)
    let found =
      rest.isEmpty ? "the end of the text" : "'\(String(decoding: rest, as: UTF8.self))'"
    return error("found \(found), expected \(expected)")
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0a, 0x0d, 0x09: position += 1
      default: return
      }
    }
  }

  private func isNext(_ byte: UInt8) -> Bool { position < bytes.count && bytes[position] == byte }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard isNext(byte) else { return false }
    position += 1
    return true
  }

  private mutating func value() throws(JSONSyntaxError) -> Value {
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

  private mutating func word(
    _ word: StaticString, _ value: Value
  ) throws(JSONSyntaxError) -> Value {
    let expected = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard bytes.dropFirst(position).starts(with: expected) else { throw unexpected("\(word)") }
    position += expected.count
    return value
  }

  private mutating func enter() throws(JSONSyntaxError) {
    depth += 1
    guard depth <= 128 else { throw unexpected("at most 128 levels of nesting") }
    position += 1
  }

  private mutating func object() throws(JSONSyntaxError) -> Value {
    try enter()
    defer { depth -= 1 }
    var members: [(key: String, value: Value)] = []
    var seen: Set<[UInt8]> = []
    if take(UInt8(ascii: "}")) { return .object(members: members) }
    repeat {
      skipSpace()
      guard isNext(UInt8(ascii: "\"")) else { throw unexpected("a key in quotes") }
      let key = try string()
      if repeatedKeys == .refused {
        guard seen.insert(Array(key.utf8)).inserted else {
          throw error("the key \"\(key)\" is given twice in one object")
        }
      }
      guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
      members.append((key, try value()))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw unexpected("',' or '}'") }
    return .object(members: members)
  }

  private mutating func array() throws(JSONSyntaxError) -> Value {
    try enter()
    defer { depth -= 1 }
    var elements: [Value] = []
    if take(UInt8(ascii: "]")) { return .array(elements) }
    repeat { elements.append(try value()) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw unexpected("',' or ']'") }
    return .array(elements)
  }

  private mutating func number() throws(JSONSyntaxError) -> Value {
    let start = position
    var isWhole = true
    if isNext(UInt8(ascii: "-")) { position += 1 }
    let leadingZero = isNext(UInt8(ascii: "0"))
    guard case let digits = skipDigits(), digits > 0, !(leadingZero && digits > 1) else {
      position = start
      throw unexpected("a value")
    }
    if isNext(UInt8(ascii: ".")) {
      isWhole = false
      position += 1
      guard skipDigits() > 0 else { throw unexpected("a digit after '.'") }
    }
    if isNext(UInt8(ascii: "e")) || isNext(UInt8(ascii: "E")) {
      isWhole = false
      position += 1
      if isNext(UInt8(ascii: "+")) || isNext(UInt8(ascii: "-")) { position += 1 }
      guard skipDigits() > 0 else { throw unexpected("a digit of the exponent") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw error("'\(text)' is no number a double can hold")
    }
    return .number(reading: value, whole: isWhole ? Int(text) : nil)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    return position - start
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    position += 1
    var text: [UInt8] = []
    while true {
      let start = position
      while position < bytes.count, bytes[position] >= 0x20,
        bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\")
      {
        position += 1
      }
      text += bytes[start..<position]
      guard position < bytes.count else { throw unexpected("'\"' at the end of a text") }
      switch bytes[position] {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw error("a text is not UTF-8")
        }
        position += 1
        return string
      case UInt8(ascii: "\\"):
        position += 1
        text += try escape().utf8
      default: throw error("a text holds a control character")
      }
    }
  }

  private mutating func escape() throws(JSONSyntaxError) -> String {
    guard position < bytes.count else { throw unexpected("a character after '\\'") }
    let mark = bytes[position]
    position += 1
    switch mark {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default:
      position -= 1
      throw unexpected("one of n t r b f u \" \\ / after '\\'")
    }
  }

  private mutating func unicodeEscape() throws(JSONSyntaxError) -> String {
    var units = [try hexadecimalUnit()]
    if UTF16.isLeadSurrogate(units[0]), isNext(UInt8(ascii: "\\")) {
      position += 1
      guard isNext(UInt8(ascii: "u")) else { throw unexpected("the other half of a pair") }
      position += 1
      units.append(try hexadecimalUnit())
    }
    guard let text = String(validating: units, as: UTF16.self) else {
      throw error("an escape is half of a surrogate pair")
    }
    return text
  }

  private mutating func hexadecimalUnit() throws(JSONSyntaxError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw unexpected("four hexadecimal digits") }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}

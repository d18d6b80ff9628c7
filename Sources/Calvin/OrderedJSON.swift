import Foundation

/// A JSON value whose objects keep the file's order: an initial state's seed is a hash over its
/// values in order, so order is meaning here.
public enum OrderedJSON: Sendable, Equatable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number without fraction or exponent that fits 64 bits.
  case integer(Int)
  /// Any other number.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([OrderedJSON])
  /// Members in the file's order; no key twice.
  case object([Member])

  /// A named value.
  public struct Member: Sendable, Equatable {
    /// Name.
    public var key: String
    /// Value.
    public var value: OrderedJSON
    /// A member of these parts.
    public init(key: String, value: OrderedJSON) {
      self.key = key
      self.value = value
    }
  }

  /// The member's value; nil when absent or not an object.
  public subscript(key: String) -> OrderedJSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// Elements of a list, nil for anything else.
  public var elements: [OrderedJSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The text, nil for anything else.
  public var string: String? { if case .string(let text) = self { text } else { nil } }

  /// The whole number, nil for anything else.
  public var integer: Int? { if case .integer(let number) = self { number } else { nil } }

  /// The number, whole or not, nil for anything else.
  public var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }

  /// Numbers of a list, nil when it is no list of numbers.
  public var doubles: [Double]? {
    guard let elements else { return nil }
    let numbers = elements.compactMap(\.double)
    return numbers.count == elements.count ? numbers : nil
  }

  /// Texts of a list, nil when it is no list of texts.
  public var strings: [String]? {
    guard let elements else { return nil }
    let texts = elements.compactMap(\.string)
    return texts.count == elements.count ? texts : nil
  }

  /// Reads JSON text; `source` names it in errors, which carry the line.
  public init(parsing bytes: [UInt8], source: String) throws(CalvinError) {
    self = try bytes.withUnsafeBufferPointer { bytes throws(CalvinError) in
      var parser = OrderedJSONParser(bytes: bytes, source: source)
      return try parser.document()
    }
  }

  /// The text Python's `json.dump` writes: `", "` and `": "` between parts, shortest numbers.
  public var pythonText: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let number): String(number)
    case .number(let number): number.description
    case .string(let text): Self.quoted(text)
    case .array(let elements):
      "[" + elements.map(\.pythonText).joined(separator: ", ") + "]"
    case .object(let members):
      "{"
        + members.map { "\(Self.quoted($0.key)): \($0.value.pythonText)" }
        .joined(separator: ", ") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: quoted += "\\\""
      case 0x5c: quoted += "\\\\"
      case 0x0a: quoted += "\\n"
      case 0x0d: quoted += "\\r"
      case 0x09: quoted += "\\t"
      case 0x20..<0x7f: quoted.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return quoted + "\""
  }
}

private struct OrderedJSONParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let source: String
  private var at = 0
  private var depth = 0

  init(bytes: UnsafeBufferPointer<UInt8>, source: String) {
    self.bytes = bytes
    self.source = source
  }

  mutating func document() throws(CalvinError) -> OrderedJSON {
    let value = try value()
    skipSpace()
    guard at == bytes.count else { throw error("expected the end of the file") }
    return value
  }

  private func error(_ message: String) -> CalvinError {
    let line = 1 + bytes.prefix(at).reduce(0) { $0 + ($1 == 0x0a ? 1 : 0) }
    return CalvinError(source, line: line, message)
  }

  private mutating func skipSpace() {
    while at < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[at]) { at += 1 }
  }

  private mutating func accept(_ mark: Unicode.Scalar) -> Bool {
    skipSpace()
    guard at < bytes.count, bytes[at] == UInt8(ascii: mark) else { return false }
    at += 1
    return true
  }

  private mutating func expect(_ mark: Unicode.Scalar) throws(CalvinError) {
    guard accept(mark) else { throw error("expected '\(mark)'") }
  }

  private mutating func value() throws(CalvinError) -> OrderedJSON {
    skipSpace()
    guard at < bytes.count else { throw error("expected a value before the end of the file") }
    guard depth < 64 else { throw error("nested more than 64 deep") }
    depth += 1
    defer { depth -= 1 }
    switch bytes[at] {
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
    _ text: String, _ value: OrderedJSON
  ) throws(CalvinError) -> OrderedJSON {
    guard bytes[at...].starts(with: text.utf8) else { throw error("expected a value") }
    at += text.utf8.count
    return value
  }

  private mutating func object() throws(CalvinError) -> OrderedJSON {
    try expect("{")
    var members: [OrderedJSON.Member] = []
    if accept("}") { return .object(members) }
    repeat {
      skipSpace()
      let key = try string()
      guard !members.contains(where: { $0.key == key }) else {
        throw error("the key \"\(key)\" is given twice")
      }
      try expect(":")
      members.append(OrderedJSON.Member(key: key, value: try value()))
    } while accept(",")
    try expect("}")
    return .object(members)
  }

  private mutating func array() throws(CalvinError) -> OrderedJSON {
    try expect("[")
    var elements: [OrderedJSON] = []
    if accept("]") { return .array(elements) }
    repeat { elements.append(try value()) } while accept(",")
    try expect("]")
    return .array(elements)
  }

  private mutating func number() throws(CalvinError) -> OrderedJSON {
    let start = at
    var isWhole = true
    if at < bytes.count, bytes[at] == UInt8(ascii: "-") { at += 1 }
    let digits = at
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"),
        UInt8(ascii: "-"):
        isWhole = false
      default:
        return try number(from: start, digits: digits, isWhole: isWhole)
      }
      at += 1
    }
    return try number(from: start, digits: digits, isWhole: isWhole)
  }

  private func number(
    from start: Int, digits: Int, isWhole: Bool
  ) throws(CalvinError) -> OrderedJSON {
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    guard digits < at, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[digits]),
      let last = text.utf8.last, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(last)
    else { throw error("expected a value") }
    if isWhole, let whole = Int(text) { return .integer(whole) }
    guard let number = Double(text), number.isFinite else {
      throw error("'\(text)' is no number a double can hold")
    }
    return .number(number)
  }

  private mutating func string() throws(CalvinError) -> String {
    try expect("\"")
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") {
      guard bytes[at] >= 0x20 else { throw error("a text holds a control character") }
      at += 1
    }
    guard at < bytes.count else { throw error("a text does not end") }
    if bytes[at] == UInt8(ascii: "\"") {
      guard let text = String(validating: bytes[start..<at], as: UTF8.self) else {
        throw error("a text is not UTF-8")
      }
      at += 1
      return text
    }
    at = start
    return try escapedString()
  }

  private mutating func escapedString() throws(CalvinError) -> String {
    var units: [UInt8] = []
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          throw error("a text is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): units += try escape().utf8
      case ..<0x20: throw error("a text holds a control character")
      default: units.append(byte)
      }
    }
    throw error("a text does not end")
  }

  private mutating func escape() throws(CalvinError) -> String {
    guard at < bytes.count else { throw error("a text does not end") }
    let mark = bytes[at]
    at += 1
    switch mark {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var units = [try hexUnit()]
      if UTF16.isLeadSurrogate(units[0]), at + 1 < bytes.count,
        bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u")
      {
        at += 2
        units.append(try hexUnit())
      }
      guard let text = String(validating: units, as: UTF16.self) else {
        throw error("an escape is half of a surrogate pair")
      }
      return text
    default: throw error("unknown escape in a text")
    }
  }

  private mutating func hexUnit() throws(CalvinError) -> UInt16 {
    guard at + 4 <= bytes.count,
      let unit = UInt16(String(decoding: bytes[at..<(at + 4)], as: UTF8.self), radix: 16)
    else { throw error("expected four hexadecimal digits") }
    at += 4
    return unit
  }
}

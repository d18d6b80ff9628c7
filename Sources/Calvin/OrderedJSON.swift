import JSONText

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
    do {
      self = try JSONReader.value(of: bytes)
    } catch {
      throw CalvinError(source, line: error.line, error.message)
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

extension OrderedJSON: JSONBuildable {
  /// A number, whole or not.
  public static func number(reading value: Double, whole: Int?) -> OrderedJSON {
    whole.map(OrderedJSON.integer) ?? .number(value)
  }
  /// Named values.
  public static func object(members: [(key: String, value: OrderedJSON)]) -> OrderedJSON {
    .object(members.map { Member(key: $0.key, value: $0.value) })
  }
}

import JSONText

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
    do {
      self = try JSONReader.value(of: bytes)
    } catch {
      throw VLAError(file, "line \(error.line)", error.message)
    }
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

extension ExactJSON: JSONBuildable {
  /// A number as it was written.
  public static func number(reading value: Double, whole: Int?) -> ExactJSON {
    .number(value, exact: whole)
  }
  /// Named values.
  public static func object(members: [(key: String, value: ExactJSON)]) -> ExactJSON {
    .object(members)
  }
}

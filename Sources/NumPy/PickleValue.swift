/// What a pickle describes, as plain data: nothing is called or constructed.
public enum PickleValue: Sendable {
  /// `None`.
  case none
  /// `True` or `False`.
  case bool(Bool)
  /// An integer of at most 64 bits.
  case integer(Int)
  /// A float.
  case float(Double)
  /// A `str`.
  case string(String)
  /// `bytes` or `bytearray` (or a Python 2 `str`).
  case bytes([UInt8])
  /// A `list`.
  case list([PickleValue])
  /// A `tuple`.
  case tuple([PickleValue])
  /// A `set` or `frozenset`, in the pickle's order.
  case set([PickleValue])
  /// A `dict`, in the pickle's order.
  case dictionary([Entry])
  /// A class or function by name, not called.
  case global(PickleGlobal)
  /// What a call of a class or function would give, not called.
  indirect case object(PickleObject)
  /// A reference to data outside the pickle (PyTorch's storages).
  indirect case persistent(PickleValue)

  /// A key with its value.
  public struct Entry: Sendable {
    /// Key.
    public var key: PickleValue
    /// Value.
    public var value: PickleValue

    /// A key with its value.
    public init(key: PickleValue, value: PickleValue) {
      self.key = key
      self.value = value
    }
  }
}

/// A class or function a pickle names.
public struct PickleGlobal: Sendable, Hashable, CustomStringConvertible {
  /// Module path.
  public var module: String
  /// Name inside the module.
  public var name: String

  /// The name in this module.
  public init(_ module: String, _ name: String) {
    self.module = module
    self.name = name
  }

  /// `module.name`.
  public var description: String { "\(module).\(name)" }
}

/// A call a pickle describes: what is called, with what, and what is put into the result.
public struct PickleObject: Sendable {
  /// Class or function.
  public var callable: PickleGlobal
  /// Positional arguments.
  public var arguments: [PickleValue]
  /// State set afterwards (`__setstate__`), nil when there is none.
  public var state: PickleValue?
  /// Items set afterwards (dict subclasses such as `OrderedDict`).
  public var items: [PickleValue.Entry]
  /// Elements appended afterwards (list subclasses).
  public var elements: [PickleValue]
}

extension PickleValue {
  /// A Python 2 `str`, which is text or bytes: text where it is ASCII.
  static func python2(_ bytes: [UInt8]) -> PickleValue {
    bytes.allSatisfy { $0 < 0x80 } ? .string(String(decoding: bytes, as: UTF8.self)) : .bytes(bytes)
  }

  /// The text (or numpy text scalar), nil for anything else.
  public var string: String? {
    switch self {
    case .string(let text): text
    case .object(let object) where object.isScalar: object.texts?.first
    default: nil
    }
  }

  /// The integer (or numpy integer scalar), nil for anything else.
  public var integer: Int? {
    switch self {
    case .integer(let number): number
    case .object: (try? array(source: ""))?.singleInteger
    default: nil
    }
  }

  /// Items of a `dict` or of an object that is one underneath (`OrderedDict`), nil for others.
  public var entries: [Entry]? {
    switch self {
    case .dictionary(let entries): entries
    case .object(let object): object.items
    default: nil
    }
  }

  /// Elements of a list, a tuple or an array of objects or texts, nil for anything else. An array of
  /// several axes gives the list of its rows.
  public var elements: [PickleValue]? {
    switch self {
    case .list(let elements), .tuple(let elements): elements
    case .object(let object): object.elementsByRow
    default: nil
    }
  }

  /// The value of a text key, nil when absent or when this is no dictionary.
  public subscript(key: String) -> PickleValue? {
    entries?.first { $0.key.string == key }?.value
  }

  /// `bytes`, also in the forms protocol 2 gives them (`_codecs.encode(text, "latin1")`, `bytes()`)
  /// and as Python 2's ASCII `str`, nil for anything else.
  public var bytes: [UInt8]? {
    switch self {
    case .bytes(let bytes): return bytes
    case .string(let text): return text.utf8.allSatisfy { $0 < 0x80 } ? Array(text.utf8) : nil
    case .object(let object) where object.callable.name == "bytes" && object.arguments.isEmpty:
      return []
    case .object(let object) where object.callable == PickleGlobal("_codecs", "encode"):
      guard object.arguments.count == 2, object.arguments[1].string == "latin1" else { return nil }
      var bytes: [UInt8] = []
      for scalar in object.arguments[0].string?.unicodeScalars ?? .init() {
        guard let byte = UInt8(exactly: scalar.value) else { return nil }
        bytes.append(byte)
      }
      return bytes
    default: return nil
    }
  }
}

extension NPYArray {
  fileprivate var singleInteger: Int? {
    guard count == 1, let integers = try? integers() else { return nil }
    return integers[0]
  }
}

/// A MessagePack value. Maps keep their order: servers read the first image as the base camera.
public enum MessagePack: Sendable, Equatable {
  /// nil.
  case null
  /// true or false.
  case bool(Bool)
  /// A signed integer, written in the shortest form.
  case integer(Int64)
  /// An unsigned integer beyond `Int64.max`.
  case unsigned(UInt64)
  /// A float64; float32 values are widened when read.
  case double(Double)
  /// UTF-8 text (str family).
  case string(String)
  /// Bytes (bin family).
  case binary([UInt8])
  /// A list.
  case array([MessagePack])
  /// Key-value pairs in order.
  case map([Pair])

  /// One entry of a map.
  public struct Pair: Sendable, Equatable {
    /// Usually text; openpi's array maps use bytes.
    public var key: MessagePack
    /// The value.
    public var value: MessagePack

    /// An entry of these parts.
    public init(_ key: MessagePack, _ value: MessagePack) {
      self.key = key
      self.value = value
    }
  }

  /// A map with text keys, in order.
  public static func object(_ entries: [(String, MessagePack)]) -> MessagePack {
    .map(entries.map { Pair(.string($0.0), $0.1) })
  }

  /// The value under `key`, given as text or as bytes; nil when absent or not a map.
  public subscript(key: String) -> MessagePack? {
    guard case .map(let pairs) = self else { return nil }
    for pair in pairs {
      switch pair.key {
      case .string(let text) where text == key: return pair.value
      case .binary(let bytes) where bytes.elementsEqual(key.utf8): return pair.value
      default: continue
      }
    }
    return nil
  }

  /// The text, nil for other kinds.
  public var stringValue: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The integer, nil for other kinds or out of range.
  public var integerValue: Int? {
    switch self {
    case .integer(let value): Int(exactly: value)
    case .unsigned(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The number as a double, nil for other kinds.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  /// The truth value, nil for other kinds.
  public var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }
}

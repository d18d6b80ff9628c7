/// Element types of arrays; in memory all are little-endian, as numpy has them on x86-64 and arm64.
/// Big-endian files are converted as they are read.
public enum DType: String, Sendable, CaseIterable {
  /// One byte, 0 or 1.
  case bool = "|b1"
  /// Signed 8 bits.
  case int8 = "|i1"
  /// Unsigned 8 bits.
  case uint8 = "|u1"
  /// Signed 16 bits.
  case int16 = "<i2"
  /// Unsigned 16 bits.
  case uint16 = "<u2"
  /// Signed 32 bits.
  case int32 = "<i4"
  /// Unsigned 32 bits.
  case uint32 = "<u4"
  /// Signed 64 bits.
  case int64 = "<i8"
  /// Unsigned 64 bits.
  case uint64 = "<u8"
  /// IEEE half precision.
  case float16 = "<f2"
  /// IEEE single precision.
  case float32 = "<f4"
  /// IEEE double precision.
  case float64 = "<f8"
  /// Python objects; the payload is a pickle (see `Pickle`).
  case object = "|O"

  /// Bytes per element; 0 for objects.
  public var size: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    case .object: 0
    }
  }

  /// The type numpy's `descr` names (`<f8`, `|u1`), nil when it is none of these.
  public init?(descr: String) {
    var text = descr
    // A single byte has no order: numpy accepts any mark there, and `=` is the machine's own.
    if text.hasPrefix("=") || (text.hasSuffix("1") && !text.hasPrefix("|")) {
      text = (text.hasSuffix("1") ? "|" : "<") + text.dropFirst()
    }
    self.init(rawValue: text)
  }

  /// The type numpy's `descr` names in either byte order, nil when it is none of these.
  static func stored(descr: String) -> (type: DType, isBigEndian: Bool)? {
    if let type = DType(descr: descr) { return (type, false) }
    guard descr.hasPrefix(">") else { return nil }
    return DType(rawValue: "<" + descr.dropFirst()).map { ($0, true) }
  }
}

/// Elements of `size` bytes with each one's bytes reversed: big-endian numbers become little-endian.
func byteSwapped(_ bytes: ArraySlice<UInt8>, elementSize size: Int) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: bytes.count) { target, filled in
    bytes.withUnsafeBufferPointer { source in
      for element in stride(from: 0, to: source.count, by: size) {
        for byte in 0..<size { target[element + byte] = source[element + size - 1 - byte] }
      }
    }
    filled = bytes.count
  }
}

/// A Swift type that is some `DType` in memory.
public protocol NPYElement: Sendable, BitwiseCopyable {
  /// The element type it is stored as.
  static var dtype: DType { get }
}

extension Bool: NPYElement {
  /// `|b1`.
  public static var dtype: DType { .bool }
}
extension Int8: NPYElement {
  /// `|i1`.
  public static var dtype: DType { .int8 }
}
extension UInt8: NPYElement {
  /// `|u1`.
  public static var dtype: DType { .uint8 }
}
extension Int16: NPYElement {
  /// `<i2`.
  public static var dtype: DType { .int16 }
}
extension UInt16: NPYElement {
  /// `<u2`.
  public static var dtype: DType { .uint16 }
}
extension Int32: NPYElement {
  /// `<i4`.
  public static var dtype: DType { .int32 }
}
extension UInt32: NPYElement {
  /// `<u4`.
  public static var dtype: DType { .uint32 }
}
extension Int64: NPYElement {
  /// `<i8`.
  public static var dtype: DType { .int64 }
}
extension UInt64: NPYElement {
  /// `<u8`.
  public static var dtype: DType { .uint64 }
}
extension Int: NPYElement {
  /// `<i8`.
  public static var dtype: DType { .int64 }
}
extension Float: NPYElement {
  /// `<f4`.
  public static var dtype: DType { .float32 }
}
extension Double: NPYElement {
  /// `<f8`.
  public static var dtype: DType { .float64 }
}

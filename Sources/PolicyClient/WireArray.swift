/// A numpy array on the wire: dtype as numpy spells it, C order, little endian.
public struct WireArray: Sendable, Equatable {
  /// How the keys of an array's map are written.
  public enum KeyStyle: Sendable {
    /// Text keys: the vla-eval protocol.
    case text
    /// Byte keys: the openpi protocol.
    case bytes
  }

  /// numpy's `dtype.str`, e.g. `<f4` or `|u1`.
  public var dtype: String
  /// Extents.
  public var shape: [Int]
  /// The elements.
  public var data: [UInt8]

  /// An array of these parts.
  public init(dtype: String, shape: [Int], data: [UInt8]) {
    self.dtype = dtype
    self.shape = shape
    self.data = data
  }

  /// An image `[height, width, 3]` of uint8.
  public init(rgb: [UInt8], width: Int, height: Int) {
    self.init(dtype: "|u1", shape: [height, width, 3], data: rgb)
  }

  /// A vector of float32.
  public init(floats: [Float]) {
    self.init(
      dtype: "<f4", shape: [floats.count], data: floats.withUnsafeBytes { Array($0) })
  }

  /// A vector of float64.
  public init(doubles: [Double]) {
    self.init(
      dtype: "<f8", shape: [doubles.count], data: doubles.withUnsafeBytes { Array($0) })
  }

  /// The array as a MessagePack map.
  public func packed(keys: KeyStyle) -> MessagePack {
    func key(_ name: String) -> MessagePack {
      keys == .text ? .string(name) : .binary(Array(name.utf8))
    }
    return .map([
      .init(key("__ndarray__"), .bool(true)),
      .init(key("data"), .binary(data)),
      .init(key("dtype"), .string(dtype)),
      .init(key("shape"), .array(shape.map { .integer(Int64($0)) })),
    ])
  }

  /// Reads an array map with either key style; nil when `value` is not one.
  ///
  /// Throws when it claims to be an array but its dtype, shape and data do not fit together.
  public init?(unpacking value: MessagePack) throws(PolicyClientError) {
    guard value["__ndarray__"] != nil else { return nil }
    guard case .binary(let data)? = value["data"], let dtype = value["dtype"]?.stringValue,
      case .array(let extents)? = value["shape"]
    else {
      throw .protocolViolation("an array needs data (bytes), dtype (text) and shape (list)")
    }
    var shape: [Int] = []
    var count = 1
    for extent in extents {
      guard let extent = extent.integerValue, extent >= 0 else {
        throw .protocolViolation("array shape \(extents) is not a list of sizes")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw .protocolViolation("array shape \(extents) is too large") }
      count = product
      shape.append(extent)
    }
    guard let size = Self.elementSizes[dtype] else {
      throw .protocolViolation(
        "array dtype \(dtype) is not one of \(Self.elementSizes.keys.sorted().joined(separator: " "))"
      )
    }
    let (total, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, total == data.count else {
      throw .protocolViolation(
        "array of dtype \(dtype) and shape \(shape) comes with \(data.count) bytes")
    }
    self.init(dtype: dtype, shape: shape, data: data)
  }

  private static let elementSizes: [String: Int] = [
    "|b1": 1, "|i1": 1, "|u1": 1, "<i2": 2, "<u2": 2, "<i4": 4, "<u4": 4, "<i8": 8, "<u8": 8,
    "<f2": 2, "<f4": 4, "<f8": 8,
  ]

  /// The elements as doubles, in C order.
  public var doubles: [Double] {
    data.withUnsafeBytes { raw in
      func all<T>(_ type: T.Type, _ convert: (T) -> Double) -> [Double] {
        stride(from: 0, to: raw.count, by: MemoryLayout<T>.size).map {
          convert(raw.loadUnaligned(fromByteOffset: $0, as: T.self))
        }
      }
      return switch dtype {
      case "|i1": all(Int8.self) { Double($0) }
      case "<i2": all(Int16.self) { Double($0) }
      case "<u2": all(UInt16.self) { Double($0) }
      case "<i4": all(Int32.self) { Double($0) }
      case "<u4": all(UInt32.self) { Double($0) }
      case "<i8": all(Int64.self) { Double($0) }
      case "<u8": all(UInt64.self) { Double($0) }
      case "<f2": all(UInt16.self) { Self.double(halfBits: $0) }
      case "<f4": all(Float.self) { Double($0) }
      case "<f8": all(Double.self) { $0 }
      default: all(UInt8.self) { Double($0) }
      }
    }
  }

  /// IEEE half precision to double; `Float16` is not to be had on every x86-64 toolchain.
  static func double(halfBits bits: UInt16) -> Double {
    let sign: Double = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10) & 31
    let fraction = Double(bits & 0x3ff)
    return switch exponent {
    case 0: sign * fraction * 0x1p-24
    case 31: fraction == 0 ? sign * .infinity : .nan
    default:
      sign * (1 + fraction * 0x1p-10)
        * Double(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }
}

/// An n-dimensional array as npy stores it, in C order.
public struct NPYArray: Sendable {
  /// Element type.
  public let dtype: DType
  /// Length of each axis; empty for a scalar.
  public let shape: [Int]
  /// File and member it came from, for messages.
  public let source: String
  // A part of the file's bytes, so that reading copies nothing.
  private let payload: ArraySlice<UInt8>

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }

  init(dtype: DType, shape: [Int], source: String, payload: ArraySlice<UInt8>) {
    self.dtype = dtype
    self.shape = shape
    self.source = source
    self.payload = payload
  }

  /// An array of these elements in C order; `shape` defaults to one axis.
  public init<Element: NPYElement>(_ elements: [Element], shape: [Int]? = nil) {
    let shape = shape ?? [elements.count]
    precondition(
      shape.reduce(1, *) == elements.count, "\(elements.count) elements do not fill \(shape)")
    self.init(
      dtype: Element.dtype, shape: shape, source: "array",
      payload: elements.withUnsafeBytes { [UInt8]($0)[...] })
  }

  /// Calls `body` with the elements' bytes (little-endian, C order); for objects with the pickle.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try payload.withUnsafeBytes(body)
  }

  /// The elements, which must be stored as `Element`.
  public func elements<Element: NPYElement>(
    as type: Element.Type = Element.self
  ) throws(NumPyError) -> [Element] {
    guard dtype == Element.dtype else {
      throw NumPyError(
        source, "elements are \(dtype.rawValue), expected \(Element.dtype.rawValue)")
    }
    if type == Bool.self, !holdsOnlyZeroAndOne {
      throw NumPyError(source, "a bool array holds a byte other than 0 and 1")
    }
    return bitCopy()
  }

  /// The elements as `Double`, whatever number type they are stored as.
  public func doubles() throws(NumPyError) -> [Double] { try converted() }

  /// The elements as `Float`, whatever number type they are stored as.
  public func floats() throws(NumPyError) -> [Float] { try converted() }

  /// The elements as `Int`; floating-point arrays are refused.
  public func integers() throws(NumPyError) -> [Int] {
    switch dtype {
    case .bool, .uint8: return map { (value: UInt8) in Int(value) }
    case .int8: return map { (value: Int8) in Int(value) }
    case .int16: return map { (value: Int16) in Int(value) }
    case .uint16: return map { (value: UInt16) in Int(value) }
    case .int32: return map { (value: Int32) in Int(value) }
    case .uint32: return map { (value: UInt32) in Int(value) }
    case .int64: return bitCopy()
    case .uint64:
      let values: [UInt64] = bitCopy()
      if let large = values.first(where: { $0 > UInt64(Int.max) }) {
        throw NumPyError(source, "\(large) does not fit a signed 64-bit integer")
      }
      return values.map { Int($0) }
    case .float16, .float32, .float64, .object:
      throw NumPyError(source, "elements are \(dtype.rawValue), expected integers")
    }
  }

  /// The array when its shape is `expected` (a nil axis fits any length), else an error naming both.
  public func expectingShape(_ expected: [Int?]) throws(NumPyError) -> NPYArray {
    let fits =
      shape.count == expected.count
      && zip(shape, expected).allSatisfy { length, wanted in wanted.map { $0 == length } ?? true }
    guard fits else {
      let wanted = expected.map { $0.map(String.init) ?? "n" }.joined(separator: ", ")
      throw NumPyError(source, "shape is \(shape), expected [\(wanted)]")
    }
    return self
  }

  /// The same elements under another shape of the same count.
  public func reshaped(_ shape: [Int]) -> NPYArray {
    precondition(shape.reduce(1, *) == count, "\(count) elements do not fill \(shape)")
    return NPYArray(dtype: dtype, shape: shape, source: source, payload: payload)
  }

  func named(_ source: String) -> NPYArray {
    NPYArray(dtype: dtype, shape: shape, source: source, payload: payload)
  }

  private func converted<Target: BinaryFloatingPoint>() throws(NumPyError) -> [Target] {
    switch dtype {
    case .bool, .uint8: return map { (value: UInt8) in Target(value) }
    case .int8: return map { (value: Int8) in Target(value) }
    case .int16: return map { (value: Int16) in Target(value) }
    case .uint16: return map { (value: UInt16) in Target(value) }
    case .int32: return map { (value: Int32) in Target(value) }
    case .uint32: return map { (value: UInt32) in Target(value) }
    case .int64: return map { (value: Int64) in Target(value) }
    case .uint64: return map { (value: UInt64) in Target(value) }
    case .float16: return map { (bits: UInt16) in Target(widenedHalf(bits)) }
    case .float32: return map { (value: Float) in Target(value) }
    case .float64: return map { (value: Double) in Target(value) }
    case .object: throw NumPyError(source, "elements are Python objects, expected numbers")
    }
  }

  private var holdsOnlyZeroAndOne: Bool { withUnsafeBytes { $0.allSatisfy { $0 < 2 } } }

  private func bitCopy<Element: BitwiseCopyable>() -> [Element] {
    withUnsafeBytes { bytes in
      [Element](unsafeUninitializedCapacity: count) { target, filled in
        UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
        filled = count
      }
    }
  }

  private func map<Stored: BitwiseCopyable, Target>(_ convert: (Stored) -> Target) -> [Target] {
    withUnsafeBytes { bytes in
      [Target](unsafeUninitializedCapacity: count) { target, filled in
        for index in 0..<count {
          let stored = bytes.loadUnaligned(
            fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self)
          target[index] = convert(stored)
        }
        filled = count
      }
    }
  }
}

/// The value of IEEE half-precision bits.
private func widenedHalf(_ bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 0x1f
  let fraction = UInt32(bits & 0x3ff)
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}

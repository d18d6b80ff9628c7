import NeuralNetworks

/// A number format of checkpoint files.
public enum ElementType: String, Sendable, CaseIterable {
  /// IEEE double.
  case f64 = "F64"
  /// IEEE single.
  case f32 = "F32"
  /// IEEE half.
  case f16 = "F16"
  /// bfloat16.
  case bf16 = "BF16"
  /// Signed 64-bit.
  case i64 = "I64"
  /// Signed 32-bit.
  case i32 = "I32"
  /// Signed 16-bit.
  case i16 = "I16"
  /// Signed 8-bit.
  case i8 = "I8"
  /// Unsigned 8-bit.
  case u8 = "U8"
  /// One byte, 0 or 1.
  case bool = "BOOL"

  /// Bytes of one number.
  public var size: Int {
    switch self {
    case .f64, .i64: 8
    case .f32, .i32: 4
    case .f16, .bf16, .i16: 2
    case .i8, .u8, .bool: 1
    }
  }
}

/// A tensor as it lies in a file.
public struct StoredTensor: @unchecked Sendable {
  /// The file, for messages.
  public let file: String
  /// Its name in the file.
  public let name: String
  /// Number format.
  public let type: ElementType
  /// Extents, outermost first.
  public let shape: [Int]
  /// Numbers from one index to the next, per dimension; nil when row-major without gaps.
  public let strides: [Int]?
  /// From the first number; nobody writes it while `owner` lives.
  public let bytes: UnsafeRawBufferPointer
  private let owner: AnyObject

  /// A tensor in memory that `owner` keeps alive; `bytes` must hold every number the shape and
  /// strides reach.
  public init(
    file: String, name: String, type: ElementType, shape: [Int], strides: [Int]? = nil,
    bytes: UnsafeRawBufferPointer, owner: AnyObject
  ) {
    self.file = file
    self.name = name
    self.type = type
    self.shape = shape
    self.strides = strides
    self.bytes = bytes
    self.owner = owner
  }

  /// Number of elements.
  public var count: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }

  /// The same tensor under another name.
  public func renamed(_ name: String) -> StoredTensor {
    StoredTensor(
      file: file, name: name, type: type, shape: shape, strides: strides, bytes: bytes,
      owner: owner)
  }

  /// The tensor as float32: a view of the file when it is float32 there, else widened on the heap.
  /// A NaN or an infinity is an error.
  public func weights() throws(VLAError) -> Tensor {
    let tensor = try floats()
    if let bad = tensor.firstNonFinite {
      throw VLAError(file, name, "number \(bad) of \(count) is \(tensor.values[bad])")
    }
    return tensor
  }

  /// Gives back the file's pages once the numbers have been copied elsewhere.
  func forgetPages() { (owner as? MappedFile)?.forget(bytes) }

  /// As `weights`, but any float is accepted.
  public func floats() throws(VLAError) -> Tensor {
    guard [.f64, .f32, .f16, .bf16].contains(type) else {
      throw VLAError(file, name, "has type \(type.rawValue), expected F32, F16, BF16 or F64")
    }
    guard let base = bytes.baseAddress, count > 0 else {
      return Tensor(shape: shape) { _ in }
    }
    let isAligned = Int(bitPattern: base) % MemoryLayout<Float>.alignment == 0
    if type == .f32, strides == nil, isAligned {
      let numbers = base.assumingMemoryBound(to: Float.self)
      return Tensor(
        shape: shape, values: UnsafeBufferPointer(start: numbers, count: count), owner: owner)
    }
    return Tensor(shape: shape) { target in
      guard let out = target.baseAddress else { return }
      if strides == nil, Int(bitPattern: base) % 2 == 0, type == .f16 {
        Kernels.widen(half: base.assumingMemoryBound(to: UInt16.self), out, count)
      } else if strides == nil, Int(bitPattern: base) % 2 == 0, type == .bf16 {
        Kernels.widen(bfloat: base.assumingMemoryBound(to: UInt16.self), out, count)
      } else {
        forEachOffset { index, offset in target[index] = Float(number(at: offset)) }
      }
    }
  }

  /// The numbers as doubles, whatever the type.
  public var doubles: [Double] {
    var numbers = [Double](repeating: 0, count: count)
    forEachOffset { index, offset in numbers[index] = number(at: offset) }
    return numbers
  }

  /// The numbers as integers; floats are truncated.
  public var integers: [Int] { doubles.map { Int($0) } }

  /// Calls `body` with each row-major index and the number's position in the storage.
  private func forEachOffset(_ body: (Int, Int) -> Void) {
    guard let strides else {
      for index in 0..<count { body(index, index) }
      return
    }
    for index in 0..<count {
      var (rest, offset) = (index, 0)
      for dimension in shape.indices.reversed() {
        offset += rest % shape[dimension] * strides[dimension]
        rest /= shape[dimension]
      }
      body(index, offset)
    }
  }

  private func number(at position: Int) -> Double {
    let at = position * type.size
    switch type {
    case .f64: return bytes.loadUnaligned(fromByteOffset: at, as: Double.self)
    case .f32: return Double(bytes.loadUnaligned(fromByteOffset: at, as: Float.self))
    case .f16:
      var half = bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self)
      var wide: Float = 0
      Kernels.widen(half: &half, &wide, 1)
      return Double(wide)
    case .bf16:
      let top = bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self)
      return Double(Float(bitPattern: UInt32(top) << 16))
    case .i64: return Double(bytes.loadUnaligned(fromByteOffset: at, as: Int64.self))
    case .i32: return Double(bytes.loadUnaligned(fromByteOffset: at, as: Int32.self))
    case .i16: return Double(bytes.loadUnaligned(fromByteOffset: at, as: Int16.self))
    case .i8: return Double(bytes.loadUnaligned(fromByteOffset: at, as: Int8.self))
    case .u8, .bool: return Double(bytes[at])
    }
  }
}

import Foundation

/// Reads the npy format (versions 1 to 3): magic, header dictionary, elements.
public func parseNPY(_ bytes: [UInt8], source: String) throws(NumPyError) -> NPYArray {
  try parseNPY(bytes[...], source: source)
}

func parseNPY(_ bytes: ArraySlice<UInt8>, source: String) throws(NumPyError) -> NPYArray {
  guard bytes.starts(with: NPYHeader.magic), bytes.count >= 10 else {
    throw NumPyError(source, "does not begin as an npy array (\\x93NUMPY)")
  }
  let begin = bytes.startIndex
  let version = bytes[begin + 6]
  let lengthBytes = version == 1 ? 2 : 4
  guard (1...3).contains(version), bytes.count >= 8 + lengthBytes else {
    throw NumPyError(source, "npy version \(version) is unknown, expected 1, 2 or 3")
  }
  let headerLength = (0..<lengthBytes).reduce(0) { $0 | Int(bytes[begin + 8 + $1]) << (8 * $1) }
  let start = begin + 8 + lengthBytes + headerLength
  guard start <= bytes.endIndex else {
    throw NumPyError(source, "ends inside the npy header")
  }
  let header = try NPYHeader(
    text: bytes[(begin + 8 + lengthBytes)..<start], source: source)
  guard let elements = elementCount(of: header.shape) else {
    throw NumPyError(source, "shape \(header.shape) overflows")
  }
  if header.dtype == .object {
    return NPYArray(dtype: .object, shape: header.shape, source: source, payload: bytes[start...])
  }
  let expected = elements * header.dtype.size
  let payload = bytes[start...]
  guard payload.count == expected else {
    throw NumPyError(
      source,
      "holds \(payload.count) bytes of elements, expected \(expected) for shape "
        + "\(header.shape) of \(header.dtype.rawValue)")
  }
  let array = NPYArray(
    dtype: header.dtype, shape: header.shape, source: source,
    payload: header.isBigEndian
      ? byteSwapped(payload, elementSize: header.dtype.size)[...] : payload)
  return header.isFortranOrdered && header.shape.count > 1 ? array.reorderedFromFortran() : array
}

/// Product of the axes, nil when it is too large for any memory.
func elementCount(of shape: [Int]) -> Int? {
  var count = 1
  for length in shape {
    let product = count.multipliedReportingOverflow(by: length)
    guard !product.overflow, (0..<1 << 48).contains(product.partialValue) else { return nil }
    count = product.partialValue
  }
  return count
}

/// Reads an npy file; Fortran order is converted to C order.
public func readNPY(_ path: String) throws(NumPyError) -> NPYArray {
  try parseNPY(try readFile(path), source: path)
}

extension NPYArray {
  /// The array as an npy file (version 1), byte for byte as numpy writes it.
  public func npyBytes() -> [UInt8] {
    precondition(dtype != .object, "object arrays are not written")
    var bytes = npyHeader(descr: dtype.rawValue, shape: shape)
    bytes.reserveCapacity(bytes.count + count * dtype.size)
    withUnsafeBytes { bytes += $0 }
    return bytes
  }

  /// Writes an npy file atomically.
  public func write(to path: String) throws(NumPyError) {
    try writeFileAtomically(npyBytes(), to: path)
  }

  func reorderedFromFortran() -> NPYArray {
    let size = dtype.size
    var strides = [Int](repeating: size, count: shape.count)
    for axis in shape.indices.dropFirst() { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    let last = shape.count - 1
    let ordered = withUnsafeBytes { source in
      [UInt8](unsafeUninitializedCapacity: source.count) { target, filled in
        var index = [Int](repeating: 0, count: shape.count)
        var offset = 0
        while filled < source.count {
          for place in 0..<shape[last] {
            for byte in 0..<size {
              target[filled + byte] = source[offset + place * strides[last] + byte]
            }
            filled += size
          }
          var axis = last - 1
          while axis >= 0 {
            index[axis] += 1
            offset += strides[axis]
            if index[axis] < shape[axis] { break }
            offset -= index[axis] * strides[axis]
            index[axis] = 0
            axis -= 1
          }
        }
      }
    }
    return NPYArray(dtype: dtype, shape: shape, source: source, payload: ordered[...])
  }
}

/// Magic, version 1 and header, byte for byte as numpy writes them.
func npyHeader(descr: String, shape: [Int]) -> [UInt8] {
  let axes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
  var header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(axes)), }"
  let unpadded = NPYHeader.magic.count + 4 + header.utf8.count + 1
  header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
  let length = header.utf8.count
  return NPYHeader.magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8)
}

/// The header's Python dictionary: `{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }`.
struct NPYHeader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  let dtype: DType
  let isBigEndian: Bool
  let isFortranOrdered: Bool
  let shape: [Int]

  init(text: ArraySlice<UInt8>, source: String) throws(NumPyError) {
    var scanner = LiteralScanner(text: text, source: source)
    var descr: String?
    var fortran: Bool?
    var shape: [Int]?
    try scanner.expect("{")
    while try !scanner.accept("}") {
      let key = try scanner.string()
      try scanner.expect(":")
      switch key {
      case "descr": descr = try scanner.string()
      case "fortran_order": fortran = try scanner.bool()
      case "shape": shape = try scanner.shape()
      default: throw NumPyError(source, "npy header has an unknown key '\(key)'")
      }
      if try !scanner.accept(",") {
        try scanner.expect("}")
        break
      }
    }
    guard let descr, let fortran, let shape else {
      throw NumPyError(source, "npy header lacks one of descr, fortran_order, shape")
    }
    guard let stored = DType.stored(descr: descr) else {
      let known = DType.allCases.map(\.rawValue).joined(separator: " ")
      throw NumPyError(source, "element type '\(descr)' is not supported (\(known))")
    }
    dtype = stored.type
    isBigEndian = stored.isBigEndian
    self.isFortranOrdered = fortran
    self.shape = shape
  }
}

/// Just enough of Python's literal syntax for npy headers.
private struct LiteralScanner {
  private var rest: ArraySlice<UInt8>
  private let source: String

  init(text: ArraySlice<UInt8>, source: String) {
    rest = text
    self.source = source
  }

  mutating func accept(_ mark: Character) throws(NumPyError) -> Bool {
    skipSpace()
    guard let byte = rest.first else { throw NumPyError(source, "npy header ends early") }
    guard byte == mark.asciiValue else { return false }
    rest.removeFirst()
    return true
  }

  mutating func expect(_ mark: Character) throws(NumPyError) {
    guard try accept(mark) else {
      throw NumPyError(source, "npy header: expected '\(mark)' before '\(preview)'")
    }
  }

  mutating func string() throws(NumPyError) -> String {
    skipSpace()
    guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw NumPyError(source, "npy header: expected a string before '\(preview)'")
    }
    rest.removeFirst()
    guard let end = rest.firstIndex(of: quote) else {
      throw NumPyError(source, "npy header: a string does not end")
    }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  mutating func bool() throws(NumPyError) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)] where rest.starts(with: word.utf8) {
      rest.removeFirst(word.utf8.count)
      return value
    }
    throw NumPyError(source, "npy header: expected True or False before '\(preview)'")
  }

  mutating func shape() throws(NumPyError) -> [Int] {
    try expect("(")
    var axes: [Int] = []
    while try !accept(")") {
      skipSpace()
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let axis = Int(String(decoding: digits, as: UTF8.self)), axes.count < 32 else {
        throw NumPyError(source, "npy header: expected an axis length before '\(preview)'")
      }
      rest.removeFirst(digits.count)
      axes.append(axis)
      if try !accept(",") {
        try expect(")")
        break
      }
    }
    return axes
  }

  private var preview: String { String(decoding: rest.prefix(12), as: UTF8.self) }

  private mutating func skipSpace() {
    rest = rest.drop { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
  }
}

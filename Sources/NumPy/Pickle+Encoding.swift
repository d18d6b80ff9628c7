extension Pickle {
  /// The value as a pickle of protocol 3, which every Python 3 reads: what `pickle.loads` gives has
  /// this value's form. Calls of classes and functions are written as described, not made.
  public static func encode(_ value: PickleValue) -> [UInt8] {
    var writer = PickleWriter()
    writer.write(value)
    return writer.bytes + [UInt8(ascii: ".")]
  }
}

private struct PickleWriter {
  var bytes: [UInt8] = [0x80, 3]

  mutating func write(_ value: PickleValue) {
    switch value {
    case .none: bytes.append(UInt8(ascii: "N"))
    case .bool(let flag): bytes.append(flag ? 0x88 : 0x89)
    case .integer(let number): write(number)
    case .float(let number):
      bytes.append(UInt8(ascii: "G"))
      bytes += (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (56 - 8 * $0)) }
    case .string(let text):
      bytes.append(UInt8(ascii: "X"))
      appendCounted(Array(text.utf8))
    case .bytes(let contents):
      bytes.append(UInt8(ascii: "B"))
      appendCounted(contents)
    case .list(let elements):
      bytes.append(UInt8(ascii: "]"))
      append(elements)
    case .tuple(let elements): writeTuple(elements)
    case .set(let elements):
      write(PickleGlobal("builtins", "set"))
      writeTuple([.list(elements)])
      bytes.append(UInt8(ascii: "R"))
    case .dictionary(let entries):
      bytes.append(UInt8(ascii: "}"))
      append(entries)
    case .global(let global): write(global)
    case .object(let object):
      write(object.callable)
      writeTuple(object.arguments)
      bytes.append(UInt8(ascii: "R"))
      append(object.elements)
      append(object.items)
      if let state = object.state {
        write(state)
        bytes.append(UInt8(ascii: "b"))
      }
    case .persistent(let reference):
      write(reference)
      bytes.append(UInt8(ascii: "Q"))
    }
  }

  private mutating func write(_ number: Int) {
    if let small = Int32(exactly: number) {
      bytes.append(UInt8(ascii: "J"))
      append(UInt32(bitPattern: small), 4)
    } else {
      bytes += [0x8a, 8]
      append(UInt64(bitPattern: Int64(number)), 8)
    }
  }

  private mutating func write(_ global: PickleGlobal) {
    bytes += [UInt8(ascii: "c")] + Array("\(global.module)\n\(global.name)\n".utf8)
  }

  private mutating func writeTuple(_ elements: [PickleValue]) {
    bytes.append(UInt8(ascii: "("))
    for element in elements { write(element) }
    bytes.append(UInt8(ascii: "t"))
  }

  private mutating func append(_ elements: [PickleValue]) {
    guard !elements.isEmpty else { return }
    bytes.append(UInt8(ascii: "("))
    for element in elements { write(element) }
    bytes.append(UInt8(ascii: "e"))
  }

  private mutating func append(_ entries: [PickleValue.Entry]) {
    guard !entries.isEmpty else { return }
    bytes.append(UInt8(ascii: "("))
    for entry in entries {
      write(entry.key)
      write(entry.value)
    }
    bytes.append(UInt8(ascii: "u"))
  }

  private mutating func appendCounted(_ contents: [UInt8]) {
    precondition(contents.count <= Int(UInt32.max), "protocol 3 counts in 32 bits")
    append(UInt32(contents.count), 4)
    bytes += contents
  }

  private mutating func append(_ number: some FixedWidthInteger, _ count: Int) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
  }
}

extension PickleValue {
  /// A dictionary of these entries in this order.
  public static func record(_ entries: KeyValuePairs<String, PickleValue>) -> PickleValue {
    .dictionary(entries.map { Entry(key: .string($0.key), value: $0.value) })
  }

  /// An array of numbers as numpy pickles it.
  public static func array(_ array: NPYArray) -> PickleValue {
    precondition(array.dtype != .object, "arrays of objects are written by objectNPY")
    let name = String(array.dtype.rawValue.dropFirst())
    let order = String(array.dtype.rawValue.prefix(1))
    return ndarray(
      shape: array.shape, dtype: name, order: order,
      content: .bytes(array.withUnsafeBytes { [UInt8]($0) }))
  }

  fileprivate static func ndarray(
    shape: [Int], dtype: String, order: String, content: PickleValue
  ) -> PickleValue {
    let type = PickleObject(
      callable: PickleGlobal("numpy", "dtype"),
      arguments: [.string(dtype), .bool(false), .bool(true)],
      state: .tuple([
        .integer(3), .string(order), .none, .none, .none, .integer(-1), .integer(-1),
        .integer(order == "|" && dtype.hasPrefix("O") ? 63 : 0),
      ]), items: [], elements: [])
    return .object(
      PickleObject(
        callable: PickleGlobal("numpy.core.multiarray", "_reconstruct"),
        arguments: [
          .global(PickleGlobal("numpy", "ndarray")), .tuple([.integer(0)]),
          .bytes([UInt8(ascii: "b")]),
        ],
        state: .tuple([
          .integer(1), .tuple(shape.map { .integer($0) }), .object(type), .bool(false), content,
        ]), items: [], elements: []))
  }
}

/// The npy file that `numpy.save(file, value)` writes of a Python object that is no array: a scalar
/// array of objects, pickled.
public func objectNPY(_ value: PickleValue) -> [UInt8] {
  let pickle = Pickle.encode(
    .ndarray(shape: [], dtype: "O8", order: "|", content: .list([value])))
  return npyHeader(descr: "|O", shape: []) + pickle
}

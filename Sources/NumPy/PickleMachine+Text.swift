/// The opcodes of protocols 0 and 1: values as lines of text.
extension PickleMachine {
  mutating func executeTextual(_ opcode: UInt8) throws(NumPyError) {
    switch opcode {
    case UInt8(ascii: "I"):
      let text = try line()
      // Python wrote `I00` and `I01` for False and True before it had opcodes for them.
      push(.leaf(text == "00" || text == "01" ? .bool(text == "01") : try integer(text)))
    case UInt8(ascii: "L"):
      let text = try line()
      push(.leaf(try integer(text.hasSuffix("L") ? String(text.dropLast()) : text)))
    case UInt8(ascii: "F"):
      guard let number = Double(try line()) else { throw error("a float cannot be read") }
      push(.leaf(.float(number)))
    case UInt8(ascii: "S"): push(.leaf(.python2(try quoted(try rawLine()))))
    case UInt8(ascii: "V"): push(.leaf(.string(try unescaped(try rawLine()))))
    case UInt8(ascii: "p"): try memorise(try slot())
    case UInt8(ascii: "g"): try recall(try slot())
    case UInt8(ascii: "i"):
      let module = try line()
      let name = try line()
      let arguments = try popToMark()
      try pushGlobal(PickleGlobal(module, name))
      try call(try pop(), arguments)
    case UInt8(ascii: "o"):
      let parts = try popToMark()
      guard let callee = parts.first else { throw error("makes an object of no class") }
      try call(callee, Array(parts.dropFirst()))
    default: throw error("is not supported")
    }
  }

  private func integer(_ text: String) throws(NumPyError) -> PickleValue {
    guard let number = Int(text) else { throw error("an integer cannot be read, or is too large") }
    return .integer(number)
  }

  private mutating func slot() throws(NumPyError) -> Int {
    guard let slot = Int(try line()) else { throw error("a slot's number cannot be read") }
    return slot
  }

  /// The bytes of a Python string literal.
  private func quoted(_ literal: [UInt8]) throws(NumPyError) -> [UInt8] {
    guard let quote = literal.first, literal.count > 1, literal.last == quote,
      quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    else { throw error("a text is not quoted") }
    var bytes: [UInt8] = []
    var rest = literal.dropFirst().dropLast()
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "n"): bytes.append(0x0a)
      case UInt8(ascii: "r"): bytes.append(0x0d)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "x"): bytes.append(UInt8(truncatingIfNeeded: try hex(&rest, digits: 2)))
      case .some(let other) where [0x5c, 0x27, 0x22].contains(other): bytes.append(other)
      default: throw error("a text has an escape that Python does not write")
      }
    }
    return bytes
  }

  /// The text of Python's `raw-unicode-escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`.
  private func unescaped(_ line: [UInt8]) throws(NumPyError) -> String {
    var text = String.UnicodeScalarView()
    var rest = line[...]
    while let byte = rest.popFirst() {
      var code = UInt32(byte)
      if byte == UInt8(ascii: "\\"), let kind = rest.first, [0x75, 0x55].contains(kind) {
        rest.removeFirst()
        code = try hex(&rest, digits: kind == 0x75 ? 4 : 8)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("a text is not Unicode") }
      text.append(scalar)
    }
    return String(text)
  }

  private func hex(_ rest: inout ArraySlice<UInt8>, digits: Int) throws(NumPyError) -> UInt32 {
    let text = rest.prefix(digits)
    guard text.count == digits, let code = UInt32(String(decoding: text, as: UTF8.self), radix: 16)
    else { throw error("a text's escape lacks digits") }
    rest = rest.dropFirst(digits)
    return code
  }
}

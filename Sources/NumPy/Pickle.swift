/// Reads pickles of protocol 0 to 5 as data. It is a strict subset: classes and functions only by
/// names the caller allows, and even those are never called.
public enum Pickle {
  /// The value a pickle describes; every complaint names opcode and offset.
  ///
  /// - Parameter globals: Names that may occur; any other is refused.
  public static func decode(
    _ bytes: [UInt8], allowing globals: Set<PickleGlobal>, source: String
  ) throws(NumPyError) -> PickleValue {
    try bytes.withUnsafeBufferPointer { bytes throws(NumPyError) in
      var machine = PickleMachine(bytes: bytes, globals: globals, source: source)
      return try machine.run()
    }
  }
}

/// The stack machine. Values live in one array and refer to each other by index, so neither a deep
/// nor a cyclic pickle can overflow the stack when values are released.
struct PickleMachine {
  enum Node {
    case leaf(PickleValue)
    case list([Int])
    case tuple([Int])
    case set([Int])
    case dictionary([(key: Int, value: Int)])
    case object(
      PickleGlobal, arguments: [Int], state: Int?, items: [(key: Int, value: Int)],
      elements: [Int])
    case persistent(Int)
  }

  private static let depthLimit = 100

  private let bytes: UnsafeBufferPointer<UInt8>
  private let globals: Set<PickleGlobal>
  private let source: String
  private var at = 0
  private var start = 0
  private var nodes: [Node] = []
  private var stack: [Int] = []
  private var marks: [Int] = []
  private var memo: [Int: Int] = [:]

  init(bytes: UnsafeBufferPointer<UInt8>, globals: Set<PickleGlobal>, source: String) {
    self.bytes = bytes
    self.globals = globals
    self.source = source
  }

  mutating func run() throws(NumPyError) -> PickleValue {
    while true {
      start = at
      let opcode = try byte()
      if opcode == UInt8(ascii: ".") { break }
      try execute(opcode)
    }
    guard stack.count == 1, marks.isEmpty else { throw error("the pickle leaves other values") }
    var values = [PickleValue?](repeating: nil, count: nodes.count)
    return try value(of: stack[0], depth: 0, values: &values)
  }

  private mutating func execute(_ opcode: UInt8) throws(NumPyError) {
    switch opcode {
    case 0x80:
      let version = try byte()
      guard version <= 5 else { throw error("protocol \(version), expected 0 to 5") }
    case 0x95: _ = try number(8)  // FRAME: only a hint for reading.
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"):
      let top = try pop()
      stack += [top, top]

    case UInt8(ascii: "N"): push(.leaf(.none))
    case 0x88: push(.leaf(.bool(true)))
    case 0x89: push(.leaf(.bool(false)))
    case UInt8(ascii: "K"): push(.leaf(.integer(try number(1))))
    case UInt8(ascii: "M"): push(.leaf(.integer(try number(2))))
    case UInt8(ascii: "J"):
      push(.leaf(.integer(Int(Int32(truncatingIfNeeded: try number(4))))))
    case 0x8a: push(.leaf(.integer(try long(try number(1)))))
    case 0x8b: push(.leaf(.integer(try long(try number(4)))))
    case UInt8(ascii: "G"):
      let bits = UInt64(bitPattern: Int64(try number(8))).byteSwapped
      push(.leaf(.float(Double(bitPattern: bits))))

    case UInt8(ascii: "X"): push(.leaf(.string(try text(try number(4)))))
    case 0x8c: push(.leaf(.string(try text(try number(1)))))
    case 0x8d: push(.leaf(.string(try text(try number(8)))))
    case UInt8(ascii: "B"): push(.leaf(.bytes(try raw(try number(4)))))
    case UInt8(ascii: "C"): push(.leaf(.bytes(try raw(try number(1)))))
    case UInt8(ascii: "T"): push(.leaf(.python2(try raw(try number(4)))))
    case UInt8(ascii: "U"): push(.leaf(.python2(try raw(try number(1)))))
    case 0x8e, 0x96: push(.leaf(.bytes(try raw(try number(8)))))

    case UInt8(ascii: "]"): push(.list([]))
    case UInt8(ascii: "}"): push(.dictionary([]))
    case 0x8f: push(.set([]))
    case UInt8(ascii: ")"): push(.tuple([]))
    case 0x85: try pushTuple(1)
    case 0x86: try pushTuple(2)
    case 0x87: try pushTuple(3)
    case UInt8(ascii: "t"): push(.tuple(try popToMark()))
    case 0x91: push(.set(try popToMark()))
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case 0x90: try append(try popToMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try setItems([try pop(), value])
    case UInt8(ascii: "u"): try setItems(try popToMark())
    case UInt8(ascii: "l"): push(.list(try popToMark()))
    case UInt8(ascii: "d"): push(.dictionary(try pairs(try popToMark())))

    case UInt8(ascii: "q"): memo[try number(1)] = try top()
    case UInt8(ascii: "r"): memo[try number(4)] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try recall(try number(1))
    case UInt8(ascii: "j"): try recall(try number(4))

    case UInt8(ascii: "c"):
      let module = try line()
      try pushGlobal(PickleGlobal(module, try line()))
    case 0x93:
      guard case .leaf(.string(let name)) = nodes[try pop()],
        case .leaf(.string(let module)) = nodes[try pop()]
      else { throw error("STACK_GLOBAL without two texts") }
      try pushGlobal(PickleGlobal(module, name))
    case UInt8(ascii: "R"), 0x81: try call()
    case UInt8(ascii: "b"): try build()
    case UInt8(ascii: "Q"): push(.persistent(try pop()))
    default: try executeTextual(opcode)
    }
  }

  // MARK: Objects

  mutating func pushGlobal(_ global: PickleGlobal) throws(NumPyError) {
    guard globals.contains(global) else {
      let allowed = globals.map(\.description).sorted().joined(separator: ", ")
      throw error("names \(global), which is not allowed (\(allowed))")
    }
    push(.leaf(.global(global)))
  }

  private mutating func call() throws(NumPyError) {
    guard case .tuple(let arguments) = nodes[try pop()] else {
      throw error("calls with something other than a tuple")
    }
    try call(try pop(), arguments)
  }

  mutating func call(_ callee: Int, _ arguments: [Int]) throws(NumPyError) {
    guard case .leaf(.global(let callable)) = nodes[callee] else {
      throw error("calls something other than a named class or function")
    }
    push(.object(callable, arguments: arguments, state: nil, items: [], elements: []))
  }

  private mutating func build() throws(NumPyError) {
    let state = try pop()
    let target = try top()
    guard case .object(let callable, let arguments, nil, let items, let elements) = nodes[target]
    else { throw error("sets a state where there is no object without one") }
    nodes[target] = .object(
      callable, arguments: arguments, state: state, items: items, elements: elements)
  }

  private mutating func append(_ new: [Int]) throws(NumPyError) {
    let target = try top()
    // The node is taken out while it grows: otherwise every append would copy its elements.
    let node = exchange(target)
    switch node {
    case .list(var elements):
      elements += new
      nodes[target] = .list(elements)
    case .set(var elements):
      elements += new
      nodes[target] = .set(elements)
    case .object(let callable, let arguments, let state, let items, var elements):
      elements += new
      nodes[target] = .object(
        callable, arguments: arguments, state: state, items: items, elements: elements)
    default: throw error("appends to something other than a list or set")
    }
  }

  private mutating func setItems(_ flat: [Int]) throws(NumPyError) {
    let new = try pairs(flat)
    let target = try top()
    let node = exchange(target)
    switch node {
    case .dictionary(var items):
      items += new
      nodes[target] = .dictionary(items)
    case .object(let callable, let arguments, let state, var items, let elements):
      items += new
      nodes[target] = .object(
        callable, arguments: arguments, state: state, items: items, elements: elements)
    default: throw error("sets an item of something other than a dictionary")
    }
  }

  private func pairs(_ flat: [Int]) throws(NumPyError) -> [(key: Int, value: Int)] {
    guard flat.count % 2 == 0 else { throw error("sets a key without a value") }
    return stride(from: 0, to: flat.count, by: 2).map { (key: flat[$0], value: flat[$0 + 1]) }
  }

  private mutating func exchange(_ index: Int) -> Node {
    var node = Node.leaf(.none)
    swap(&node, &nodes[index])
    return node
  }

  // MARK: Stack

  mutating func push(_ node: Node) {
    stack.append(nodes.count)
    nodes.append(node)
  }

  private mutating func pushTuple(_ count: Int) throws(NumPyError) {
    var elements: [Int] = []
    for _ in 0..<count { elements.insert(try pop(), at: 0) }
    push(.tuple(elements))
  }

  mutating func pop() throws(NumPyError) -> Int {
    guard stack.count > (marks.last ?? 0), let top = stack.popLast() else {
      throw error("takes a value from an empty stack")
    }
    return top
  }

  func top() throws(NumPyError) -> Int {
    guard stack.count > (marks.last ?? 0), let top = stack.last else {
      throw error("needs a value on the stack")
    }
    return top
  }

  mutating func popToMark() throws(NumPyError) -> [Int] {
    guard let mark = marks.popLast() else { throw error("needs a mark on the stack") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  mutating func recall(_ slot: Int) throws(NumPyError) {
    guard let index = memo[slot] else { throw error("recalls slot \(slot), which is empty") }
    stack.append(index)
  }

  // MARK: Bytes

  func error(_ message: String) -> NumPyError {
    guard start < bytes.count else {
      return NumPyError(source, "pickle offset \(start): \(message)")
    }
    let name = opcodeNames[bytes[start]] ?? "0x" + String(bytes[start], radix: 16)
    return NumPyError(source, "pickle opcode \(name) at offset \(start): \(message)")
  }

  private mutating func byte() throws(NumPyError) -> UInt8 {
    guard at < bytes.count else { throw error("the pickle ends early") }
    defer { at += 1 }
    return bytes[at]
  }

  private mutating func slice(_ count: Int) throws(NumPyError) -> Slice<UnsafeBufferPointer<UInt8>>
  {
    guard count >= 0, count <= bytes.count - at else { throw error("the pickle ends early") }
    defer { at += count }
    return bytes[at..<(at + count)]
  }

  private mutating func number(_ count: Int) throws(NumPyError) -> Int {
    var value: UInt64 = 0
    for (index, byte) in try slice(count).enumerated() {
      value |= UInt64(byte) << UInt64(8 * index)
    }
    return Int(Int64(bitPattern: value))
  }

  private mutating func long(_ count: Int) throws(NumPyError) -> Int {
    guard (0...8).contains(count) else { throw error("an integer beyond 64 bits") }
    guard count > 0 else { return 0 }
    let shift = 64 - 8 * count
    return (try number(count) << shift) >> shift
  }

  private mutating func raw(_ count: Int) throws(NumPyError) -> [UInt8] {
    [UInt8](try slice(count))
  }

  private mutating func text(_ count: Int) throws(NumPyError) -> String {
    guard let text = String(validating: try slice(count), as: UTF8.self) else {
      throw error("a text is not UTF-8")
    }
    return text
  }

  mutating func line() throws(NumPyError) -> String {
    let line = try rawLine()
    guard let text = String(validating: line, as: UTF8.self) else {
      throw error("a line is not UTF-8")
    }
    return text
  }

  mutating func rawLine() throws(NumPyError) -> [UInt8] {
    guard let end = bytes[at...].firstIndex(of: 0x0a) else { throw error("a line does not end") }
    defer { at += 1 }
    return try raw(end - at)
  }

  mutating func memorise(_ slot: Int) throws(NumPyError) { memo[slot] = try top() }

  // MARK: Result

  /// Each node becomes a value once and is shared by all who refer to it.
  private func value(
    of index: Int, depth: Int, values: inout [PickleValue?]
  ) throws(NumPyError) -> PickleValue {
    if let value = values[index] { return value }
    guard depth < Self.depthLimit else {
      throw NumPyError(source, "values nest more than \(Self.depthLimit) deep, or in a circle")
    }
    func all(_ indices: [Int]) throws(NumPyError) -> [PickleValue] {
      var result: [PickleValue] = []
      result.reserveCapacity(indices.count)
      for index in indices {
        result.append(try self.value(of: index, depth: depth + 1, values: &values))
      }
      return result
    }
    func entries(
      _ items: [(key: Int, value: Int)]
    ) throws(NumPyError) -> [PickleValue.Entry] {
      let keys = try all(items.map(\.key))
      let contents = try all(items.map(\.value))
      return zip(keys, contents).map { PickleValue.Entry(key: $0, value: $1) }
    }
    let value: PickleValue
    switch nodes[index] {
    case .leaf(let leaf): value = leaf
    case .list(let elements): value = .list(try all(elements))
    case .tuple(let elements): value = .tuple(try all(elements))
    case .set(let elements): value = .set(try all(elements))
    case .dictionary(let items): value = .dictionary(try entries(items))
    case .object(let callable, let arguments, let state, let items, let elements):
      value = .object(
        PickleObject(
          callable: callable, arguments: try all(arguments),
          state: try all(state.map { [$0] } ?? []).first, items: try entries(items),
          elements: try all(elements)))
    case .persistent(let identifier):
      value = .persistent(try all([identifier])[0])
    }
    values[index] = value
    return value
  }
}

/// Names of opcodes for messages: those that are refused, and those that most often meet damage.
private let opcodeNames: [UInt8: String] = [
  UInt8(ascii: "I"): "INT", UInt8(ascii: "L"): "LONG", UInt8(ascii: "F"): "FLOAT",
  UInt8(ascii: "S"): "STRING", UInt8(ascii: "V"): "UNICODE", UInt8(ascii: "p"): "PUT",
  UInt8(ascii: "g"): "GET", UInt8(ascii: "d"): "DICT", UInt8(ascii: "l"): "LIST",
  UInt8(ascii: "P"): "PERSID", UInt8(ascii: "i"): "INST", UInt8(ascii: "o"): "OBJ",
  0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 0x92: "NEWOBJ_EX", 0x97: "NEXT_BUFFER",
  0x98: "READONLY_BUFFER", 0x80: "PROTO", UInt8(ascii: "c"): "GLOBAL", 0x93: "STACK_GLOBAL",
  UInt8(ascii: "R"): "REDUCE", 0x81: "NEWOBJ", UInt8(ascii: "b"): "BUILD",
  UInt8(ascii: "s"): "SETITEM", UInt8(ascii: "u"): "SETITEMS", UInt8(ascii: "a"): "APPEND",
  UInt8(ascii: "e"): "APPENDS", UInt8(ascii: "t"): "TUPLE", UInt8(ascii: "h"): "BINGET",
  UInt8(ascii: "j"): "LONG_BINGET", UInt8(ascii: "X"): "BINUNICODE", 0x8a: "LONG1",
  0x8b: "LONG4", UInt8(ascii: "."): "STOP",
]

/// An element of an XML file: what URDF needs of XML (no text, no namespaces), with line numbers.
struct XMLElement {
  var name: String
  var attributes: [Attribute] = []
  var children: [XMLElement] = []
  var line: Int

  struct Attribute {
    var name: String
    var value: String
    var line: Int
  }

  /// The first child of that name.
  func child(_ name: String) -> XMLElement? {
    children.first { $0.name == name }
  }

  func attribute(_ name: String) -> Attribute? {
    attributes.first { $0.name == name }
  }

  /// The single element at the top of a document.
  static func root(of bytes: [UInt8], file: String) throws(AssetError) -> XMLElement {
    try withBytes(of: bytes) { (buffer) throws(AssetError) in
      var reader = XMLReader(bytes: buffer, file: file)
      return try reader.document()
    }
  }
}

private struct XMLReader {
  let bytes: UnsafeBufferPointer<UInt8>
  let file: String
  var cursor = 0
  var line = 1
  /// Elements begun and not yet ended, outermost first.
  var open: [XMLElement] = []

  init(bytes: UnsafeBufferPointer<UInt8>, file: String) {
    self.bytes = bytes
    self.file = file
  }

  mutating func document() throws(AssetError) -> XMLElement {
    var root: XMLElement?
    while skipText() {
      if starts(with: "<!--") {
        try skip(past: "-->", of: "a comment")
      } else if starts(with: "<![CDATA[") {
        try skip(past: "]]>", of: "CDATA")
      } else if starts(with: "<?") {
        try skip(past: "?>", of: "a declaration")
      } else if starts(with: "<!") {
        try skip(past: ">", of: "a declaration")
      } else if let element = try tag() {
        guard root == nil else {
          throw error("expected one element at the top, found <\(element.name)> as a second")
        }
        root = element
      }
    }
    if let unclosed = open.last {
      throw AssetError(
        file: file, line: unclosed.line,
        message: "expected </\(unclosed.name)> before the end of the file")
    }
    guard let root else { throw error("expected an element, found none") }
    return root
  }

  /// Reads a start or end tag; gives the element if it is complete and outermost.
  private mutating func tag() throws(AssetError) -> XMLElement? {
    advance(1)
    if current == UInt8(ascii: "/") {
      advance(1)
      let name = try name("an element's name after </")
      skipSpace()
      try expect(">", after: "</\(name)")
      guard let element = open.popLast() else {
        throw error("expected a start tag before </\(name)>")
      }
      guard element.name == name else {
        throw error("expected </\(element.name)> (line \(element.line)), found </\(name)>")
      }
      return finish(element)
    }
    var element = XMLElement(name: "", line: line)
    element.name = try name("an element's name after <")
    guard open.count < 64 else { throw error("expected at most 64 nested elements") }
    while true {
      skipSpace()
      if current == UInt8(ascii: ">") {
        advance(1)
        open.append(element)
        return nil
      }
      if current == UInt8(ascii: "/") {
        advance(1)
        try expect(">", after: "/ in <\(element.name)>")
        return finish(element)
      }
      try element.attributes.append(attribute(of: element))
    }
  }

  private mutating func finish(_ element: XMLElement) -> XMLElement? {
    guard !open.isEmpty else { return element }
    open[open.count - 1].children.append(element)
    return nil
  }

  private mutating func attribute(
    of element: XMLElement
  ) throws(AssetError) -> XMLElement.Attribute {
    let name = try name("an attribute, > or /> in <\(element.name)>")
    skipSpace()
    try expect("=", after: "attribute \(name)")
    skipSpace()
    let start = line
    guard let quote = current, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      throw error("expected a quoted value of attribute \(name)")
    }
    advance(1)
    let first = cursor
    while let byte = current, byte != quote {
      guard byte != UInt8(ascii: "<") else {
        throw AssetError(
          file: file, line: start,
          message: "expected the quote that ends attribute \(name), found <")
      }
      advance(1)
    }
    guard current == quote else {
      throw AssetError(
        file: file, line: start,
        message: "expected the quote that ends attribute \(name) before the end of the file")
    }
    let raw = String(decoding: bytes[first..<cursor], as: UTF8.self)
    advance(1)
    return try XMLElement.Attribute(name: name, value: decode(raw), line: start)
  }

  /// The text with its entities replaced.
  private func decode(_ text: String) throws(AssetError) -> String {
    guard text.contains("&") else { return text }
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "&") {
      result += rest[..<start]
      guard let end = rest[start...].firstIndex(of: ";"),
        let character = Self.entity(rest[rest.index(after: start)..<end])
      else { throw error("expected an entity such as &amp; in '\(text)'") }
      result.append(character)
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private static func entity(_ name: Substring) -> Character? {
    let known: [Substring: Character] = [
      "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'",
    ]
    if let character = known[name] { return character }
    guard name.hasPrefix("#") else { return nil }
    let digits = name.dropFirst()
    let code = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return code.flatMap(Unicode.Scalar.init).map(Character.init)
  }

  private var current: UInt8? { cursor < bytes.count ? bytes[cursor] : nil }

  private mutating func advance(_ count: Int) {
    for _ in 0..<count where cursor < bytes.count {
      if bytes[cursor] == UInt8(ascii: "\n") { line += 1 }
      cursor += 1
    }
  }

  private func starts(with text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard cursor + count <= bytes.count else { return false }
    for index in 0..<count where bytes[cursor + index] != text.utf8Start[index] { return false }
    return true
  }

  /// Moves to the next `<`; false at the end of the file.
  private mutating func skipText() -> Bool {
    while let byte = current, byte != UInt8(ascii: "<") { advance(1) }
    return current != nil
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 32 || (9...13).contains(byte) { advance(1) }
  }

  private mutating func skip(past text: StaticString, of what: String) throws(AssetError) {
    let start = line
    while current != nil, !starts(with: text) { advance(1) }
    guard current != nil else {
      throw AssetError(
        file: file, line: start, message: "expected the end of \(what): \(text)")
    }
    advance(text.utf8CodeUnitCount)
  }

  private mutating func name(_ expected: String) throws(AssetError) -> String {
    let start = cursor
    while let byte = current, Self.isNameByte(byte) { advance(1) }
    guard cursor > start else {
      guard let byte = current else { throw error("expected \(expected), found the file's end") }
      throw error("expected \(expected), found '\(Character(Unicode.Scalar(byte)))'")
    }
    return String(decoding: bytes[start..<cursor], as: UTF8.self)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: ":"), 128...:
      true
    default: false
    }
  }

  private mutating func expect(_ text: StaticString, after what: String) throws(AssetError) {
    guard starts(with: text) else { throw error("expected \(text) after \(what)") }
    advance(text.utf8CodeUnitCount)
  }

  private func error(_ message: String) -> AssetError {
    AssetError(file: file, line: line, message: message)
  }
}

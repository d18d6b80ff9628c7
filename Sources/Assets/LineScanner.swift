/// Walks over the lines of a text held as bytes, and over the words of the current line.
struct LineScanner {
  /// The file, for errors.
  let file: String
  /// One-based number of the current line.
  private(set) var line = 0

  private let bytes: UnsafeBufferPointer<UInt8>
  private var next = 0
  private var cursor = 0
  private var end = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// Moves to the next line; false at the end of the text.
  mutating func nextLine() -> Bool {
    guard next < bytes.count else { return false }
    cursor = next
    end = next
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
    next = end + 1
    line += 1
    return true
  }

  /// The next word of this line, nil at its end; words are separated by blanks, tabs, returns.
  mutating func word() -> UnsafeBufferPointer<UInt8>? {
    skipBlanks()
    let start = cursor
    while cursor < end, !isBlank(bytes[cursor]) { cursor += 1 }
    return cursor > start ? UnsafeBufferPointer(rebasing: bytes[start..<cursor]) : nil
  }

  /// The rest of this line without blanks at either end.
  mutating func rest() -> String {
    skipBlanks()
    var last = end
    while last > cursor, isBlank(bytes[last - 1]) { last -= 1 }
    defer { cursor = end }
    return String(decoding: bytes[cursor..<last], as: UTF8.self)
  }

  /// The next word as a string, empty at the line's end.
  mutating func name() -> String {
    word().map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// The next word as `(float)atof` reads it; throws when it is missing or no finite float32.
  mutating func float(_ expected: StaticString) throws(AssetError) -> Float {
    guard let word = word() else {
      throw error("expected \(expected), found the end of the line")
    }
    guard let value = Numbers.double(word), Float(value).isFinite else {
      throw error("expected \(expected), found '\(String(decoding: word, as: UTF8.self))'")
    }
    return Float(value)
  }

  /// An error at the current line.
  func error(_ message: String) -> AssetError {
    AssetError(file: file, line: line, message: message)
  }

  private mutating func skipBlanks() {
    while cursor < end, isBlank(bytes[cursor]) { cursor += 1 }
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}

/// Compares a word with a keyword.
func == (word: UnsafeBufferPointer<UInt8>, keyword: StaticString) -> Bool {
  guard word.count == keyword.utf8CodeUnitCount else { return false }
  for index in 0..<word.count where word[index] != keyword.utf8Start[index] { return false }
  return true
}

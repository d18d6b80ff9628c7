/// A SentencePiece model file: pieces with scores and kinds, the model type, the normaliser.
/// The format is protocol buffers; only the fields a tokenizer needs are read.
struct SentencePieceFile: Sendable {
  /// What a piece is for.
  enum Kind: Int, Sendable {
    case normal = 1
    case unknown = 2
    case control = 3
    case userDefined = 4
    case unused = 5
    case byte = 6
  }

  /// The two algorithms.
  enum Algorithm: Int, Sendable {
    case unigram = 1
    case bpe = 2
  }

  /// One piece of the vocabulary.
  struct Piece: Sendable {
    var text = ""
    var score: Float = 0
    var kind = Kind.normal
  }

  private(set) var pieces: [Piece] = []
  private(set) var algorithm = Algorithm.unigram
  private(set) var charsmap: [UInt8] = []

  /// Reads the file at `path`.
  init(path: String) throws(VLAError) {
    let file = try MappedFile(path: path)
    try self.init(bytes: Array(file.bytes), path: path)
  }

  init(bytes: [UInt8], path: String) throws(VLAError) {
    var message = ProtocolBuffer(bytes[...], file: path)
    while let field = try message.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let bytes)): pieces.append(try Self.piece(bytes, path))
      case (2, .bytes(let bytes)): try readTrainer(bytes, path)
      case (3, .bytes(let bytes)):
        var normalizer = ProtocolBuffer(bytes, file: path)
        while let field = try normalizer.next() {
          if case (2, .bytes(let map)) = (field.number, field.value) { charsmap = Array(map) }
        }
      default: break
      }
    }
    guard !pieces.isEmpty else {
      throw VLAError(path, nil, "holds no pieces: is it a SentencePiece model?")
    }
  }

  private static func piece(_ bytes: ArraySlice<UInt8>, _ path: String) throws(VLAError) -> Piece {
    var message = ProtocolBuffer(bytes, file: path)
    var piece = Piece()
    while let field = try message.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let text)):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw VLAError(path, "piece", "is not valid UTF-8")
        }
        piece.text = string
      case (2, .fixed32(let bits)):
        piece.score = Float(bitPattern: bits)
        guard piece.score.isFinite else {
          throw VLAError(path, piece.text, "has score \(piece.score)")
        }
      case (3, .integer(let value)):
        guard let kind = Int(exactly: value).flatMap(Kind.init) else {
          throw VLAError(path, piece.text, "has kind \(value), expected 1 to 6")
        }
        piece.kind = kind
      default: break
      }
    }
    return piece
  }

  private mutating func readTrainer(
    _ bytes: ArraySlice<UInt8>, _ path: String
  ) throws(VLAError) {
    var message = ProtocolBuffer(bytes, file: path)
    while let field = try message.next() {
      switch (field.number, field.value) {
      case (3, .integer(let value)):
        guard let algorithm = Int(exactly: value).flatMap(Algorithm.init) else {
          throw VLAError(path, "model_type", "is \(value), expected 1 (unigram) or 2 (BPE)")
        }
        self.algorithm = algorithm
      default: break
      }
    }
  }
}

/// Reads the fields of one protocol-buffer message.
struct ProtocolBuffer {
  /// A field's value by wire type.
  enum Value {
    case integer(UInt64)
    case fixed64(UInt64)
    case bytes(ArraySlice<UInt8>)
    case fixed32(UInt32)
  }

  private var rest: ArraySlice<UInt8>
  private let file: String?

  init(_ bytes: ArraySlice<UInt8>, file: String?) {
    rest = bytes
    self.file = file
  }

  /// The next field, or nil at the end.
  mutating func next() throws(VLAError) -> (number: Int, value: Value)? {
    guard !rest.isEmpty else { return nil }
    let key = try integer()
    let number = Int(clamping: key >> 3)
    switch key & 7 {
    case 0: return (number, .integer(try integer()))
    case 1: return (number, .fixed64(try fixed(8)))
    case 2:
      let length = try integer()
      guard length <= UInt64(rest.count) else { throw damaged("a field of \(length) bytes") }
      let bytes = rest.prefix(Int(length))
      rest = rest.dropFirst(Int(length))
      return (number, .bytes(bytes))
    case 5: return (number, .fixed32(UInt32(try fixed(4))))
    default: throw damaged("wire type \(key & 7)")
    }
  }

  private func damaged(_ what: String) -> VLAError {
    VLAError(file, "byte \(rest.startIndex)", "\(what): damaged, or no SentencePiece model")
  }

  private mutating func integer() throws(VLAError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { throw damaged("the end inside a number") }
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw damaged("a number of more than 10 bytes")
  }

  private mutating func fixed(_ count: Int) throws(VLAError) -> UInt64 {
    guard rest.count >= count else { throw damaged("the end inside a number") }
    let value = rest.prefix(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    rest = rest.dropFirst(count)
    return value
  }
}

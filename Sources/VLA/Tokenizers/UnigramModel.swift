/// SentencePiece's unigram model: of all ways to cut a word into pieces, the likeliest.
struct UnigramModel: TokenModel {
  private let pieces: [(text: ByteString, score: Double)]
  private let ids: [ByteString: Int]
  private let unknown: Int?
  private let unknownScore: Double
  private let byteFallback: ByteFallback?
  private let trie: ByteTrie

  /// How much worse than the worst piece an unknown character is.
  private static let unknownPenalty = 10.0

  /// A model of pieces in id order.
  init(
    _ pieces: [(text: String, score: Double)], unknown: Int?, fallsBackToBytes: Bool,
    file: String?
  ) throws(VLAError) {
    guard !pieces.isEmpty else { throw VLAError(file, "vocab", "is empty") }
    if let unknown, !pieces.indices.contains(unknown) {
      throw VLAError(file, "unk_id", "is \(unknown), but there are \(pieces.count) pieces")
    }
    self.pieces = pieces.map { (ByteString($0.text), $0.score) }
    var ids: [ByteString: Int] = [:]
    var trie = ByteTrie()
    for (id, piece) in self.pieces.enumerated() {
      ids[piece.text] = id
      trie.insert(piece.text.bytes, id: id)
    }
    self.ids = ids
    self.trie = trie
    self.unknown = unknown
    unknownScore = (pieces.map(\.score).min() ?? 0) - Self.unknownPenalty
    byteFallback = fallsBackToBytes ? ByteFallback { ids[ByteString($0)] } : nil
  }

  var count: Int { pieces.count }

  func id(of piece: [Unicode.Scalar]) -> Int? { ids[ByteString(utf8(piece))] }

  func encode(_ word: [Unicode.Scalar], into result: inout [Int]) {
    let bytes = utf8(word)
    // Best way to reach each byte: its score, where its last piece begins, and that piece.
    var best = [(score: Double, start: Int, id: Int)](
      repeating: (0, -1, -1), count: bytes.count + 1)
    func offer(_ end: Int, _ score: Double, _ start: Int, _ id: Int) {
      if best[end].start < 0 || score > best[end].score { best[end] = (score, start, id) }
    }
    var start = 0
    for scalar in word {
      let length = UTF8.width(scalar)
      var coversOne = false
      let soFar = best[start].score
      trie.forEachPrefix(of: bytes, from: start) { end, id in
        offer(end, soFar + pieces[id].score, start, id)
        if end - start == length { coversOne = true }
      }
      if !coversOne { offer(start + length, soFar + unknownScore, start, unknown ?? -1) }
      start += length
    }
    // Neighbouring unknown characters become one unknown piece.
    var reversed: [(range: Range<Int>, id: Int)] = []
    var end = bytes.count
    while end > 0 {
      let (_, start, id) = best[end]
      if id == (unknown ?? -1), let last = reversed.last, last.id == id {
        reversed[reversed.count - 1].range = start..<last.range.upperBound
      } else {
        reversed.append((start..<end, id))
      }
      end = start
    }
    for (range, _) in reversed.reversed() { append(Array(bytes[range]), to: &result) }
  }

  private func append(_ piece: [UInt8], to result: inout [Int]) {
    if let id = ids[ByteString(piece)] {
      result.append(id)
    } else if let spelled = byteFallback?.spell(piece) {
      result += spelled
    } else if let unknown {
      result.append(unknown)
    }
  }

  private func utf8(_ scalars: [Unicode.Scalar]) -> [UInt8] {
    scalars.flatMap { Array(String($0).utf8) }
  }
}

/// The pieces `<0x00>` ... `<0xFF>`, which spell characters no other piece covers.
struct ByteFallback: Sendable {
  private let ids: [Int?]

  init(_ find: (String) -> Int?) {
    ids = (0...255).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return find("<0x\(digits.count < 2 ? "0" : "")\(digits)>")
    }
  }

  /// Ids of all the bytes, or nil when the vocabulary lacks one of them.
  func spell(_ bytes: [UInt8]) -> [Int]? {
    let found = bytes.compactMap { ids[Int($0)] }
    return found.count == bytes.count ? found : nil
  }
}

/// Byte strings with ids, found by walking down byte by byte.
struct ByteTrie: Sendable {
  private struct Node {
    var id = -1
    var next: [UInt8: Int] = [:]
  }
  private var nodes = [Node()]

  mutating func insert(_ bytes: [UInt8], id: Int) {
    var at = 0
    for byte in bytes {
      if let next = nodes[at].next[byte] {
        at = next
      } else {
        nodes.append(Node())
        nodes[at].next[byte] = nodes.count - 1
        at = nodes.count - 1
      }
    }
    nodes[at].id = id
  }

  /// Calls `body(end, id)` for every string that begins at `start`, the shortest first.
  func forEachPrefix(of bytes: [UInt8], from start: Int, _ body: (Int, Int) -> Void) {
    var at = 0
    for index in start..<bytes.count {
      guard let next = nodes[at].next[bytes[index]] else { return }
      at = next
      if nodes[at].id >= 0 { body(index + 1, nodes[at].id) }
    }
  }
}

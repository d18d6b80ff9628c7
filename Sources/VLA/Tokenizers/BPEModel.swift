/// Byte-pair encoding: neighbouring pieces are joined, the pair learnt first before the others.
struct BPEModel: TokenModel {
  private struct Pair: Hashable {
    var left: Int
    var right: Int
  }

  private let ids: [ByteString: Int]
  private let merges: [Pair: (rank: Int, id: Int)]
  private let options: Options
  private let unknown: Int?
  private let byteFallback: ByteFallback?

  /// The settings of a `tokenizer.json` model.
  struct Options: Sendable {
    var unknown: String?
    var fusesUnknown = false
    var fallsBackToBytes = false
    var ignoresMerges = false
    var continuingPrefix = ""
    var endSuffix = ""
  }

  /// A model of a vocabulary and merges in the order they were learnt.
  init(
    vocabulary: [ByteString: Int], merges: [(String, String)], _ options: Options, file: String?
  ) throws(VLAError) {
    ids = vocabulary
    self.options = options
    var table: [Pair: (rank: Int, id: Int)] = [:]
    for (rank, (left, right)) in merges.enumerated() {
      var tail = ByteString(right)
      // By bytes: as characters, a combining mark would hide the prefix it follows.
      if right.utf8.starts(with: options.continuingPrefix.utf8) {
        tail.bytes.removeFirst(options.continuingPrefix.utf8.count)
      }
      guard let a = vocabulary[ByteString(left)], let b = vocabulary[ByteString(right)],
        let joined = vocabulary[ByteString(Array(left.utf8) + tail.bytes)]
      else {
        throw VLAError(
          file, "merges[\(rank)]",
          "'\(left)' and '\(right)' or what they join to"
            + " are not in the vocabulary")
      }
      table[Pair(left: a, right: b)] = (rank, joined)
    }
    self.merges = table
    if let token = options.unknown {
      guard let id = vocabulary[ByteString(token)] else {
        throw VLAError(file, "unk_token", "'\(token)' is not in the vocabulary")
      }
      unknown = id
    } else {
      unknown = nil
    }
    byteFallback =
      options.fallsBackToBytes ? ByteFallback { vocabulary[ByteString($0)] } : nil
  }

  var count: Int { ids.count }

  func id(of piece: [Unicode.Scalar]) -> Int? {
    ids[ByteString(piece.flatMap { Array(String($0).utf8) })]
  }

  func encode(_ word: [Unicode.Scalar], into result: inout [Int]) {
    if options.ignoresMerges, let id = id(of: word) {
      result.append(id)
      return
    }
    var pieces = initialPieces(of: word)
    func rank(_ at: Int) -> Int {
      merges[Pair(left: pieces[at], right: pieces[at + 1])]?.rank ?? .max
    }
    // The rank of every neighbouring pair; a join changes two of them.
    var ranks = pieces.indices.dropLast().map(rank)
    while let best = ranks.indices.min(by: { ranks[$0] < ranks[$1] }), ranks[best] < .max,
      let join = merges[Pair(left: pieces[best], right: pieces[best + 1])]
    {
      pieces[best] = join.id
      pieces.remove(at: best + 1)
      ranks.remove(at: best)
      if best > 0 { ranks[best - 1] = rank(best - 1) }
      if best < ranks.count { ranks[best] = rank(best) }
    }
    result += pieces
  }

  private func initialPieces(of word: [Unicode.Scalar]) -> [Int] {
    var pieces: [Int] = []
    var pendingUnknown = false
    for (index, scalar) in word.enumerated() {
      let own = Array(String(scalar).utf8)
      var bytes = own
      if index > 0 { bytes = Array(options.continuingPrefix.utf8) + bytes }
      if index == word.count - 1 { bytes += Array(options.endSuffix.utf8) }
      if let id = ids[ByteString(bytes)] {
        if pendingUnknown, let unknown { pieces.append(unknown) }
        pendingUnknown = false
        pieces.append(id)
      } else if let spelled = byteFallback?.spell(bytes) {
        pieces += spelled
      } else if let unknown {
        if pendingUnknown, !options.fusesUnknown { pieces.append(unknown) }
        pendingUnknown = true
      }
    }
    if pendingUnknown, let unknown { pieces.append(unknown) }
    return pieces
  }
}

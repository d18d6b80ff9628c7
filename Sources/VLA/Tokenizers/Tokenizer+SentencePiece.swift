extension Tokenizer {
  /// How a model family uses a SentencePiece file; the file itself does not say.
  public enum Conventions: Sendable {
    /// KosMos-2: XLM-R's ids (four specials first, `<mask>` last), then tags and patch tokens.
    case kosmos
    /// Gemma: ids as in the file, no mark in front, spaces become marks.
    case gemma
  }

  /// Reads a SentencePiece model and arranges it as Hugging Face's converters do.
  public init(sentencePiece path: String, conventions: Conventions) throws(VLAError) {
    try self.init(SentencePieceFile(path: path), conventions, path)
  }

  init(
    _ file: SentencePieceFile, _ conventions: Conventions, _ path: String
  ) throws(VLAError) {
    switch conventions {
    case .kosmos: try self.init(kosmos: file, path)
    case .gemma: try self.init(gemma: file, path)
    }
  }

  private init(kosmos file: SentencePieceFile, _ path: String) throws(VLAError) {
    guard file.algorithm == .unigram, file.pieces.count > 3 else {
      throw VLAError(path, "model_type", "KosMos-2 needs a unigram model of more than 3 pieces")
    }
    let specials = ["<s>", "<pad>", "</s>", "<unk>"]
    var pieces = specials.map { (text: $0, score: 0.0) }
    pieces += file.pieces.dropFirst(3).map { ($0.text, Double($0.score)) }
    pieces.append(("<mask>", 0))
    // The library's own conversion does not spell unknown characters as bytes, even where the
    // model could.
    model = try UnigramModel(pieces, unknown: 3, fallsBackToBytes: false, file: path)
    var steps: [Normalizer] = [
      .strip(left: false, right: true),
      .replace(try Pattern(expression: " {2,}", file: path), with: ["\u{2581}"]),
    ]
    if !file.charsmap.isEmpty {
      steps.insert(.precompiled(try PrecompiledCharsmap(file.charsmap, file: path)), at: 0)
    }
    normalizer = .sequence(steps)
    preTokenizer = .metaspace(replacement: "\u{2581}", prepend: .always, splits: true)
    template = Template(before: [0], after: [2])
    var tokens = specials.enumerated().map { AddedTokens.Token(content: $1, id: $0) }
    tokens.append(
      AddedTokens.Token(
        content: "<mask>", id: pieces.count - 1, stripsLeft: true, isNormalized: true))
    for (index, tag) in Self.kosmosTags.enumerated() {
      tokens.append(
        AddedTokens.Token(content: tag, id: pieces.count + index, stripsLeft: true))
    }
    added = AddedTokens(tokens, normalizer: normalizer)
  }

  /// KosMos-2's tags and its 32 x 32 patch tokens, in id order.
  private static let kosmosTags: [String] =
    [
      "</doc>", "<image>", "</image>", "</chunk>", "</line>", "<phrase>", "</phrase>", "<object>",
      "</object>", "</delimiter_of_multi_objects/>", "<grounding>",
    ]
    + (0..<1024).map { index in
      let digits = String(index)
      return "<patch_index_" + String(repeating: "0", count: 4 - digits.count) + digits + ">"
    }

  private init(gemma file: SentencePieceFile, _ path: String) throws(VLAError) {
    guard file.pieces.count > 3 else { throw VLAError(path, nil, "has fewer than 4 pieces") }
    var pieces = ["<pad>", "<eos>", "<bos>"].map { (text: $0, score: 0.0) }
    pieces += file.pieces.dropFirst(3).map { ($0.text, Double($0.score)) }
    // Older Gemma files lack a tab piece; the byte's place is used for it.
    if !pieces.contains(where: { $0.text == "\t" }),
      let byte = pieces.firstIndex(where: { $0.text == "<0x09>" })
    {
      pieces[byte] = ("\t", 0)
    }
    let unknown = file.pieces.firstIndex { $0.kind == .unknown } ?? 3
    switch file.algorithm {
    case .unigram:
      model = try UnigramModel(pieces, unknown: unknown, fallsBackToBytes: true, file: path)
    case .bpe:
      var vocabulary: [ByteString: Int] = [:]
      for (id, piece) in pieces.enumerated() { vocabulary[ByteString(piece.text)] = id }
      model = try BPEModel(
        vocabulary: vocabulary, merges: Self.merges(of: pieces, vocabulary),
        BPEModel.Options(
          unknown: pieces[unknown].text, fusesUnknown: true, fallsBackToBytes: true), file: path)
    }
    normalizer = .replace(Pattern(literal: " "), with: ["\u{2581}"])
    preTokenizer = .split(Pattern(literal: " "), .mergedWithPrevious, inverts: false)
    template = Template(before: [2])
    var tokens = [0, 1, 2, unknown].map { AddedTokens.Token(content: pieces[$0].text, id: $0) }
    for (id, piece) in file.pieces.enumerated().dropFirst(3)
    where piece.kind == .userDefined || piece.kind == .control {
      tokens.append(AddedTokens.Token(content: piece.text, id: id))
    }
    added = AddedTokens(tokens, normalizer: normalizer)
  }

  /// The merges a SentencePiece BPE vocabulary implies: every cut of a piece into two pieces, the
  /// best piece first, and of one piece's cuts the longest halves first.
  private static func merges(
    of pieces: [(text: String, score: Double)], _ vocabulary: [ByteString: Int]
  ) -> [(String, String)] {
    struct Merge {
      var left, right: [UInt8]
      var lengths: (Int, Int)
      var score: Double
      var order: Int
    }
    var merges: [Merge] = []
    for piece in pieces {
      let scalars = Array(piece.text.unicodeScalars)
      guard scalars.count > 1 else { continue }
      var cuts: [(left: [UInt8], right: [UInt8], ids: (Int, Int), lengths: (Int, Int))] = []
      var left: [UInt8] = []
      let all = Array(piece.text.utf8)
      for index in 1..<scalars.count {
        left += Array(String(scalars[index - 1]).utf8)
        let right = Array(all[left.count...])
        if let a = vocabulary[ByteString(left)], let b = vocabulary[ByteString(right)] {
          cuts.append((left, right, (a, b), (index, scalars.count - index)))
        }
      }
      cuts.sort { $0.ids < $1.ids }
      for cut in cuts {
        merges.append(
          Merge(
            left: cut.left, right: cut.right, lengths: cut.lengths, score: piece.score,
            order: merges.count))
      }
    }
    merges.sort { a, b in
      (a.score, a.lengths.0, a.lengths.1, b.order) > (b.score, b.lengths.0, b.lengths.1, a.order)
    }
    return merges.map { (ByteString($0.left).text, ByteString($0.right).text) }
  }
}

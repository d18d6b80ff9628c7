import Foundation
import Testing

@testable import VLA

/// Ids against the `tokenizers` library's on 5,000 strings: instructions, prompts with tags, a dozen
/// scripts, ligatures, full-width forms, combining marks, emoji sequences, control characters.
@Suite struct TokenizerTests {
  static func strings() throws -> [String] {
    try Fixtures.json(try Fixtures.unpacked("Tokenizers/strings.json")).array?
      .compactMap(\.string) ?? []
  }

  static func expected(_ name: String) throws -> [[Int]] {
    let bytes = try Fixtures.unpacked("Tokenizers/\(name).ids")
    var rows: [[Int]] = []
    var at = 0
    func word() -> Int {
      defer { at += 2 }
      return Int(bytes[at]) | Int(bytes[at + 1]) << 8
    }
    while at < bytes.count {
      let count = word()
      rows.append((0..<count).map { _ in word() })
    }
    return rows
  }

  static func check(_ tokenizer: Tokenizer, _ name: String) throws {
    let strings = try strings()
    let expected = try expected(name)
    #expect(strings.count == 5000 && expected.count == 5000)
    let wrong = strings.indices.filter { tokenizer.encode(strings[$0]) != expected[$0] }
    #expect(wrong.isEmpty, "\(wrong.count) of 5000 differ")
    for index in wrong.prefix(5) {
      Issue.record(
        "\(strings[index].debugDescription): \(tokenizer.encode(strings[index])), expected \(expected[index])"
      )
    }
  }

  @Test(arguments: ["kosmos", "xlmr", "gemma", "bytelevel", "unigrambytes"])
  func tokenizerJSON(_ name: String) throws {
    let json = try Fixtures.json(try Fixtures.unpacked("Tokenizers/\(name).tokenizer.json"))
    try Self.check(try Tokenizer(json, file: name), name)
  }

  @Test func kosmosSentencePiece() throws {
    let file = try SentencePieceFile(
      bytes: try Fixtures.unpacked("Tokenizers/kosmos.sentencepiece.bpe.model"), path: "kosmos")
    try Self.check(try Tokenizer(file, .kosmos, "kosmos"), "kosmos")
  }

  @Test func gemmaSentencePiece() throws {
    let file = try SentencePieceFile(
      bytes: try Fixtures.unpacked("Tokenizers/gemma.tokenizer.model"), path: "gemma")
    try Self.check(try Tokenizer(file, .gemma, "gemma"), "gemma")
  }

  /// Against the `tokenizers` library's: characters beyond the first plane, marks out of order,
  /// Korean letters, and characters younger than its tables.
  @Test(arguments: [
    (UnicodeForm.nfc, "\u{e0049}\u{302}", "\u{e0049}\u{302}"),
    (.nfkc, "\u{ff45}\u{302}\u{323}", "\u{1ec7}"),
    (.nfkc, "\u{1c4}\u{323}", "\u{44}\u{1e92}\u{30c}"),
    (.nfd, "\u{f73}\u{301}", "\u{f71}\u{f72}\u{301}"),
    (.nfc, "\u{61}\u{301}\u{d3c}\u{323}", "\u{e1}\u{d3c}\u{323}"),
    (.nfc, "\u{1100}\u{1161}\u{11a8}\u{11a8}", "\u{ac01}\u{11a8}"),
    (.nfkd, "\u{385}\u{323}", "\u{20}\u{323}\u{308}\u{301}"),
    (.nfc, "\u{1ead}\u{78}\u{344}", "\u{1ead}\u{1e8d}\u{301}"),
    (.nfc, "\u{11099}\u{110ba}\u{11935}\u{11930}", "\u{1109a}\u{11935}\u{11930}"),
    (.nfkc, "\u{32ff}\u{337f}", "\u{32ff}\u{682a}\u{5f0f}\u{4f1a}\u{793e}"),
  ])
  func unicodeForms(_ form: UnicodeForm, _ text: String, _ expected: String) {
    #expect(form.normalized(Array(text.unicodeScalars)) == Array(expected.unicodeScalars))
  }

  /// Marks of the library's tables are dropped; younger ones, unknown to it, stay.
  @Test func strippedAccents() {
    var text = NormalizedText("e\u{301}\u{1cf2}\u{20e3}\u{d00}")
    Normalizer.stripAccents.apply(to: &text)
    #expect(text.scalars == ["e", "\u{d00}"])
  }

  /// A piece that begins with a mark continues a word like any other.
  @Test func continuingPrefixBeforeAMark() throws {
    let json = try Fixtures.json(
      Array(
        """
        {"model": {"type": "BPE", "unk_token": "?", "continuing_subword_prefix": "##",
          "vocab": {"?": 0, "i": 1, "##\u{307}": 2, "i\u{307}": 3}, "merges": ["i ##\u{307}"]}}
        """.utf8))
    #expect(try Tokenizer(json, file: "t").encode("i\u{307}i") == [3, 0])
  }

  /// The library's `\w` has fractions and no joiners; a single word may touch characters younger
  /// than its tables.
  @Test func wordCharacters() throws {
    let split = PreTokenizer.split(
      try Pattern(oniguruma: #"[^\W_]+"#, file: nil), .removed, inverts: true)
    let words = split.split(NormalizedText("a\u{200d}b\u{bd}_c\u{301}"))
    #expect(words.map(\.string) == ["a", "b\u{bd}", "c\u{301}"])
    let tokens = AddedTokens(
      [.init(content: "x", id: 7, isSingleWord: true)], normalizer: nil)
    for (text, isFound) in [("x\u{a7f1}", true), ("x\u{200d}", false), ("x\u{bd}", true)] {
      let found = tokens.split(NormalizedText(text), with: tokens.verbatim).contains {
        if case .token = $0 { true } else { false }
      }
      #expect(found == isFound)
    }
  }

  /// Upstream's prompts end after 512 ids, with the end token kept.
  @Test func longInstructionsAreCut() throws {
    let files = try TinyModel.files()
    let json = try #require(files.first { $0.name == "tokenizer.json" })
    let tokenizer = try Tokenizer(try Fixtures.json(json.bytes), file: "t")
    let long = String(repeating: "block ", count: 600)
    let ids = VLAConfiguration.BackboneKind.kosmos.ids(for: long, tokenizer)
    #expect(ids.count == 512 && ids.first == 0 && ids.last == 2)
    #expect(ids[510] == tokenizer.id(of: "\u{2581}block"))
  }

  @Test func refusesUnknownTypes() throws {
    func error(_ text: String) throws -> VLAError? {
      #expect(throws: VLAError.self) {
        try Tokenizer(try Fixtures.json(Array(text.utf8)), file: "t.json")
      }
    }
    let model = #""model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0]]}"#
    #expect(
      try error(#"{"model": {"type": "WordPiece"}}"#)?.description.contains("WordPiece") == true)
    #expect(
      try error(#"{\#(model), "normalizer": {"type": "Nmt2"}}"#)?.description.contains("Nmt2")
        == true)
    #expect(
      try error(#"{\#(model), "pre_tokenizer": {"type": "Jieba"}}"#)?.description.contains("Jieba")
        == true)
    #expect(
      try error(#"{\#(model), "post_processor": {"type": "Odd"}}"#)?.description.contains("Odd")
        == true)
    #expect(
      try error(#"{"model": {"type": "Unigram", "unk_id": 5, "vocab": [["a", 0]]}}"#)?.item
        == "unk_id")
  }

  /// Damaged files are refused or read, never trapped on.
  @Test func damagedFilesDoNotTrap() throws {
    var random = SeededGenerator(11)
    let json = try Fixtures.unpacked("Tokenizers/unigrambytes.tokenizer.json")
    let model = try Fixtures.unpacked("Tokenizers/gemma.tokenizer.model")
    for round in 0..<200 {
      var text = json
      var bytes = model
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        text[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      if round % 3 == 0 {
        text = Array(text.prefix(Int.random(in: 0..<text.count, using: &random)))
        bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)))
      }
      if let parsed = try? Fixtures.json(text), let tokenizer = try? Tokenizer(parsed, file: "f") {
        _ = tokenizer.encode("push the red block ½ ☃")
      }
      if let file = try? SentencePieceFile(bytes: bytes, path: "f"),
        let tokenizer = try? Tokenizer(file, .gemma, "f")
      {
        _ = tokenizer.encode("push the red block ½ ☃")
      }
    }
  }
}

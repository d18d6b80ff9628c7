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

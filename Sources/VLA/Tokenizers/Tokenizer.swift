import Foundation

/// Text to token ids, as the `tokenizers` library does it: added tokens are cut out, the rest is
/// normalised, split into words, and each word cut into pieces by the model; a template adds the
/// special tokens around.
public struct Tokenizer: Sendable {
  var added: AddedTokens
  var normalizer: Normalizer?
  var preTokenizer: PreTokenizer?
  var model: TokenModel
  var template: Template

  /// Special tokens before and after the text's own.
  struct Template: Sendable {
    var before: [Int] = []
    var after: [Int] = []
  }

  /// The ids of a text; `addsSpecialTokens` applies the template. Of more than `limit` ids the
  /// text's last ones are left out.
  public func encode(_ text: String, addsSpecialTokens: Bool = true, limit: Int = .max) -> [Int] {
    var ids: [Int] = []
    for segment in added.split(NormalizedText(text), with: added.verbatim) {
      switch segment {
      case .token(let id): ids.append(id)
      case .text(var rest):
        normalizer?.apply(to: &rest)
        for segment in added.split(rest, with: added.normalized) {
          switch segment {
          case .token(let id): ids.append(id)
          case .text(let rest):
            let words = preTokenizer?.split(rest) ?? [rest]
            for word in words where !word.isEmpty { model.encode(word.scalars, into: &ids) }
          }
        }
      }
    }
    guard addsSpecialTokens else { return Array(ids.prefix(limit)) }
    let room = max(0, limit - template.before.count - template.after.count)
    return template.before + ids.prefix(room) + template.after
  }

  /// The id of a token by its exact text.
  public func id(of token: String) -> Int? {
    added.id(of: token) ?? model.id(of: Array(token.unicodeScalars))
  }

  /// Number of ids, added tokens counted.
  public var count: Int { max(model.count, (added.ids.max() ?? -1) + 1) }

  /// Ids of the model's own vocabulary, without added tokens (`vocab_size` upstream).
  public var baseCount: Int { model.count }

  /// Reads the tokenizer of a folder: `tokenizer.json`, else `sentencepiece.bpe.model` (KosMos-2's
  /// XLM-R conventions), else `tokenizer.model` or `sentencepiece.model` (Gemma's).
  public static func load(folder: String) throws(VLAError) -> Tokenizer {
    func path(_ name: String) -> String? {
      let path = "\(folder)/\(name)"
      return FileManager.default.fileExists(atPath: path) ? path : nil
    }
    if let file = path("tokenizer.json") { return try Tokenizer(json: file) }
    if let file = path("sentencepiece.bpe.model") {
      return try Tokenizer(sentencePiece: file, conventions: .kosmos)
    }
    if let file = path("tokenizer.model") ?? path("sentencepiece.model") {
      return try Tokenizer(sentencePiece: file, conventions: .gemma)
    }
    throw VLAError(
      folder, nil,
      "has no tokenizer: expected tokenizer.json, sentencepiece.bpe.model,"
        + " tokenizer.model or sentencepiece.model")
  }
}

/// The part that cuts a word into pieces of its vocabulary.
protocol TokenModel: Sendable {
  /// Ids in the vocabulary.
  var count: Int { get }
  /// The id of a piece.
  func id(of piece: [Unicode.Scalar]) -> Int?
  /// Appends the ids of one word, which is not empty.
  func encode(_ word: [Unicode.Scalar], into ids: inout [Int])
}

/// A text on its way through the pipeline: scalars, each with the place in the original text it
/// came from, because some steps treat the text's very beginning differently.
struct NormalizedText: Sendable, Equatable {
  var scalars: [Unicode.Scalar]
  var origins: [Int]

  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    origins = Array(scalars.indices)
  }

  init(scalars: [Unicode.Scalar], origins: [Int]) {
    self.scalars = scalars
    self.origins = origins
  }

  var isEmpty: Bool { scalars.isEmpty }

  /// True when the first scalar stands where the original text began.
  var isAtStart: Bool { origins.first == 0 }

  var string: String {
    var result = String.UnicodeScalarView()
    result.append(contentsOf: scalars)
    return String(result)
  }

  func slice(_ range: Range<Int>) -> NormalizedText {
    NormalizedText(scalars: Array(scalars[range]), origins: Array(origins[range]))
  }

  mutating func prepend(_ text: [Unicode.Scalar]) {
    scalars = text + scalars
    origins = Array(repeating: origins.first ?? 0, count: text.count) + origins
  }

  /// Replaces ranges, given in ascending order without overlap.
  mutating func replace(_ ranges: [Range<Int>], with text: [Unicode.Scalar]) {
    guard !ranges.isEmpty else { return }
    var result = NormalizedText(scalars: [], origins: [])
    var at = 0
    for range in ranges {
      result.append(slice(at..<range.lowerBound))
      let origin = range.lowerBound < origins.count ? origins[range.lowerBound] : origins.last ?? 0
      result.append(
        NormalizedText(scalars: text, origins: Array(repeating: origin, count: text.count)))
      at = range.upperBound
    }
    result.append(slice(at..<scalars.count))
    self = result
  }

  mutating func append(_ other: NormalizedText) {
    scalars += other.scalars
    origins += other.origins
  }

  /// Replaces the whole text by one whose scalars come from unknown places; the beginning stays.
  mutating func replaceAll(with text: [Unicode.Scalar]) {
    let start = origins.first ?? 0
    scalars = text
    origins = scalars.indices.map { start + $0 }
  }
}

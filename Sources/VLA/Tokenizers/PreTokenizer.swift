/// One step that splits a text into words; the `pre_tokenizer` of a `tokenizer.json`.
indirect enum PreTokenizer: Sendable {
  case sequence([PreTokenizer])
  case metaspace(replacement: Unicode.Scalar, prepend: PrependScheme, splits: Bool)
  case whitespaceSplit
  case digits(individual: Bool)
  case punctuation(Behavior)
  case split(Pattern, Behavior, inverts: Bool)
  case byteLevel(addsPrefixSpace: Bool, pattern: Pattern?)

  /// When Metaspace puts its mark in front.
  enum PrependScheme: String, Sendable, CaseIterable { case always, first, never }

  /// What happens to the delimiters of a split.
  enum Behavior: String, Sendable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
  }

  func split(_ text: NormalizedText) -> [NormalizedText] {
    switch self {
    case .sequence(let steps):
      return steps.reduce([text]) { words, step in
        words.flatMap { step.split($0) }.filter { !$0.isEmpty }
      }
    case .metaspace(let mark, let prepend, let splits):
      var text = text
      text.scalars = text.scalars.map { $0 == " " ? mark : $0 }
      let wantsMark = prepend == .always || (prepend == .first && text.isAtStart)
      if wantsMark, text.scalars.first != mark { text.prepend([mark]) }
      return splits ? cut(text, .mergedWithNext) { $0 == mark } : [text]
    case .whitespaceSplit: return cut(text, .removed, isDelimiter: \.isWhiteSpace)
    case .digits(let individual):
      return cut(text, individual ? .isolated : .contiguous) {
        [.decimalNumber, .letterNumber, .otherNumber].contains($0.properties.generalCategory)
      }
    case .punctuation(let behavior): return cut(text, behavior, isDelimiter: \.isPunctuation)
    case .split(let pattern, let behavior, let inverts):
      return cut(text, behavior, matches: pattern.matches(in: text), inverts: inverts)
    case .byteLevel(let addsPrefixSpace, let pattern):
      var text = text
      if addsPrefixSpace, text.scalars.first != " " { text.prepend([" "]) }
      let words =
        pattern.map { cut(text, .isolated, matches: $0.matches(in: text), inverts: false) } ?? [
          text
        ]
      return words.map(ByteAlphabet.spell)
    }
  }

  private func cut(
    _ text: NormalizedText, _ behavior: Behavior, isDelimiter: (Unicode.Scalar) -> Bool
  ) -> [NormalizedText] {
    let matches = text.scalars.indices.filter { isDelimiter(text.scalars[$0]) }
      .map { $0..<($0 + 1) }
    return cut(text, behavior, matches: matches, inverts: false)
  }

  private func cut(
    _ text: NormalizedText, _ behavior: Behavior, matches: [Range<Int>], inverts: Bool
  ) -> [NormalizedText] {
    var parts: [(range: Range<Int>, isMatch: Bool)] = []
    var at = 0
    for match in matches {
      if at < match.lowerBound { parts.append((at..<match.lowerBound, inverts)) }
      parts.append((match, !inverts))
      at = match.upperBound
    }
    if at < text.scalars.count { parts.append((at..<text.scalars.count, inverts)) }
    return behavior.arrange(parts).map(text.slice)
  }
}

extension PreTokenizer.Behavior {
  /// Ranges of words from alternating text and delimiters.
  fileprivate func arrange(_ parts: [(range: Range<Int>, isMatch: Bool)]) -> [Range<Int>] {
    var words: [Range<Int>] = []
    switch self {
    case .removed: words = parts.filter { !$0.isMatch }.map(\.range)
    case .isolated: words = parts.map(\.range)
    case .contiguous:
      var previous: Bool?
      for part in parts {
        if previous == part.isMatch, let last = words.last {
          words[words.count - 1] = last.lowerBound..<part.range.upperBound
        } else {
          words.append(part.range)
        }
        previous = part.isMatch
      }
    case .mergedWithPrevious:
      var previousWasMatch = false
      for part in parts {
        if part.isMatch, !previousWasMatch, let last = words.last {
          words[words.count - 1] = last.lowerBound..<part.range.upperBound
        } else {
          words.append(part.range)
        }
        previousWasMatch = part.isMatch
      }
    case .mergedWithNext:
      var previousWasMatch = false
      for part in parts.reversed() {
        if part.isMatch, !previousWasMatch, let last = words.last {
          words[words.count - 1] = part.range.lowerBound..<last.upperBound
        } else {
          words.append(part.range)
        }
        previousWasMatch = part.isMatch
      }
      words.reverse()
    }
    return words.filter { !$0.isEmpty }
  }
}

extension Unicode.Scalar {
  /// Punctuation: ASCII's, or any category P of Unicode 8, whose table the library has.
  var isPunctuation: Bool {
    if isASCII { return "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".unicodeScalars.contains(self) }
    guard let age = properties.age, age.major <= 8 else { return false }
    switch properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      return true
    default: return false
    }
  }
}

/// GPT-2's spelling of bytes as printable characters.
enum ByteAlphabet {
  /// The split GPT-2 was trained with.
  static let pattern =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  private static let characters: [Unicode.Scalar] = {
    var next: UInt32 = 256
    return (0...255).map { (byte: UInt32) in
      let isPrintable = (0x21...0x7e).contains(byte) || (0xa1...0xac).contains(byte) || byte >= 0xae
      defer { if !isPrintable { next += 1 } }
      return Unicode.Scalar(isPrintable ? byte : next) ?? " "
    }
  }()

  static func spell(_ word: NormalizedText) -> NormalizedText {
    var result = NormalizedText(scalars: [], origins: [])
    for (scalar, origin) in zip(word.scalars, word.origins) {
      for byte in String(scalar).utf8 {
        result.scalars.append(characters[Int(byte)])
        result.origins.append(origin)
      }
    }
    return result
  }
}

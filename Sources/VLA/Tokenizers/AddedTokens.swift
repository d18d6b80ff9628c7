/// Tokens cut out of a text before the model sees it.
struct AddedTokens: Sendable {
  /// One added token, with the library's flags.
  struct Token: Sendable, Equatable {
    var content: String
    var id: Int
    /// Matches only between non-word characters.
    var isSingleWord = false
    /// Swallows white space before it.
    var stripsLeft = false
    /// Swallows white space after it.
    var stripsRight = false
    /// Is looked for in the normalised text rather than in the original.
    var isNormalized = false
  }

  /// Tokens by first scalar, the longest first.
  struct Matcher: Sendable {
    fileprivate var byFirst: [Unicode.Scalar: [(content: [Unicode.Scalar], token: Token)]] = [:]

    fileprivate mutating func add(_ content: [Unicode.Scalar], _ token: Token) {
      guard let first = content.first else { return }
      byFirst[first, default: []].append((content, token))
      // Leftmost-longest; of equal contents the first added wins.
      byFirst[first]?.sort { $0.content.count > $1.content.count }
    }
  }

  /// A part of a text: a token, or text still to be treated.
  enum Segment {
    case token(Int)
    case text(NormalizedText)
  }

  /// Tokens looked for in the original text.
  private(set) var verbatim = Matcher()
  /// Tokens looked for in the normalised text.
  private(set) var normalized = Matcher()
  private var byContent: [ByteString: Int] = [:]

  init(_ tokens: [Token], normalizer: Normalizer?) {
    for token in tokens {
      byContent[ByteString(token.content)] = token.id
      if token.isNormalized {
        var content = NormalizedText(token.content)
        normalizer?.apply(to: &content)
        normalized.add(content.scalars, token)
      } else {
        verbatim.add(Array(token.content.unicodeScalars), token)
      }
    }
  }

  var ids: [Int] { Array(byContent.values) }

  func id(of token: String) -> Int? { byContent[ByteString(token)] }

  /// Cuts a text at the matcher's tokens.
  func split(_ text: NormalizedText, with matcher: Matcher) -> [Segment] {
    guard !matcher.byFirst.isEmpty else { return text.isEmpty ? [] : [.text(text)] }
    var segments: [Segment] = []
    let scalars = text.scalars
    var done = 0
    var at = 0
    while at < scalars.count {
      guard let match = longest(at, in: scalars, matcher) else {
        at += 1
        continue
      }
      var (start, end) = (at, at + match.content.count)
      at = end
      let token = match.token
      if token.isSingleWord {
        let touchesBefore = start > 0 && scalars[start - 1].isWordCharacter
        let touchesAfter = end < scalars.count && scalars[end].isWordCharacter
        if touchesBefore || touchesAfter { continue }
      }
      if token.stripsLeft {
        while start > done, scalars[start - 1].isWhiteSpace { start -= 1 }
      }
      if token.stripsRight {
        while end < scalars.count, scalars[end].isWhiteSpace { end += 1 }
      }
      if done < start { segments.append(.text(text.slice(done..<start))) }
      segments.append(.token(token.id))
      done = end
    }
    if done < scalars.count { segments.append(.text(text.slice(done..<scalars.count))) }
    return segments
  }

  private func longest(
    _ at: Int, in scalars: [Unicode.Scalar], _ matcher: Matcher
  ) -> (content: [Unicode.Scalar], token: Token)? {
    matcher.byFirst[scalars[at]]?.first { candidate in
      candidate.content.count <= scalars.count - at
        && scalars[at..<(at + candidate.content.count)].elementsEqual(candidate.content)
    }
  }
}

extension Unicode.Scalar {
  /// White space as Rust's `char::is_whitespace` and the regular expression `\s` have it.
  var isWhiteSpace: Bool { properties.isWhitespace }

  /// A word character: letters, marks, decimal digits, connectors, joiners, of the library's Unicode
  /// 16.
  var isWordCharacter: Bool {
    guard let age = properties.age, age.major <= 16 else { return false }
    if properties.isAlphabetic { return true }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      return true
    default: return self == "\u{200C}" || self == "\u{200D}"
    }
  }
}

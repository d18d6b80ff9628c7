import Foundation

/// One step that rewrites a text before it is split; the `normalizer` of a `tokenizer.json`.
indirect enum Normalizer: Sendable {
  case sequence([Normalizer])
  case precompiled(PrecompiledCharsmap)
  case replace(Pattern, with: [Unicode.Scalar])
  case prepend([Unicode.Scalar])
  case strip(left: Bool, right: Bool)
  case stripAccents
  case lowercase
  case unicode(UnicodeForm)

  func apply(to text: inout NormalizedText) {
    switch self {
    case .sequence(let steps): for step in steps { step.apply(to: &text) }
    case .precompiled(let map): map.apply(to: &text)
    case .replace(let pattern, let replacement):
      text.replace(pattern.matches(in: text), with: replacement)
    case .prepend(let prefix): if !text.isEmpty { text.prepend(prefix) }
    case .strip(let left, let right):
      var range = 0..<text.scalars.count
      if left {
        range =
          (text.scalars.firstIndex { !$0.isWhiteSpace } ?? range.upperBound)..<range.upperBound
      }
      if right {
        let end = text.scalars.lastIndex { !$0.isWhiteSpace }.map { $0 + 1 } ?? range.lowerBound
        range = range.lowerBound..<max(end, range.lowerBound)
      }
      text = text.slice(range)
    case .stripAccents:
      let kept = text.scalars.indices.filter { !text.scalars[$0].isCombiningMark }
      text = NormalizedText(
        scalars: kept.map { text.scalars[$0] }, origins: kept.map { text.origins[$0] })
    case .lowercase:
      var result = NormalizedText(scalars: [], origins: [])
      for (scalar, origin) in zip(text.scalars, text.origins) {
        for lower in scalar.properties.lowercaseMapping.unicodeScalars {
          result.scalars.append(lower)
          result.origins.append(origin)
        }
      }
      text = result
    case .unicode(let form):
      guard !text.scalars.allSatisfy(\.isASCII) else { return }
      text.replaceAll(with: form.normalized(text.scalars))
    }
  }
}

/// What a replacement or a split looks for: a literal text or a regular expression.
struct Pattern: @unchecked Sendable {
  private let literal: [Unicode.Scalar]
  // NSRegularExpression is immutable and documented as safe to share.
  private let expression: NSRegularExpression?

  init(literal: String) {
    self.literal = Array(literal.unicodeScalars)
    expression = nil
  }

  init(expression text: String, file: String?) throws(VLAError) {
    literal = []
    do {
      expression = try NSRegularExpression(pattern: text)
    } catch {
      throw VLAError(file, text, "is no regular expression we understand")
    }
  }

  /// Ranges of scalars that match, ascending; empty matches are left out.
  func matches(in text: NormalizedText) -> [Range<Int>] {
    guard let expression else { return literalMatches(in: text.scalars) }
    let string = text.string
    // Places of scalars in UTF-16, in which the matches are given.
    var scalarAt = [Int](repeating: 0, count: string.utf16.count + 1)
    var unit = 0
    for (index, scalar) in text.scalars.enumerated() {
      scalarAt[unit] = index
      unit += scalar.value > 0xffff ? 2 : 1
    }
    scalarAt[unit] = text.scalars.count
    return expression.matches(in: string, range: NSRange(location: 0, length: unit)).compactMap {
      let range = $0.range
      guard range.length > 0 else { return nil }
      return scalarAt[range.location]..<scalarAt[range.location + range.length]
    }
  }

  private func literalMatches(in scalars: [Unicode.Scalar]) -> [Range<Int>] {
    guard let first = literal.first else { return [] }
    var ranges: [Range<Int>] = []
    var at = 0
    while at + literal.count <= scalars.count {
      let end = at + literal.count
      if scalars[at] == first, scalars[at..<end].elementsEqual(literal) {
        ranges.append(at..<end)
        at = end
      } else {
        at += 1
      }
    }
    return ranges
  }
}

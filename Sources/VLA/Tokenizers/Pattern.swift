import Foundation

/// What a replacement or a split looks for: a literal text or a regular expression.
struct Pattern: @unchecked Sendable {
  private let literal: [Unicode.Scalar]
  // NSRegularExpression is immutable and documented as safe to share.
  private let expression: NSRegularExpression?

  init(literal: String) {
    self.literal = Array(literal.unicodeScalars)
    expression = nil
  }

  /// A regular expression as ICU has it.
  init(expression text: String, file: String?) throws(VLAError) {
    literal = []
    do {
      expression = try NSRegularExpression(pattern: text)
    } catch {
      throw VLAError(file, text, "is no regular expression we understand")
    }
  }

  /// A regular expression as Oniguruma has it, in which `tokenizer.json` files are written. The
  /// classes it has otherwise than ICU are spelt out: `\w` has Latin-1's raised digits and
  /// fractions and no joiners, `\h` is a hexadecimal digit, `[:punct:]` has symbols.
  init(oniguruma text: String, file: String?) throws(VLAError) {
    var spelled = ""
    var isEscaped = false
    for scalar in text.unicodeScalars {
      if !isEscaped, scalar == "\\" {
        isEscaped = true
        continue
      }
      switch (isEscaped, scalar) {
      case (true, "w"): spelled += "[\(Self.word)]"
      case (true, "W"): spelled += "[^\(Self.word)]"
      case (true, "h"): spelled += "[0-9A-Fa-f]"
      case (true, "H"): spelled += "[^0-9A-Fa-f]"
      default: spelled.unicodeScalars += isEscaped ? ["\\", scalar] : [scalar]
      }
      isEscaped = false
    }
    if isEscaped { spelled += "\\" }
    spelled = spelled.replacing("[:punct:]", with: #"[\p{P}\p{S}]"#)
    try self.init(expression: spelled, file: file)
  }

  /// What Oniguruma's `\w` matches.
  private static let word = #"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u00b2\u00b3\u00b9\u00bc-\u00be"#

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

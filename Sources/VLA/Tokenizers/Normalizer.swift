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

import Foundation

/// Unicode's normalisation forms as the `tokenizers` library computes them: with the tables of
/// Unicode 9, in which younger characters neither decompose, nor reorder, nor compose. Foundation
/// is asked for the decomposition of single characters only: beyond the first plane it composes
/// wrongly.
enum UnicodeForm: String, Sendable {
  case nfc = "NFC"
  case nfd = "NFD"
  case nfkc = "NFKC"
  case nfkd = "NFKD"

  private var isCompatible: Bool { self == .nfkc || self == .nfkd }
  private var composes: Bool { self == .nfc || self == .nfkc }

  /// The text in this form.
  func normalized(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    for scalar in text { scalars += decomposition(of: scalar) }
    Self.reorderMarks(of: &scalars)
    return composes ? Self.composed(scalars) : scalars
  }

  private func decomposition(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    guard !scalar.isASCII, scalar.isInUnicode9 else { return [scalar] }
    let text = String(scalar)
    return Array(
      (isCompatible
        ? text.decomposedStringWithCompatibilityMapping
        : text.decomposedStringWithCanonicalMapping).unicodeScalars)
  }

  /// Sorts every run of marks by combining class; marks of one class keep their order.
  private static func reorderMarks(of scalars: inout [Unicode.Scalar]) {
    for index in scalars.indices.dropFirst() {
      let own = scalars[index].combiningClass
      guard own > 0 else { continue }
      var at = index
      while at > 0, scalars[at - 1].combiningClass > own {
        scalars.swapAt(at - 1, at)
        at -= 1
      }
    }
  }

  private static func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var starter: Int?
    var lastClass: UInt8 = 0
    for scalar in scalars {
      let own = scalar.combiningClass
      // A mark reaches its starter past marks of lower classes only.
      if let starter, result.count - 1 == starter || lastClass < own,
        let whole = composition(of: result[starter], scalar)
      {
        result[starter] = whole
        continue
      }
      if own == 0 { starter = result.count }
      lastClass = own
      result.append(scalar)
    }
    return result
  }

  private static func composition(
    of first: Unicode.Scalar, _ second: Unicode.Scalar
  ) -> Unicode.Scalar? {
    hangul(first, second) ?? pairs[Pair(first: first, second: second)]
  }

  /// Syllables of Korean letters are computed, not listed.
  private static func hangul(
    _ first: Unicode.Scalar, _ second: Unicode.Scalar
  ) -> Unicode.Scalar? {
    let (a, b) = (first.value, second.value)
    if (0x1100...0x1112).contains(a), (0x1161...0x1175).contains(b) {
      return Unicode.Scalar(0xac00 + ((a - 0x1100) * 21 + b - 0x1161) * 28)
    }
    if (0xac00...0xd7a3).contains(a), (a - 0xac00) % 28 == 0, (0x11a8...0x11c2).contains(b) {
      return Unicode.Scalar(a + b - 0x11a7)
    }
    return nil
  }

  private struct Pair: Hashable {
    var first, second: Unicode.Scalar
  }

  /// What two characters make together: the canonical decompositions read backwards.
  private static let pairs: [Pair: Unicode.Scalar] = {
    var wholes: [(scalar: Unicode.Scalar, parts: [Unicode.Scalar])] = []
    for value in [0xc0...0x30ff as ClosedRange<UInt32>, 0x11000...0x115ff].joined() {
      guard let scalar = Unicode.Scalar(value), scalar.isInUnicode9,
        !scalar.properties.isFullCompositionExclusion
      else { continue }
      let parts = UnicodeForm.nfd.decomposition(of: scalar)
      if parts.count > 1 { wholes.append((scalar, parts)) }
    }
    var pairs: [Pair: Unicode.Scalar] = [:]
    for (scalar, parts) in wholes.sorted(by: { $0.parts.count < $1.parts.count }) {
      let start = parts.dropFirst().dropLast().reduce(parts.first) { start, part in
        start.flatMap { pairs[Pair(first: $0, second: part)] }
      }
      if let start, let last = parts.last { pairs[Pair(first: start, second: last)] = scalar }
    }
    return pairs
  }()
}

extension Unicode.Scalar {
  fileprivate var isInUnicode9: Bool { properties.age.map { $0.major <= 9 } ?? false }

  /// A mark that combines with what is before it (category M), by the same tables.
  var isCombiningMark: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: isInUnicode9
    default: self == "\u{1cf2}" || self == "\u{1cf3}"  // Marks in Unicode 9, letters since.
    }
  }

  fileprivate var combiningClass: UInt8 {
    isASCII || !isInUnicode9 ? 0 : properties.canonicalCombiningClass.rawValue
  }
}

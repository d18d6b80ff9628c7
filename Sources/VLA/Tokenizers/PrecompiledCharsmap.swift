/// SentencePiece's compiled normalisation: a double-array trie from byte strings to places in a
/// block of zero-terminated replacements. A grapheme is replaced whole when it is short and known,
/// else scalar by scalar, and of several matching prefixes the shortest counts: surprising, but
/// what the models were trained with.
struct PrecompiledCharsmap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]

  /// Reads the map's bytes: the trie's size in bytes, the trie, the replacements.
  init(_ bytes: [UInt8], file: String?) throws(VLAError) {
    let problem = VLAError(file, "precompiled_charsmap", "is damaged: the trie does not fit")
    guard bytes.count >= 4 else { throw problem }
    func word(_ at: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) }
    }
    let size = Int(word(0))
    guard size % 4 == 0, size > 0, size <= bytes.count - 4 else { throw problem }
    units = (0..<(size / 4)).map { word(4 + 4 * $0) }
    replacements = Array(bytes[(4 + size)...])
  }

  func apply(to text: inout NormalizedText) {
    var result = NormalizedText(scalars: [], origins: [])
    var at = 0
    for grapheme in text.string {
      let scalars = Array(grapheme.unicodeScalars)
      if grapheme.utf8.count < 6, let whole = replacement(for: Array(grapheme.utf8)) {
        result.append(
          NormalizedText(
            scalars: whole, origins: Array(repeating: text.origins[at], count: whole.count)))
      } else {
        for (index, scalar) in scalars.enumerated() {
          let own = replacement(for: Array(String(scalar).utf8)) ?? [scalar]
          result.append(
            NormalizedText(
              scalars: own, origins: Array(repeating: text.origins[at + index], count: own.count)))
        }
      }
      at += scalars.count
    }
    text = result
  }

  private func replacement(for key: [UInt8]) -> [Unicode.Scalar]? {
    guard let start = shortestPrefix(of: key), start < replacements.count else { return nil }
    let end = replacements[start...].firstIndex(of: 0) ?? replacements.count
    return Array(String(decoding: replacements[start..<end], as: UTF8.self).unicodeScalars)
  }

  private func shortestPrefix(of key: [UInt8]) -> Int? {
    func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & (1 << 9)) >> 6) }
    var node = offset(units[0])
    for byte in key {
      if byte == 0 { return nil }
      node ^= Int(byte)
      guard units.indices.contains(node) else { return nil }
      let unit = units[node]
      guard unit & 0x8000_00ff == UInt32(byte) else { return nil }
      node ^= offset(unit)
      guard units.indices.contains(node) else { return nil }
      if unit >> 8 & 1 == 1 { return Int(units[node] & 0x7fff_ffff) }
    }
    return nil
  }
}

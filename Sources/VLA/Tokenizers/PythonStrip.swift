extension String {
  /// Without leading and trailing white space, as Python's `str.strip`.
  var strippedLikePython: String {
    let scalars = unicodeScalars
    let kept = scalars.drop { Self.isPythonSpace($0) }.reversed().drop { Self.isPythonSpace($0) }
    return String(String.UnicodeScalarView(kept.reversed()))
  }

  /// `str.isspace` of one character.
  private static func isPythonSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || ("\u{1c}"..."\u{1f}").contains(scalar)
  }
}

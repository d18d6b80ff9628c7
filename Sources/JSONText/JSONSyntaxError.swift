/// A JSON text that cannot be read.
public struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One-based line of the first character that does not fit.
  public var line: Int
  /// What was found and what was expected.
  public var message: String
  /// `line N: MESSAGE`.
  public var description: String { "line \(line): \(message)" }
}

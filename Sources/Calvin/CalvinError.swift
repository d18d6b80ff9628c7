/// What is wrong with a benchmark file: tasks, annotations, sequences, initial states.
public struct CalvinError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file, or what the text came from.
  public var source: String
  /// One-based line, when known.
  public var line: Int?
  /// What was found, what was expected, and the valid choices.
  public var message: String

  /// An error about `source`.
  public init(_ source: String, line: Int? = nil, _ message: String) {
    self.source = source
    self.line = line
    self.message = message
  }

  /// `SOURCE:LINE: MESSAGE`.
  public var description: String {
    line.map { "\(source):\($0): \(message)" } ?? "\(source): \(message)"
  }
}

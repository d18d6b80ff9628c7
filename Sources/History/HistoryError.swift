/// A history or suite that cannot be used.
public struct HistoryError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  public var path: String
  /// What is wrong and what was expected.
  public var message: String
  /// `PATH: MESSAGE`.
  public var description: String { "\(path): \(message)" }

  /// An error in this file.
  public init(path: String, message: String) {
    self.path = path
    self.message = message
  }
}

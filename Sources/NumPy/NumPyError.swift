/// What is wrong with an npy, npz, gzip or pickle file.
public struct NumPyError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file, with the member's name for archives (`chain_0001.npz/actions`).
  public var source: String
  /// What was found and what was expected.
  public var message: String

  /// An error about `source`.
  public init(_ source: String, _ message: String) {
    self.source = source
    self.message = message
  }

  /// `SOURCE: MESSAGE`.
  public var description: String { "\(source): \(message)" }
}

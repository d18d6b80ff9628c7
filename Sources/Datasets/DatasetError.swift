import NumPy

/// What is wrong with a dataset.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file or folder.
  public var path: String
  /// What was found and what was expected.
  public var message: String

  /// An error about `path`.
  public init(_ path: String, _ message: String) {
    self.path = path
    self.message = message
  }

  init(_ error: NumPyError) {
    self.init(error.source, error.message)
  }

  /// `PATH: MESSAGE`.
  public var description: String { "\(path): \(message)" }
}

/// Runs reading code whose errors name files already.
func reading<Value>(
  _ body: () throws(NumPyError) -> Value
) throws(DatasetError) -> Value {
  do { return try body() } catch { throw DatasetError(error) }
}

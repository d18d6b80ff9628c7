import ArgumentParser

extension ExitCode {
  /// A mismatch or a regression was found.
  static let mismatch = ExitCode(1)
  /// Bad input: a file, a value, a folder.
  static let badInput = ExitCode(2)
  /// The run is incomplete: some chains have no verdict.
  static let incomplete = ExitCode(3)
  /// Stopped by the user.
  static let stopped = ExitCode(130)
}

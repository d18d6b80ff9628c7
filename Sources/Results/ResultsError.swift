import Foundation

/// What can go wrong with a run's files.
public enum ResultsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The system refused an operation: what was tried on which path, and its `errno`.
  case system(operation: String, path: String, code: Int32)
  /// A file does not hold what it should.
  case malformed(path: String, line: Int?, message: String)
  /// Another process works on this run.
  case inUse(path: String)
  /// A run cannot go on because it would not be the same run: the fields that differ.
  case differs(path: String, fields: [String])
  /// Runs cannot be merged.
  case unmergeable(String)

  /// What, where, what was expected.
  public var description: String {
    switch self {
    case .system(let operation, let path, let code):
      "cannot \(operation) \(path): \(String(cString: strerror(code)))"
    case .malformed(let path, let line, let message):
      line.map { "\(path):\($0): \(message)" } ?? "\(path): \(message)"
    case .inUse(let path):
      "another process is working on \(path); wait for it or name another run with --run"
    case .differs(let path, let fields):
      "\(path) was started differently; "
        + fields.joined(separator: "; ") + "; resume with the same settings or name another run"
    case .unmergeable(let reason): "cannot merge: \(reason)"
    }
  }
}

/// What can go wrong when a world is built or advanced.
public enum PhysicsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A model that cannot be converted: its name and what is wrong with it.
  case invalidModel(String, reason: String)
  /// Bullet ran out of memory in the named operation.
  case bulletFailed(operation: String)

  /// What, where, and what was expected.
  public var description: String {
    switch self {
    case .invalidModel(let name, let reason): "model \(name): \(reason)"
    case .bulletFailed(let operation): "Bullet failed in \(operation): out of memory?"
    }
  }
}

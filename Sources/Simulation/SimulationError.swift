import Physics

/// Why an environment refused to reset or to step. The environment stays usable: a refused action
/// changes nothing, and a diverged simulation is left by `reset`.
public enum SimulationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An action with the wrong number of components.
  case actionLength(kind: String, expected: String, found: Int)
  /// An action component that is NaN or infinite.
  case notFinite(kind: String, component: String, value: String)
  /// A gripper command that is neither 1 (open) nor -1 (close).
  case gripper(kind: String, value: Double)
  /// A target so far away that it can only be a mistake.
  case absurdTarget(kind: String, component: String, value: Double, limit: Double)
  /// A target orientation whose quaternion has no direction.
  case noRotation(kind: String, squaredLength: Double)
  /// A simulation that left the numbers in which it means something: what, and its value.
  case diverged(quantity: String, value: Double)
  /// A state that cannot be reset to.
  case invalidState(String)
  /// Scene files that cannot be simulated.
  case unsupported(String)
  /// A fault of the physics library.
  case physics(PhysicsError)

  /// True for faults of the policy: scored as its failure, never retried.
  public var isPolicyFault: Bool {
    switch self {
    case .actionLength, .notFinite, .gripper, .absurdTarget, .noRotation, .diverged: true
    case .invalidState, .unsupported, .physics: false
    }
  }

  /// What, where, and what was expected.
  public var description: String {
    switch self {
    case .actionLength(let kind, let expected, let found):
      "\(kind) action: expected \(expected) numbers, found \(found)"
    case .notFinite(let kind, let component, let value):
      "\(kind) action: \(component) is \(value), expected a finite number"
    case .gripper(let kind, let value):
      "\(kind) action: gripper is \(value), expected 1 (open) or -1 (close)"
    case .absurdTarget(let kind, let component, let value, let limit):
      "\(kind) action: target \(component) is \(value), expected -\(limit)...\(limit)"
    case .noRotation(let kind, let squaredLength):
      "\(kind) action: the squared length of the target quaternion is \(squaredLength), "
        + "expected a rotation (1)"
    case .diverged(let quantity, let value):
      "the simulation diverged: \(quantity) is \(value)"
    case .invalidState(let reason): "cannot reset: \(reason)"
    case .unsupported(let reason): "cannot simulate this scene: \(reason)"
    case .physics(let error): error.description
    }
  }
}

/// Runs `body`, wrapping faults of the physics library.
func simulating<Result>(
  _ body: () throws(PhysicsError) -> Result
) throws(SimulationError) -> Result {
  do {
    return try body()
  } catch {
    throw .physics(error)
  }
}

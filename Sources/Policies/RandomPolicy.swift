import Calvin
import NumPy

/// Uniform random actions: a lower bound any policy must beat. What it does depends only on the
/// seed and the subtask's place, so chains can run in any order.
public final class RandomPolicy: Policy {
  private let seed: UInt64
  private var random: RandomState

  /// A policy with this seed.
  public init(seed: UInt64) {
    self.seed = seed
    random = RandomState(seed: 0)
  }

  /// Seeds the generator from (seed, chain, position).
  public func reset(for subtask: SubtaskContext) {
    random = RandomState(seed: [
      UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32),
      UInt32(truncatingIfNeeded: subtask.chain), UInt32(truncatingIfNeeded: subtask.position),
    ])
  }

  /// Six numbers uniform in [-1, 1) and a gripper of +1 or -1.
  public func act(_ observation: Observation) -> Action {
    let motion = (0..<6).map { _ in random.uniform(-1, 1) }
    return .cartesianRelative(motion + [random.randint(0, 2) == 0 ? -1 : 1])
  }
}

import Calvin
import Policies

/// What a rollout needs of an environment. One instance serves one chain on one thread.
public protocol RolloutWorld: CameraSource {
  /// Puts robot and scene into the given state (`reset(robot_obs, scene_obs)`).
  func reset(to state: EnvironmentState) throws
  /// Advances by one env step (1/30 s). Throws when the simulation cannot go on.
  func step(_ action: Action) throws
  /// `robot_obs` and `scene_obs` of the current state.
  var state: EnvironmentState { get }
  /// The current state as the oracle sees it.
  var info: SceneInfo { get }
  /// Several cameras' pictures of the current state; work they share is done once.
  func frames(_ cameras: [String], depth: Bool) throws -> [Frame]
}

extension RolloutWorld {
  /// One picture after the other.
  public func frames(_ cameras: [String], depth: Bool) throws -> [Frame] {
    try cameras.map { try frame($0, depth: depth) }
  }
}

/// Makes what a worker needs. Both closures are called on the worker's own thread, so a GL context
/// made by one stays on it.
public struct RolloutFactory: Sendable {
  /// Prepares a thread (its renderer) and returns what loads a fresh world for each chain there.
  public var worlds: @Sendable () throws -> () throws -> any RolloutWorld
  /// Makes a worker's policy.
  public var policy: @Sendable () throws -> any Policy

  /// A factory of these parts.
  public init(
    worlds: @escaping @Sendable () throws -> () throws -> any RolloutWorld,
    policy: @escaping @Sendable () throws -> any Policy
  ) {
    self.worlds = worlds
    self.policy = policy
  }
}

/// A failure of what carries the run (renderer, files, processes), never a score.
public struct InfrastructureFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// What happened.
  public var description: String

  /// A failure with this message.
  public init(_ description: String) {
    self.description = description
  }
}

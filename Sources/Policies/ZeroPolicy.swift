import Calvin

/// Does nothing: no motion, gripper as it is. Whatever it solves, the benchmark gives away.
public final class ZeroPolicy: Policy {
  /// The policy; it has no settings.
  public init() {}

  /// Nothing to forget.
  public func reset(for subtask: SubtaskContext) {}

  /// Six zeros and the gripper's last action.
  public func act(_ observation: Observation) -> Action {
    let gripper = observation.state.robotObservation.last ?? 1
    return .cartesianRelative([0, 0, 0, 0, 0, 0, gripper > 0 ? 1 : -1])
  }
}

/// What the environment is asked to do in one control step (1/30 s).
public enum Action: Sendable, Equatable {
  /// 7 numbers: translation / 0.02 m, Euler rotation / 0.05 rad, gripper (+1 open, -1 close).
  /// CALVIN's `cartesian_rel`; the environment clips, the caller does not.
  case cartesianRelative([Double], precision: Precision = .double)
  /// 7 numbers (position m, Euler rad, gripper) or 8 (position, quaternion xyzw, gripper).
  case cartesianAbsolute([Double])
  /// 8 numbers: joint steps and gripper (`joint_rel`).
  case jointRelative([Double])
  /// 8 numbers: joint targets in radians and gripper (`joint_abs`).
  case jointAbsolute([Double])

  /// What a relative action is scaled in. Upstream multiplies in the array's own type, so the same
  /// numbers in another type move the arm by steps that differ in the last bits.
  public enum Precision: Sendable, Equatable {
    /// float16: what a network in half precision gives. The numbers must be float16 values.
    case half
    /// float32: what a network's output is. The numbers must be float32 values.
    case single
    /// float64.
    case double
  }

  /// The numbers, whatever the kind.
  public var values: [Double] {
    switch self {
    case .cartesianRelative(let values, _), .cartesianAbsolute(let values),
      .jointRelative(let values), .jointAbsolute(let values):
      values
    }
  }
}

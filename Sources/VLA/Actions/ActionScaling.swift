import Foundation

/// Scalings between the numbers a dataset holds and the numbers a network is trained on.
/// An action is seven numbers: translation, Euler rotation, gripper. The gripper is never scaled
/// unless a function says so. Source: RoboVLMs' `utils/utils.py`; values agree to float64.
public enum ActionScaling {
  /// Index of the gripper.
  static let gripper = 6

  /// Clips the arm to `low...high` and maps that range to -1...1.
  public static func normalize(
    _ action: [Double], low: Double, high: Double, keepsGripper: Bool = true
  ) -> [Double] {
    map(action, keepsGripper) { 2 * (min(max($0, low), high) - low) / (high - low) - 1 }
  }

  /// Maps -1...1 to `low...high`. Inference maps the gripper too (`keepsGripper: false`): open 1
  /// becomes `high`, closed 0 the middle.
  public static func unnormalize(
    _ action: [Double], low: Double, high: Double, keepsGripper: Bool
  ) -> [Double] {
    map(action, keepsGripper) { 0.5 * ($0 + 1) * (high - low) + low }
  }

  /// sign(x) ln(1 + μ|x|) / ln(1 + μ): finer steps near zero.
  public static func muLaw(_ action: [Double], mu: Double, keepsGripper: Bool = true) -> [Double] {
    map(action, keepsGripper) { copysign(log1p(mu * abs($0)) / log1p(mu), $0) }
  }

  /// μ-law over a sequence of actions. RoboVLMs means to keep the gripper but keeps the last *action*
  /// instead, whole, and transforms the others' grippers.
  public static func muLaw(
    sequence: [[Double]], mu: Double, compatibility: VLAConfiguration.Compatibility
  ) -> [[Double]] {
    guard compatibility == .robovlms, let last = sequence.last else {
      return sequence.map { muLaw($0, mu: mu) }
    }
    return sequence.dropLast().map { muLaw($0, mu: mu, keepsGripper: false) } + [last]
  }

  /// The inverse of `muLaw`.
  public static func inverseMuLaw(
    _ action: [Double], mu: Double, keepsGripper: Bool = true
  ) -> [Double] {
    map(action, keepsGripper) { copysign(expm1(abs($0) * log1p(mu)) / mu, $0) }
  }

  /// (x − mean) / (deviation + 1e-6)
  public static func regularize(_ action: [Double], mean: Double, deviation: Double) -> [Double] {
    map(action, true) { ($0 - mean) / (deviation + 1e-6) }
  }

  /// The inverse of `regularize`.
  public static func unregularize(
    _ action: [Double], mean: Double, deviation: Double
  ) -> [Double] {
    map(action, true) { $0 * (deviation + 1e-6) + mean }
  }

  private static func map(
    _ action: [Double], _ keepsGripper: Bool, _ body: (Double) -> Double
  ) -> [Double] {
    action.enumerated().map { keepsGripper && $0 == gripper ? $1 : body($1) }
  }
}

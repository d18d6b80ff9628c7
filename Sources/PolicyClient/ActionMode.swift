import Calvin
import Foundation
import Geometry

/// How the numbers a server sends become an environment action.
///
/// | mode | position | rotation | gripper opens when | environment action |
/// |---|---|---|---|---|
/// | `rel` | / 0.02 m | Euler / 0.05 rad | a[6] > 0 | relative, 7 |
/// | `vla-delta` | metres added to the last command | Euler radians added | a[6] > 0 | absolute, 7 |
/// | `vla-abs` | metres | axis-angle | a[6] <= 0 | absolute, 7 |
/// | `abs-euler` | metres | Euler xyz radians | a[6] > 0 | absolute, 7 |
/// | `abs-quat` | metres | quaternion xyzw | a[7] > 0 | absolute, 8 |
public enum ActionMode: String, Sendable, CaseIterable, Codable {
  /// CALVIN's relative actions.
  case relative = "rel"
  /// vla-eval's default: metric deltas accumulated on the last commanded pose.
  case vlaDelta = "vla-delta"
  /// vla-eval's `absolute_action`: axis-angle, gripper sign reversed.
  case vlaAbsolute = "vla-abs"
  /// Absolute pose with Euler angles.
  case absoluteEuler = "abs-euler"
  /// Absolute pose with a quaternion.
  case absoluteQuaternion = "abs-quat"

  /// Numbers per action.
  public var width: Int { self == .absoluteQuaternion ? 8 : 7 }
}

/// Turns rows of numbers into actions; remembers the last commanded pose where the mode needs it.
struct ActionConverter {
  let mode: ActionMode
  /// Position and Euler angles last commanded, nil after a reset.
  private var commanded: [Double]?

  init(mode: ActionMode) {
    self.mode = mode
  }

  /// Forgets the last command: the next delta starts at the measured pose.
  mutating func reset() {
    commanded = nil
  }

  /// The action for one row; `robotObservation` is the current `robot_obs` (15), `precision` what
  /// the row's numbers came as.
  mutating func action(
    _ row: [Double], _ precision: Action.Precision, robotObservation: [Double]
  ) -> Action {
    switch mode {
    case .relative:
      return .cartesianRelative(row[0..<6] + [row[6] > 0 ? 1 : -1], precision: precision)
    case .vlaDelta:
      var target = commanded ?? Array(robotObservation[0..<6])
      for index in 0..<6 { target[index] += row[index] }
      for index in 3..<6 { target[index] = Self.wrapped(target[index]) }
      commanded = target
      return .cartesianAbsolute(Self.singlePrecision(target) + [row[6] > 0 ? 1 : -1])
    case .vlaAbsolute:
      let euler = Self.euler(axisAngle: Array(row[3..<6]))
      return .cartesianAbsolute(
        Self.singlePrecision(row[0..<3] + euler) + [row[6] > 0 ? -1 : 1])
    case .absoluteEuler:
      return .cartesianAbsolute(row[0..<6] + [row[6] > 0 ? 1 : -1])
    case .absoluteQuaternion:
      return .cartesianAbsolute(row[0..<7] + [row[7] > 0 ? 1 : -1])
    }
  }

  /// vla-eval hands the environment float32 numbers.
  private static func singlePrecision(_ values: [Double]) -> [Double] {
    values.map { Double(Float($0)) }
  }

  /// Into [-pi, pi), as Python's `(a + pi) % (2 pi) - pi`.
  static func wrapped(_ angle: Double) -> Double {
    var rest = fmod(angle + Double.pi, 2 * Double.pi)
    if rest < 0 { rest += 2 * Double.pi }
    return rest - Double.pi
  }

  /// Extrinsic xyz Euler angles of a rotation vector.
  static func euler(axisAngle v: [Double]) -> [Double] {
    let angle = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).squareRoot()
    guard angle > 1e-8 else { return [0, 0, 0] }
    let (x, y, z) = (v[0] / angle, v[1] / angle, v[2] / angle)
    let (c, s) = (cos(angle), sin(angle))
    let t = 1 - c
    let m20 = t * x * z - s * y
    let m21 = t * y * z + s * x
    let m22 = t * z * z + c
    let m10 = t * x * y + s * z
    let m00 = t * x * x + c
    return [atan2(m21, m22), asin(max(-1, min(1, -m20))), atan2(m10, m00)]
  }
}

import Calvin
import Geometry
import Glibc

/// An action checked and taken apart.
struct ActionCommand {
  enum Motion {
    /// Steps in units of the relative action.
    case relativePose(Vector3, Vector3, Action.Precision)
    case pose(Pose)
    case relativeJoints(ArraySlice<Double>)
    case joints(ArraySlice<Double>)
  }

  /// Upstream's name of the action space.
  var kind: String
  var motion: Motion
  /// 1 or -1.
  var gripper: Double

  init(_ action: Action) throws(SimulationError) {
    let values = action.values
    let (kind, lengths) = Self.format(of: action)
    guard lengths.contains(values.count) else {
      throw .actionLength(
        kind: kind, expected: lengths.map(String.init).joined(separator: " or "),
        found: values.count)
    }
    for index in values.indices where !values[index].isFinite {
      throw .notFinite(
        kind: kind, component: Self.component(index, of: action), value: "\(values[index])")
    }
    self.kind = kind
    switch action {
    case .cartesianRelative(_, let precision):
      motion = .relativePose(Self.vector(values, 0), Self.vector(values, 3), precision)
    case .cartesianAbsolute:
      let orientation =
        values.count == 7
        ? Quaternion(euler: Self.vector(values, 3))
        : Quaternion(x: values[3], y: values[4], z: values[5], w: values[6])
      guard orientation.lengthSquared.isNormal else {
        throw .noRotation(kind: kind, squaredLength: orientation.lengthSquared)
      }
      motion = .pose(Pose(position: Self.vector(values, 0), orientation: orientation))
    case .jointRelative:
      motion = .relativeJoints(values[..<7])
    case .jointAbsolute:
      motion = .joints(values[..<7])
    }
    let last = values[values.count - 1]
    // Upstream converts with int() except for relative poses.
    if case .cartesianRelative = action { gripper = last } else { gripper = trunc(last) }
    guard gripper == 1 || gripper == -1 else { throw .gripper(kind: kind, value: last) }
  }

  private static func format(of action: Action) -> (kind: String, lengths: ClosedRange<Int>) {
    switch action {
    case .cartesianRelative: ("cartesian_rel", 7...7)
    case .cartesianAbsolute: ("cartesian_abs", 7...8)
    case .jointRelative: ("joint_rel", 8...8)
    case .jointAbsolute: ("joint_abs", 8...8)
    }
  }

  private static func component(_ index: Int, of action: Action) -> String {
    let count = action.values.count
    if index == count - 1 { return "gripper" }
    switch action {
    case .jointRelative, .jointAbsolute: return "joint \(index)"
    case .cartesianRelative, .cartesianAbsolute:
      if index < 3 { return "position \(["x", "y", "z"][index])" }
      if count == 8 { return "quaternion \(["x", "y", "z", "w"][index - 3])" }
      return "orientation \(["x", "y", "z"][index - 3])"
    }
  }

  private static func vector(_ values: [Double], _ start: Int) -> Vector3 {
    Vector3(values[start], values[start + 1], values[start + 2])
  }
}

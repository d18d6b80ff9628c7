import Foundation
import Geometry

/// Shape and reach of the Panda's hand with CALVIN's long fingers.
///
/// Lengths are those of the robot's files, in the TCP frame: x across the fingers, y along their
/// axis, z the way they point.
enum Gripper {
  /// Opening of the gripper when it is open, metres.
  static let open = 0.08
  /// From the TCP to the tips.
  static let fingertip = 0.0148

  /// Half the thickness of a finger across the fingers' axis.
  static let fingerHalfThickness = 0.0105
  /// Width of a fingertip along the fingers' axis.
  static let fingertipWidth = 0.014
  /// A finger in pieces from the hand to the tip: it tapers on its outer side.
  private static let fingerParts: [(back: Double, front: Double, width: Double)] = [
    (-0.082, -0.047, 0.027), (-0.047, -0.017, 0.0216), (-0.017, fingertip, fingertipWidth),
  ]

  /// Boxes around hand and fingers. `margin` widens them sideways; tips are not made longer, since
  /// they end close to what a block lies on.
  static func boxes(
    at pose: Pose, opening: Double, margin: Double = 0
  ) -> [OrientedBox] {
    let hand = OrientedBox(
      lower: Vector3(-0.032 - margin, -0.104 - margin, -0.166),
      upper: Vector3(0.032 + margin, 0.104 + margin, -0.074), in: pose)
    let (thickness, inner) = (fingerHalfThickness + margin, opening / 2)
    return fingerParts.reduce(into: [hand]) { boxes, part in
      let outer = inner + part.width + margin
      for (low, high) in [(inner, outer), (-outer, -inner)] {
        boxes.append(
          OrientedBox(
            lower: Vector3(-thickness, low, part.back),
            upper: Vector3(thickness, high, part.front), in: pose))
      }
    }
  }

  /// How far the arm is from the ends of its reach at a goal, metres; negative beyond them. It can
  /// be stretched out or folded up, and the hand cannot bend outwards from the forearm.
  static func reserve(at goal: TCPGoal, robotBase: Vector3) -> Double {
    // The forearm ends in the wrist, behind the hand and nearer to the base by the flange's offset.
    let outward = (goal.position - robotBase).at(z: 0)
    let pointing = goal.pointing
    let level = outward / max(outward.length, 1e-6)
    let across = level - pointing * pointing.dot(level)
    let wrist =
      goal.position - pointing * 0.247 - across / max(across.length, 1e-6) * 0.088
    let way = wrist - (robotBase + Vector3(0, 0, 0.333))
    let stretched = way.length
    // The elbow is above the line from shoulder to wrist; `rise` and `forearm` are angles from the
    // level, in the upright plane of arm and base. Arm and forearm meet beside their axes.
    let (upper, lower) = (0.3266, 0.3928)
    func angle(_ a: Double, _ b: Double, opposite c: Double) -> Double {
      acos(min(max((a * a + b * b - c * c) / (2 * a * b), -1), 1))
    }
    let rise = atan2(way.z, way.dot(level)) + angle(upper, stretched, opposite: lower)
    let forearm = rise - .pi + angle(upper, lower, opposite: stretched) - 0.2116
    let inward = Vector3(0, 0, -cos(forearm)) + level * sin(forearm)
    // An elbow swung aside lets the hand bend a little farther.
    return min(0.7 - stretched, stretched - 0.21, 0.2 * (pointing.dot(inward) + 0.2))
  }
}

import Calvin
import Geometry

/// Steers the TCP to a goal with relative actions.
///
/// The environment adds actions up to a target pose that the arm follows with a lag. The target
/// itself is not observed; the part of it the arm has not caught up with is estimated from the
/// actions given so far and left out of the next one, so that the arm neither overshoots nor
/// winds up against an obstacle.
struct Pursuit {
  /// Metres and radians an action of 1 stands for.
  private static let translation = 0.02
  private static let rotation = 0.05
  /// Part of the lag that is left after a step.
  private static let lagLeft = 0.5

  /// Farthest the target may be ahead of the arm: beyond it the arm is blocked or out of reach, and
  /// every further step would have to be taken back. An arm that does not move at all is pulled
  /// harder with every step.
  private static let farthestAhead = 0.06
  private static let farthestTurned = 0.4
  private static let mostPull = 10

  /// Largest number of an action's motion, at most 1.
  private let largest: Double

  private var positionLag = Vector3.zero
  private var angleLag = Vector3.zero
  /// Where the arm was a step ago, and for how many steps it has not moved.
  private var last: Vector3?
  private var stalled = 0
  /// Sum of all actions and where the arm was before the first one.
  private var commanded: (position: Vector3, angles: Vector3)?

  /// A pursuit whose actions stay within `largest`.
  init(largest: Double = 1) {
    precondition(0 < largest && largest <= 1)
    self.largest = largest
  }

  mutating func action(
    towards goal: TCPGoal, from situation: Situation, speed: Double, gripper: Double
  ) -> Action {
    let positionError = goal.position - situation.tcp - positionLag
    let goalAngles = goal.angles
    var angleError = Vector3.zero
    for axis in 0..<3 {
      angleError[axis] = wrapped(goalAngles[axis] - situation.angles[axis]) - angleLag[axis]
    }
    // The direction of a long way is kept: all components shrink alike.
    var step = limited(positionError, to: Self.translation * min(speed, largest))
    var turn = Vector3.zero
    for axis in 0..<3 {
      turn[axis] = min(max(angleError[axis], -Self.rotation * largest), Self.rotation * largest)
    }
    let hasMoved = last.map { (situation.tcp - $0).length > 0.003 } ?? true
    stalled = hasMoved ? 0 : min(stalled + 1, Self.mostPull)
    last = situation.tcp
    let pull = 1 + 0.3 * Double(stalled)
    var target = commanded ?? (situation.tcp, situation.angles)
    for axis in 0..<3 {
      let ahead = target.position[axis] - situation.tcp[axis]
      if abs(ahead) > Self.farthestAhead * pull && ahead * step[axis] > 0 { step[axis] = 0 }
      let turned = wrapped(target.angles[axis] - situation.angles[axis])
      if abs(turned) > Self.farthestTurned * pull && turned * turn[axis] > 0 { turn[axis] = 0 }
    }
    target.position += step
    target.angles += turn
    commanded = target
    positionLag = (positionLag + step) * Self.lagLeft
    angleLag = (angleLag + turn) * Self.lagLeft
    let (t, r) = (step / Self.translation, turn / Self.rotation)
    // Rounding must not carry a full step beyond the largest.
    let shares = [t.x, t.y, t.z, r.x, r.y, r.z].map { min(max($0, -largest), largest) }
    return .cartesianRelative(shares + [gripper])
  }

  private func limited(_ vector: Vector3, to most: Double) -> Vector3 {
    let largest = max(abs(vector.x), abs(vector.y), abs(vector.z))
    return largest > most ? vector * (most / largest) : vector
  }
}

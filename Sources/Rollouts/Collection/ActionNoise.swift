import Foundation
import NumPy

/// A disturbance of the TCP's target that wanders about zero: correlated over about five steps, so
/// that the arm strays visibly and whoever acts has something to recover from, and bounded, because
/// relative actions add up and only the disturbance's changes are put into them.
struct ActionNoise {
  /// Part of the disturbance that is left after a step.
  private static let memory = 0.8

  private let deviation: Double
  private var random: RandomState
  private var offset = [Double](repeating: 0, count: 6)

  /// Noise of this standard deviation, in units of the relative action.
  init(deviation: Double, random: RandomState) {
    self.deviation = deviation
    self.random = random
  }

  /// The relative action disturbed, within ±1; the gripper stays.
  mutating func disturbing(_ action: [Double]) -> [Double] {
    guard deviation > 0 else { return action }
    let fresh = (1 - Self.memory * Self.memory).squareRoot() * deviation
    var disturbed = action
    for index in 0..<6 {
      let wanted = Self.memory * offset[index] + fresh * gaussian()
      disturbed[index] = min(max(action[index] + wanted - offset[index], -1), 1)
      // What clipping took away has not happened.
      offset[index] += disturbed[index] - action[index]
    }
    return disturbed
  }

  /// A few relative actions in one direction, never downwards, with the gripper open: the arm starts
  /// from somewhere else. None without noise.
  mutating func detour() -> [[Double]] {
    guard deviation > 0 else { return [] }
    let steps = random.randint(0, 16)
    let direction = (0..<6).map { index -> Double in
      let part = random.uniform(-1, 1)
      // The arm starts close above the table; turning much while straying looks like nothing else.
      return index == 2 ? abs(part) : index < 3 ? part : 0.3 * part
    }
    let rest = [Double](repeating: 0, count: 6) + [1]
    return Array(repeating: direction + [1], count: steps) + Array(repeating: rest, count: 4)
  }

  private mutating func gaussian() -> Double {
    let radius = (-2 * log(1 - random.randomSample())).squareRoot()
    return radius * cos(2 * .pi * random.randomSample())
  }
}

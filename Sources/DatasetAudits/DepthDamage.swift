import Calvin
import Foundation

/// What was done to the depth of one camera in one frame.
struct DepthDamage: Sendable, Hashable {
  /// In what the numbers are, where that is not metres along the axis; what they are too far by.
  enum Numbers: Sendable, Hashable {
    case metres, millimetres, centimetres, otherUnit, offset, inverted, normalized, inverse, buffer

    /// What was found, nil for metres.
    var message: String? {
      switch self {
      case .metres: nil
      case .millimetres: "is in millimetres"
      case .centimetres: "is in centimetres"
      case .otherUnit: "is in no metres: all of it too large or too small by a factor"
      case .offset: "is too far or too near by the same everywhere"
      case .inverted: "falls with the distance"
      case .normalized: "is brought to a range picture by picture"
      case .inverse: "is the inverse of the distance"
      case .buffer: "holds the depth buffer's values, not metres"
      }
    }
  }

  /// It is in the other camera's array.
  var isExchanged = false
  /// What makes it upright again.
  var transform = PictureTransform.identity
  var numbers = Numbers.metres

  static let intact = DepthDamage()

  /// Medians farther from the redrawn depth than this are looked into, metres.
  static let doubtful = 0.03

  /// The damage of a camera's depth and the depth put right; nil where nothing of the kind explains
  /// why it does not fit.
  static func found(
    in recorded: [(size: PictureSize, metres: [Float])?], camera: Int, redrawn: [Frame]
  ) -> (damage: DepthDamage, metres: [Float])? {
    guard camera < redrawn.count, let own = recorded[camera] else { return nil }
    let ours = redrawn[camera].depth
    let transforms = PictureTransform.all(isSquare: own.size.width == own.size.height)
      .filter { $0.channels == .rgb }
    var best: (damage: DepthDamage, metres: [Float], relation: Relation)?
    for isExchanged in [false, true] {
      guard let source = isExchanged ? recorded[1 - camera] : own,
        source.metres.count == ours.count, source.metres.allSatisfy(\.isFinite)
      else { continue }
      for transform in transforms {
        let metres = transform(source.metres, width: source.size.width, height: source.size.height)
        for isInverse in [false, true] {
          let relation = Relation(of: metres, to: ours, isInverse: isInverse)
          // What needs less is more likely.
          let needed = (transform == .identity ? 0 : 0.005) + (isExchanged ? 0.005 : 0)
          guard
            abs(relation.correlation) - needed > abs(best?.relation.correlation ?? 0.97) + 0.002
          else { continue }
          best = (
            DepthDamage(isExchanged: isExchanged, transform: transform), metres, relation
          )
        }
      }
    }
    guard var best else { return nil }
    best.damage.numbers = best.relation.numbers(of: best.metres)
    guard best.damage != .intact else { return nil }
    let undone =
      best.damage.numbers == .metres ? best.metres : best.metres.map(best.relation.undone)
    return (best.damage, undone)
  }

  /// A straight line between recorded depth and ours, or the inverse of ours.
  private struct Relation {
    var isInverse: Bool
    var correlation = 0.0
    var slope = 1.0
    var offset = 0.0

    init(of recorded: [Float], to ours: [Float], isInverse: Bool) {
      self.isInverse = isInverse
      var (x, y, xx, yy, xy, count) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
      // A few thousand pixels say enough.
      for index in stride(from: 0, to: ours.count, by: 7) where ours[index] > 0 {
        let a = isInverse ? 1 / Double(ours[index]) : Double(ours[index])
        let b = Double(recorded[index])
        x += a
        y += b
        xx += a * a
        yy += b * b
        xy += a * b
        count += 1
      }
      guard count > 2 else { return }
      let (vx, vy) = (xx - x * x / count, yy - y * y / count)
      let covariance = xy - x * y / count
      guard vx > 1e-9 * count, vy > 0 else { return }
      correlation = covariance / (vx * vy).squareRoot()
      slope = covariance / vx
      offset = (y - slope * x) / count
    }

    func undone(_ value: Float) -> Float {
      let straight = (Double(value) - offset) / slope
      return Float(isInverse ? 1 / straight : straight)
    }

    func numbers(of recorded: [Float]) -> Numbers {
      if isInverse { return slope > 0 ? .inverse : .buffer }
      if slope < 0 { return .inverted }
      let (low, high) = (recorded.min() ?? 0, recorded.max() ?? 0)
      if low == 0, high == 1 || high == 255 || high == 65535 { return .normalized }
      if abs(slope - 1) < 0.1 { return abs(offset) < DepthDamage.doubtful ? .metres : .offset }
      return (800...1250).contains(slope)
        ? .millimetres : (80...125).contains(slope) ? .centimetres : .otherUnit
    }
  }
}

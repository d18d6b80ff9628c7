import Foundation

/// A straight-line mapping from data to drawing coordinates.
package struct Scale {
  /// Data values at the two ends; not equal.
  package let domain: ClosedRange<Double>
  /// Coordinates of the two ends; the first may be the larger.
  package let start: Double
  package let end: Double

  /// The mapping of `domain` to start...end.
  package init(_ domain: ClosedRange<Double>, from start: Double, to end: Double) {
    precondition(domain.lowerBound < domain.upperBound)
    self.domain = domain
    self.start = start
    self.end = end
  }

  /// The coordinate of `value`.
  package func callAsFunction(_ value: Double) -> Double {
    start
      + (end - start) * (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound)
  }

  /// Round values inside the domain, about `count` of them, spaced 1, 2 or 5 times a power of ten.
  package func ticks(about count: Int) -> [Double] {
    let raw = (domain.upperBound - domain.lowerBound) / Double(max(1, count))
    let magnitude = pow(10, floor(log10(raw)))
    let step = [1.0, 2, 5, 10].first { $0 * magnitude >= raw * 0.999 } ?? 10
    let spacing = step * magnitude
    let first = Int((domain.lowerBound / spacing - 1e-9).rounded(.up))
    let last = Int((domain.upperBound / spacing + 1e-9).rounded(.down))
    return first > last ? [] : (first...last).map { Double($0) * spacing }
  }
}

/// Moves `positions` (ascending) apart to at least `gap`, each as little as needed, staying within
/// `range` where it has room.
func spread(_ positions: [Double], gap: Double, within range: ClosedRange<Double>) -> [Double] {
  var placed = positions
  for index in placed.indices.dropFirst() {
    placed[index] = max(placed[index], placed[index - 1] + gap)
  }
  guard let last = placed.last, last > range.upperBound else { return placed }
  placed[placed.count - 1] = range.upperBound
  for index in placed.indices.dropLast().reversed() {
    placed[index] = min(placed[index], placed[index + 1] - gap)
  }
  return placed
}

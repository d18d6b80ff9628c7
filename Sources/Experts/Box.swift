import Geometry

/// An axis-aligned box in the world frame, metres.
struct Box: Equatable, Sendable {
  var lower: Vector3
  var upper: Vector3

  init(lower: Vector3, upper: Vector3) {
    self.lower = lower
    self.upper = upper
  }

  /// The smallest box around the points; nil for none.
  init?(around points: some Sequence<Vector3>) {
    var iterator = points.makeIterator()
    guard let first = iterator.next() else { return nil }
    lower = first
    upper = first
    while let point = iterator.next() {
      lower = pointwiseMin(lower, point)
      upper = pointwiseMax(upper, point)
    }
  }

  var center: Vector3 { (lower + upper) * 0.5 }
  var size: Vector3 { upper - lower }
  var volume: Double { size.x * size.y * size.z }

  /// Distance of a point from the box, heights left aside.
  func levelDistance(to point: Vector3) -> Double {
    let dx = max(lower.x - point.x, 0, point.x - upper.x)
    let dy = max(lower.y - point.y, 0, point.y - upper.y)
    return (dx * dx + dy * dy).squareRoot()
  }

  /// Whether two boxes share a point.
  func overlaps(_ other: Box) -> Bool {
    lower.x <= other.upper.x && other.lower.x <= upper.x && lower.y <= other.upper.y
      && other.lower.y <= upper.y && lower.z <= other.upper.z && other.lower.z <= upper.z
  }

  /// The box moved by `offset`.
  func moved(by offset: Vector3) -> Box {
    var box = self
    box.lower += offset
    box.upper += offset
    return box
  }

  /// The smallest box around both.
  func union(_ other: Box) -> Box {
    var box = self
    box.lower = pointwiseMin(lower, other.lower)
    box.upper = pointwiseMax(upper, other.upper)
    return box
  }
}

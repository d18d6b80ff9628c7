/// Which instances rest, and where: what is fixed, and what has kept its place for a while. Drawing
/// these once and keeping the result changes no picture, only how long it takes.
struct RestingParts {
  struct Pose: Equatable {
    var position: SIMD3<Float>
    var orientation: SIMD4<Float>
  }

  /// By instance; nil for what moves.
  private(set) var poses: [Pose?]
  /// Frames since the last motion, and how many of them make rest.
  private var quiet: [Int]
  private var patience: [Int]

  init(count: Int) {
    poses = Array(repeating: nil, count: count)
    quiet = Array(repeating: 0, count: count)
    patience = Array(repeating: 4, count: count)
  }

  func contains(_ instance: Int) -> Bool { poses[instance] != nil }

  /// Takes note of one instance's place in the next frame.
  mutating func update(
    _ instance: Int, _ placement: InstancePlacement, hasMoved: Bool, isFixed: Bool
  ) {
    if hasMoved {
      // What starts again and again is trusted less each time: every start costs a redrawing.
      if contains(instance) { patience[instance] = min(2 * patience[instance], 1024) }
      quiet[instance] = 0
    } else {
      quiet[instance] += 1
    }
    if isFixed || quiet[instance] >= patience[instance] {
      poses[instance] = Pose(position: placement.position, orientation: placement.orientation)
    } else {
      poses[instance] = nil
    }
  }
}

/// The surfaces of what rests in one view.
struct StaticView {
  let fragments: [UInt64]
  /// Vertices of the cut triangles among `fragments`.
  let cutPieces: CutPieces
  private let ranks: [UInt8]
  private let poses: [RestingParts.Pose?]

  init(frame: FrameSetup, renderer: CPURenderer, fragments: [UInt64], cutPieces: CutPieces) {
    self.fragments = fragments
    self.cutPieces = cutPieces
    ranks = frame.ranks
    poses = renderer.resting.poses
  }

  /// True while the same things rest in the same places and draw order.
  func isValid(for frame: FrameSetup, renderer: CPURenderer) -> Bool {
    guard poses == renderer.resting.poses else { return false }
    if ranks == frame.ranks { return true }
    let instances = renderer.geometry.scene.instances
    let shapes = Set(
      instances.indices.filter(renderer.resting.contains).map { instances[$0].shape })
    return shapes.sorted { ranks[$0] < ranks[$1] }
      == shapes.sorted { frame.ranks[$0] < frame.ranks[$1] }
  }

  /// For each place in the old draw order, the place in the new one; nil when nothing changed.
  func rankTable(for frame: FrameSetup) -> [UInt64]? {
    guard ranks != frame.ranks else { return nil }
    var table = [UInt64](repeating: 0, count: 256)
    for (shape, rank) in ranks.enumerated() { table[Int(rank)] = UInt64(frame.ranks[shape]) }
    return table
  }
}

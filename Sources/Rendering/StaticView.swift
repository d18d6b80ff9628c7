/// The surfaces of what does not move in one view.
struct StaticView {
  let fragments: [UInt64]
  /// Vertices of the cut triangles among `fragments`.
  let cutPieces: CutPieces
  private let ranks: [UInt8]
  private let placements: [InstancePlacement]

  init(frame: FrameSetup, renderer: CPURenderer, fragments: [UInt64], cutPieces: CutPieces) {
    self.fragments = fragments
    self.cutPieces = cutPieces
    ranks = frame.ranks
    placements = renderer.fixedPlacements
  }

  /// True while nothing fixed has moved or changed places in the draw order.
  func isValid(for frame: FrameSetup, renderer: CPURenderer) -> Bool {
    guard placements == renderer.fixedPlacements else { return false }
    if ranks == frame.ranks { return true }
    let shapes = renderer.geometry.fixedShapes
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

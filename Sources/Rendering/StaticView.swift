/// A view of what does not move: surfaces, final colours under the shadows of what does not move,
/// and where in the shadow map each block of pixels looks.
struct StaticView {
  /// Pixels per side of a block.
  static let blockSize = 8

  let view: View
  let fragments: [UInt64]
  /// Vertices of the cut triangles among `fragments`.
  let cutPieces: CutPieces
  let rgb: [UInt8]
  /// Per block, the shadow texels its pixels may read.
  let shadowBoxes: [ShadowMap.Box]
  private let ranks: [UInt8]
  private let placements: [InstancePlacement]
  private let shadowGeneration: Int

  init(
    frame: FrameSetup, renderer: CPURenderer, fragments: [UInt64], cutPieces: CutPieces,
    rgb: [UInt8], shadowBoxes: [ShadowMap.Box]
  ) {
    view = frame.view
    self.fragments = fragments
    self.cutPieces = cutPieces
    self.rgb = rgb
    self.shadowBoxes = shadowBoxes
    ranks = frame.ranks
    placements = StaticView.fixedPlacements(renderer)
    shadowGeneration = renderer.shadowMap.generation
  }

  /// True while nothing fixed has moved, changed colour or changed places in the draw order.
  func isValid(for frame: FrameSetup, renderer: CPURenderer) -> Bool {
    guard shadowGeneration == renderer.shadowMap.generation,
      placements == StaticView.fixedPlacements(renderer)
    else { return false }
    let shapes = StaticView.fixedShapes(renderer)
    let before = shapes.sorted { ranks[$0] < ranks[$1] }
    let now = shapes.sorted { frame.ranks[$0] < frame.ranks[$1] }
    return before == now
  }

  /// For each place in the old draw order, the place in the new one; nil when nothing changed.
  func rankTable(for frame: FrameSetup) -> [UInt64]? {
    guard ranks != frame.ranks else { return nil }
    var table = [UInt64](repeating: 0, count: 256)
    for (shape, rank) in ranks.enumerated() { table[Int(rank)] = UInt64(frame.ranks[shape]) }
    return table
  }

  private static func fixedPlacements(_ renderer: CPURenderer) -> [InstancePlacement] {
    renderer.geometry.scene.instances.indices.filter {
      renderer.geometry.scene.instances[$0].isFixed
    }.map { renderer.placements[$0] }
  }

  private static func fixedShapes(_ renderer: CPURenderer) -> [Int] {
    renderer.geometry.scene.shapes.indices.filter { shape in
      renderer.geometry.scene.shapes[shape].instances.contains {
        renderer.geometry.scene.instances[$0].isFixed
      }
    }
  }
}

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
  /// Per block, the shadow texels its pixels read.
  let shadowBoxes: [ShadowMap.Box]
  /// Per pixel, column and row of the first of the 2 x 2 shadow texels it reads.
  let shadowTexels: [SIMD2<Int16>]
  private let ranks: [UInt8]
  private let placements: [InstancePlacement]
  private let shadowGeneration: Int

  init(
    frame: FrameSetup, renderer: CPURenderer, fragments: [UInt64], cutPieces: CutPieces,
    rgb: [UInt8], shadowTexels: [SIMD2<Int16>]
  ) {
    view = frame.view
    self.fragments = fragments
    self.cutPieces = cutPieces
    self.rgb = rgb
    self.shadowTexels = shadowTexels
    shadowBoxes = StaticView.boxes(around: shadowTexels, in: frame.view)
    ranks = frame.ranks
    placements = StaticView.fixedPlacements(renderer)
    shadowGeneration = renderer.shadowMap.generation
  }

  private static func boxes(around texels: [SIMD2<Int16>], in view: View) -> [ShadowMap.Box] {
    let columns = (view.width + blockSize - 1) / blockSize
    var boxes = [ShadowMap.Box](
      repeating: ShadowMap.Box(), count: columns * ((view.height + blockSize - 1) / blockSize))
    for (pixel, texel) in texels.enumerated() where texel != noTexel {
      let block = pixel / view.width / blockSize * columns + pixel % view.width / blockSize
      let (x, y) = (Int(texel.x), Int(texel.y))
      boxes[block] = boxes[block].union(ShadowMap.Box(x0: x, y0: y, x1: x + 2, y1: y + 2))
    }
    return boxes
  }

  /// Stands for pixels in which nothing shows.
  static let noTexel = SIMD2<Int16>(.min, .min)

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

  /// Calls `body` with fragments and shadow texels by pixel.
  func withUnsafePixels(
    _ body: (UnsafePointer<UInt64>, UnsafePointer<SIMD2<Int16>>) -> Void
  ) {
    fragments.withUnsafeBufferPointer { fragments in
      shadowTexels.withUnsafeBufferPointer { texels in
        guard let fragments = fragments.baseAddress, let texels = texels.baseAddress else { return }
        body(fragments, texels)
      }
    }
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

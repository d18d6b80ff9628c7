import CRaster
import Glibc

/// The part of PyBullet's 4096 x 4096 shadow map in which something casts a shadow; elsewhere all is
/// lit. What does not move is drawn once; each frame draws the rest over a copy of it.
final class ShadowMap {
  /// A box of texels, upper bounds excluded.
  struct Box: Equatable {
    var x0 = Int.max
    var y0 = Int.max
    var x1 = Int.min
    var y1 = Int.min

    var isEmpty: Bool { x0 >= x1 || y0 >= y1 }

    func contains(_ other: Box) -> Bool {
      other.isEmpty || (x0 <= other.x0 && y0 <= other.y0 && x1 >= other.x1 && y1 >= other.y1)
    }

    func union(_ other: Box) -> Box {
      Box(
        x0: min(x0, other.x0), y0: min(y0, other.y0), x1: max(x1, other.x1),
        y1: max(y1, other.y1))
    }

    /// Rounded outwards to whole blocks within the map, so that the memory seldom grows.
    var rounded: Box {
      let block = 128
      let limit = Lighting.shadowMapSize
      guard !isEmpty else { return Box(x0: 0, y0: 0, x1: block, y1: block) }
      return Box(
        x0: max(0, x0 / block * block), y0: max(0, y0 / block * block),
        x1: min(limit, (x1 + block - 1) / block * block),
        y1: min(limit, (y1 + block - 1) / block * block))
    }
  }

  private let level: craster_level
  /// Texels kept in memory.
  private(set) var stored = Box()
  /// Texels moving things may have written in this frame.
  private(set) var moving = Box()
  private var depths = RasterBuffer<UInt16>(count: 0, repeating: 0)
  private var fixedDepths = RasterBuffer<UInt16>(count: 0, repeating: 0)
  private var fixedItems: [craster_item] = []
  private var fixedBox = Box()
  private var fixedPlacements: [InstancePlacement] = []
  /// Counts changes of the fixed part.
  private(set) var generation = 0

  init(level: craster_level) { self.level = level }

  /// Depths of everything.
  var all: UnsafePointer<UInt16> { UnsafePointer(depths.base) }
  /// Depths of what does not move.
  var fixedOnly: UnsafePointer<UInt16> { UnsafePointer(fixedDepths.base) }

  /// Brings the map up to the renderer's placements.
  func update(_ renderer: CPURenderer) {
    let scene = renderer.geometry.scene
    let placements = scene.instances.indices.filter { scene.instances[$0].isFixed }.map {
      renderer.placements[$0]
    }
    var isStale = false
    if placements != fixedPlacements {
      fixedPlacements = placements
      (fixedItems, fixedBox) = casters(renderer) { $0.isFixed }
      isStale = true
    }
    let (items, box) = casters(renderer) { !$0.isFixed }
    let needed = fixedBox.union(box)
    if isStale || !stored.contains(needed) {
      stored = (stored.isEmpty || isStale ? needed : stored.union(needed)).rounded
      let count = (stored.x1 - stored.x0) * (stored.y1 - stored.y0)
      fixedDepths = RasterBuffer(count: count, repeating: .max)
      depths = RasterBuffer(count: count, repeating: .max)
      draw(fixedItems, into: fixedDepths, renderer)
      depths.base.update(from: fixedDepths.base, count: count)
      generation += 1
    } else {
      restore(moving)
    }
    moving = box
    draw(items, into: depths, renderer)
  }

  /// Tells which texels of a box something that moves changed in this frame.
  struct Changes {
    fileprivate let box: Box
    fileprivate let depths: UnsafePointer<UInt16>
    fileprivate let fixedDepths: UnsafePointer<UInt16>
    fileprivate let stored: Box

    /// True when one of the 2 x 2 texels from `first` on changed.
    @inline(__always)
    func includes(_ first: SIMD2<Int16>) -> Bool {
      let (x, y) = (Int(first.x), Int(first.y))
      let width = stored.x1 - stored.x0
      for row in max(y, box.y0)..<max(y, box.y0, min(y + 2, box.y1)) {
        for column in max(x, box.x0)..<max(x, box.x0, min(x + 2, box.x1)) {
          let at = (row - stored.y0) * width + column - stored.x0
          if depths[at] != fixedDepths[at] { return true }
        }
      }
      return false
    }
  }

  /// The changes within a box, nil when there are none.
  func changes(in box: Box) -> Changes? {
    let common = Box(
      x0: max(box.x0, moving.x0, stored.x0), y0: max(box.y0, moving.y0, stored.y0),
      x1: min(box.x1, moving.x1, stored.x1), y1: min(box.y1, moving.y1, stored.y1))
    guard !common.isEmpty else { return nil }
    let width = stored.x1 - stored.x0
    let bytes = (common.x1 - common.x0) * MemoryLayout<UInt16>.stride
    for y in common.y0..<common.y1 {
      let first = (y - stored.y0) * width + common.x0 - stored.x0
      if memcmp(depths.base + first, fixedDepths.base + first, bytes) != 0 {
        return Changes(box: common, depths: all, fixedDepths: fixedOnly, stored: stored)
      }
    }
    return nil
  }

  private func restore(_ box: Box) {
    guard !box.isEmpty else { return }
    let width = stored.x1 - stored.x0
    for y in max(box.y0, stored.y0)..<max(box.y0, stored.y0, min(box.y1, stored.y1)) {
      let first = (y - stored.y0) * width + max(box.x0, stored.x0) - stored.x0
      let count = min(box.x1, stored.x1) - max(box.x0, stored.x0)
      guard count > 0 else { return }
      (depths.base + first).update(from: fixedDepths.base + first, count: count)
    }
  }

  private func draw(
    _ items: [craster_item], into buffer: RasterBuffer<UInt16>, _ renderer: CPURenderer
  ) {
    var target = craster_target()
    copy(Lighting.shadowFromWorld, to: &target.matrix)
    target.half_width = Float(Lighting.shadowMapSize) / 2
    target.half_height = target.half_width
    target.y_sign = 1
    target.x0 = Int32(stored.x0)
    target.y0 = Int32(stored.y0)
    target.x1 = Int32(stored.x1)
    target.y1 = Int32(stored.y1)
    target.stride = Int32(stored.x1 - stored.x0)
    target.depth_bits = 16
    var meshes = renderer.geometry.meshes
    craster_draw_shadow(
      level, &target, &meshes, renderer.world.from(0), items, Int32(items.count), buffer.base)
  }

  /// Clusters with faces turned away from the light, and a box around their texels.
  private func casters(
    _ renderer: CPURenderer, where isWanted: (RenderScene.GraphicsInstance) -> Bool
  ) -> ([craster_item], Box) {
    let toLight = Matrix4.normalized(Lighting.position)
    let m = Lighting.shadowFromWorld
    let half = Float(Lighting.shadowMapSize) / 2
    let texelsPerMetre = half / Lighting.shadowMapExtent
    var items: [craster_item] = []
    var box = Box()
    for (instance, description) in renderer.geometry.scene.instances.enumerated()
    where isWanted(description) {
      let clusters = renderer.geometry.shapes[description.shape].clusters
      for (offset, cluster) in clusters.enumerated() {
        let bounds = renderer.geometry.bounds[cluster]
        let at = renderer.firstCluster[instance] + offset
        if Matrix4.dot(renderer.axes[at], toLight) > bounds.cutoff { continue }
        let center = renderer.centers[at]
        let x = m[0] * center.x + m[4] * center.y + m[8] * center.z + m[12]
        let y = m[1] * center.x + m[5] * center.y + m[9] * center.z + m[13]
        // Far outside the map nothing casts; the clamp keeps conversions in range.
        let column = min(max(x * half + half, -half), 3 * half)
        let row = min(max(y * half + half, -half), 3 * half)
        let reach = min(bounds.radius * texelsPerMetre, 4 * half) + 2
        let own = Box(
          x0: max(0, Int(column - reach)), y0: max(0, Int(row - reach)),
          x1: min(Lighting.shadowMapSize, Int(column + reach)),
          y1: min(Lighting.shadowMapSize, Int(row + reach)))
        guard !own.isEmpty else { continue }
        box = box.union(own)
        items.append(
          craster_item(
            cluster: UInt32(cluster), first_point: UInt32(renderer.firstPoint[instance]),
            code: UInt32(instance) << 24, rank: 0))
      }
    }
    return (items, box)
  }
}

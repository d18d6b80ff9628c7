import CRaster

/// The part of PyBullet's 4096 x 4096 shadow map in which something casts a shadow; elsewhere all is
/// lit. What rests is drawn once; each frame draws the rest over a copy of it.
final class ShadowMap {
  /// A box of texels, upper bounds excluded.
  struct Box: Equatable {
    var x0 = Int.max
    var y0 = Int.max
    var x1 = Int.min
    var y1 = Int.min

    /// An empty box whose numbers fit the kernels' integers.
    static let nothing = Box(x0: 0, y0: 0, x1: 0, y1: 0)

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
  private var stored = Box()
  /// Texels moving things may have written in this frame.
  private var moving = Box()
  private var depths = RasterBuffer<UInt16>(count: 0, repeating: 0)
  private var fixedDepths = RasterBuffer<UInt16>(count: 0, repeating: 0)
  private let fixedItems = ItemList()
  private let movingItems = ItemList()
  private var fixedBox = Box()
  private var fixedPoses: [RestingParts.Pose?] = []
  /// Counts updates.
  private(set) var updates = 0
  /// Texels the last update may have changed.
  private var lastChange = ShadowMap.everything

  init(level: craster_level) { self.level = level }

  private static let everything = Box(
    x0: -8, y0: -8, x1: Lighting.shadowMapSize + 8, y1: Lighting.shadowMapSize + 8)

  /// The map as the kernels read it.
  var description: craster_shadow {
    var shadow = craster_shadow()
    copy(Lighting.shadowTextureFromWorld, to: &shadow.matrix)
    shadow.depths = UnsafePointer(depths.base)
    shadow.x0 = Int32(stored.x0)
    shadow.y0 = Int32(stored.y0)
    shadow.x1 = Int32(stored.x1)
    shadow.y1 = Int32(stored.y1)
    shadow.stride = Int32(stored.x1 - stored.x0)
    shadow.size = Float(Lighting.shadowMapSize)
    return shadow
  }

  /// Brings the map up to the renderer's placements.
  func update(_ renderer: CPURenderer) {
    let resting = renderer.resting
    let isStale = resting.poses != fixedPoses
    if isStale {
      fixedPoses = resting.poses
      fixedBox = findCasters(fixedItems, renderer, where: resting.contains)
    }
    updates += 1
    let box = findCasters(movingItems, renderer) { !resting.contains($0) }
    let needed = fixedBox.union(box)
    if isStale || !stored.contains(needed) {
      stored = (stored.isEmpty || isStale ? needed : stored.union(needed)).rounded
      let count = (stored.x1 - stored.x0) * (stored.y1 - stored.y0)
      fixedDepths = RasterBuffer(count: count, repeating: .max)
      depths = RasterBuffer(count: count, repeating: .max)
      draw(fixedItems, into: fixedDepths, renderer)
      depths.base.update(from: fixedDepths.base, count: count)
      lastChange = Self.everything
    } else {
      restore(moving)
      lastChange = moving.union(box)
    }
    moving = box
    draw(movingItems, into: depths, renderer)
  }

  /// Texels that may differ from those of an earlier update.
  func changed(since update: Int) -> Box {
    switch update {
    case updates: .nothing
    case updates - 1: lastChange.isEmpty ? .nothing : lastChange
    default: Self.everything
    }
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
    _ items: ItemList, into buffer: RasterBuffer<UInt16>, _ renderer: CPURenderer
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
      level, &target, &meshes, renderer.world.from(0), items.base, Int32(items.count),
      buffer.base)
  }

  /// Lists clusters with faces turned away from the light; returns a box around their texels.
  private func findCasters(
    _ items: ItemList, _ renderer: CPURenderer, where isWanted: (_ instance: Int) -> Bool
  ) -> Box {
    let size = Float(Lighting.shadowMapSize)
    let toLight = Matrix4.normalized(Lighting.position)
    var light = craster_light()
    copy(Lighting.shadowFromWorld, to: &light.matrix)
    light.direction = (toLight.x, toLight.y, toLight.z)
    light.texels_per_metre = size / 2 / Lighting.shadowMapExtent
    light.size = size
    var box = [Int32.max, .max, .min, .min]
    items.removeAll()
    items.reserve(renderer.clusterCount)
    for (instance, description) in renderer.geometry.scene.instances.enumerated()
    where isWanted(instance) {
      let clusters = renderer.geometry.shapes[description.shape].clusters
      var bounds = renderer.bounds(of: instance)
      var item = renderer.item(of: instance, rank: 0)
      items.append { room in
        craster_find_casters(
          renderer.level, &light, &bounds, Int32(clusters.count), &item, room, &box)
      }
    }
    guard items.count > 0 else { return Box() }
    return Box(x0: Int(box[0]), y0: Int(box[1]), x1: Int(box[2]), y1: Int(box[3]))
  }
}

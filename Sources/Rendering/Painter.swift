import CRaster

/// Draws and shades one view after another; keeps its memory between them.
final class Painter {
  private var fragments = RasterBuffer<UInt64>(count: 0, repeating: 0)
  private let items = ItemList()
  private var cuts = RasterBuffer<craster_cut>(count: 256, repeating: craster_cut())
  /// Cut triangles of what is drawn now, and of the kept picture below it.
  private var cutPieces = CutPieces()
  private var keptPieces: CutPieces?
  private let pixels = PixelList()

  /// Makes room for a view; `clear` or `restore` comes next.
  func begin(_ frame: FrameSetup) {
    let count = frame.view.width * frame.view.height
    if fragments.count < count { fragments = RasterBuffer(count: count, repeating: 0) }
    cutPieces.removeAll()
    keptPieces = nil
  }

  /// Starts from an empty view.
  func clear(_ frame: FrameSetup) {
    fragments.base.update(
      repeating: frame.background, count: frame.view.width * frame.view.height)
  }

  // MARK: Surfaces

  /// Draws the wanted instances' clusters that may show.
  func draw(
    _ renderer: CPURenderer, frame: FrameSetup,
    where isWanted: (_ instance: Int) -> Bool
  ) {
    findVisibleClusters(renderer, frame: frame, where: isWanted)
    var target = frame.target
    var meshes = renderer.geometry.meshes
    func draw() -> Int {
      Int(
        craster_draw(
          renderer.level, &target, &meshes, renderer.world.from(0), items.base,
          Int32(items.count), fragments.base, cuts.base, Int32(cuts.count)))
    }
    var count = draw()
    if count > cuts.count {
      // Drawing twice changes nothing.
      cuts = RasterBuffer(count: count, repeating: craster_cut())
      count = draw()
    }
    for cut in UnsafeBufferPointer(start: cuts.base, count: count) {
      let item = items.base[Int(cut.item)]
      cutPieces.draw(
        Int(cut.triangle), of: item, instance: Int(item.code >> 24), renderer: renderer,
        frame: frame, target: &target, fragments: fragments.base)
    }
  }

  private func findVisibleClusters(
    _ renderer: CPURenderer, frame: FrameSetup,
    where isWanted: (_ instance: Int) -> Bool
  ) {
    var frustum = frame.frustum
    items.removeAll()
    items.reserve(renderer.clusterCount)
    for (instance, description) in renderer.geometry.scene.instances.enumerated()
    where isWanted(instance) {
      let clusters = renderer.geometry.shapes[description.shape].clusters
      var bounds = renderer.bounds(of: instance)
      var item = renderer.item(of: instance, rank: frame.ranks[description.shape])
      items.append { room in
        craster_find_visible(
          renderer.level, &frustum, &bounds, Int32(clusters.count), &item, room)
      }
    }
  }

  /// Starts from the surfaces of what rests.
  func restore(_ kept: StaticView, frame: FrameSetup) {
    keptPieces = kept.cutPieces
    let table = kept.rankTable(for: frame)
    kept.fragments.withUnsafeBufferPointer { source in
      guard let table else {
        if let base = source.baseAddress {
          fragments.base.update(from: base, count: source.count)
        }
        return
      }
      for (index, fragment) in source.enumerated() {
        let rank = table[Int(truncatingIfNeeded: fragment >> 32 & 0xff)]
        fragments.base[index] = fragment & ~(0xff << 32) | rank << 32
      }
    }
  }

  /// Draws what rests.
  func makeStaticView(renderer: CPURenderer, frame: FrameSetup) -> StaticView {
    clear(frame)
    draw(renderer, frame: frame) { renderer.resting.contains($0) }
    cutPieces.upload()
    let count = frame.view.width * frame.view.height
    let result = StaticView(
      frame: frame, renderer: renderer,
      fragments: Array(UnsafeBufferPointer(start: fragments.base, count: count)),
      cutPieces: cutPieces)
    cutPieces = CutPieces()
    begin(frame)
    return result
  }

  // MARK: Colours

  /// Brings a picture up to the surfaces drawn.
  func shade(_ picture: ShadedPicture, renderer: CPURenderer, frame: FrameSetup) {
    picture.findChanges(pixels, fragments: fragments, renderer: renderer, frame: frame)
    var lighting = Self.lighting(renderer: renderer, frame: frame)
    let geometry = renderer.geometry
    cutPieces.upload()
    // With a kept picture below, only moving things are drawn now.
    func pieces(_ instance: Int) -> CutPieces {
      guard let keptPieces, renderer.resting.contains(instance) else { return cutPieces }
      return keptPieces
    }
    picture.withColors { rgb in
      pixels.forEachSurface(width: frame.view.width, cutPieces: pieces) {
        instance, isCut, pixels in
        let description = geometry.scene.instances[instance]
        let shape = geometry.shapes[description.shape]
        var surface = craster_surface()
        if isCut {
          let cutPieces = pieces(instance)
          surface.world = cutPieces.world.from(0)
          surface.attributes = UnsafePointer(cutPieces.attributes.base)
          surface.corners = UnsafePointer(cutPieces.corners.base)
        } else {
          surface.world = renderer.world.from(renderer.firstPoint[instance])
          surface.attributes = UnsafePointer(geometry.attributes.base + shape.vertices.lowerBound)
          surface.corners = UnsafePointer(
            geometry.triangleVertices.base + shape.firstTriangleVertex)
        }
        let placement = renderer.placements[instance]
        let q = placement.orientation
        surface.quaternion = (q.x, q.y, q.z, q.w)
        surface.color = (placement.color.x, placement.color.y, placement.color.z)
        if let texture = geometry.scene.shapes[description.shape].texture {
          surface.texture = UnsafePointer(geometry.textures[texture].pointer)
        }
        if renderer.settings.shadows { pixels.records = picture.records.base }
        craster_shade(renderer.level, &lighting, &surface, &pixels, rgb)
      }
    }
  }

  private static func lighting(renderer: CPURenderer, frame: FrameSetup) -> craster_lighting {
    var l = craster_lighting()
    copy(frame.matrix, to: &l.matrix)
    l.half_width = Float(frame.view.width) / 2
    l.half_height = Float(frame.view.height) / 2
    l.y_sign = -1
    if renderer.settings.shadows { l.shadow = renderer.shadowMap.description }
    let light = Lighting.position
    let direction = Matrix4.normalized(light)
    let eye = Lighting.highlightEye
    l.light = (light.x, light.y, light.z)
    l.light_direction = (direction.x, direction.y, direction.z)
    l.eye = (eye.x, eye.y, eye.z)
    l.shadow_intensity = Lighting.shadowIntensity
    l.specular = Lighting.specular
    l.ambient = Lighting.ambient
    return l
  }

  // MARK: Picture

  /// The finished picture.
  func image(
    _ picture: ShadedPicture, renderer: CPURenderer, frame: FrameSetup, depth: Bool
  ) -> RenderedImage {
    let count = frame.view.width * frame.view.height
    var depths: [Float] = []
    if depth {
      depths = [Float](unsafeUninitializedCapacity: count) { output, used in
        craster_read_depths(
          renderer.level, fragments.base, Int32(count), Int32(frame.depthBits), output.baseAddress)
        used = count
      }
    }
    return RenderedImage(
      width: frame.view.width, height: frame.view.height, rgb: picture.rgb, depthBuffer: depths)
  }
}

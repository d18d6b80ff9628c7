import CRaster
import Glibc

/// Draws and shades one view after another; keeps its memory between them.
final class Painter {
  private var fragments = RasterBuffer<UInt64>(count: 0, repeating: 0)
  private var rgb: [UInt8] = []
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
    where isWanted: (RenderScene.GraphicsInstance) -> Bool
  ) {
    let items = visibleClusters(renderer, frame: frame, where: isWanted)
    var target = frame.target
    var meshes = renderer.geometry.meshes
    func draw() -> Int {
      Int(
        craster_draw(
          renderer.level, &target, &meshes, renderer.world.from(0), items, Int32(items.count),
          fragments.base, cuts.base, Int32(cuts.count)))
    }
    var count = draw()
    if count > cuts.count {
      // Drawing twice changes nothing.
      cuts = RasterBuffer(count: count, repeating: craster_cut())
      count = draw()
    }
    for cut in UnsafeBufferPointer(start: cuts.base, count: count) {
      let item = items[Int(cut.item)]
      cutPieces.draw(
        Int(cut.triangle), of: item, instance: Int(item.code >> 24), renderer: renderer,
        frame: frame, target: &target, fragments: fragments.base)
    }
  }

  private func visibleClusters(
    _ renderer: CPURenderer, frame: FrameSetup,
    where isWanted: (RenderScene.GraphicsInstance) -> Bool
  ) -> [craster_item] {
    let geometry = renderer.geometry
    var items: [craster_item] = []
    let eye = frame.eye
    for (instance, description) in geometry.scene.instances.enumerated()
    where isWanted(description) {
      for (offset, cluster) in geometry.shapes[description.shape].clusters.enumerated() {
        let bounds = geometry.bounds[cluster]
        let at = renderer.firstCluster[instance] + offset
        let center = renderer.centers[at]
        let away = center - eye
        let distance = Matrix4.dot(away, away).squareRoot()
        if Matrix4.dot(away, renderer.axes[at]) > bounds.cutoff * distance + bounds.radius {
          continue
        }
        let isOutside = frame.planes.contains { plane in
          plane.x * center.x + plane.y * center.y + plane.z * center.z + plane.w
            < -bounds.radius - 1e-5
        }
        if isOutside { continue }
        items.append(
          craster_item(
            cluster: UInt32(cluster), first_point: UInt32(renderer.firstPoint[instance]),
            code: UInt32(instance) << 24, rank: UInt32(frame.ranks[description.shape])))
      }
    }
    return items
  }

  // MARK: Colours

  /// Shades every pixel in which something shows.
  func shadeAll(renderer: CPURenderer, frame: FrameSetup) {
    fillWithBackground(frame)
    addAllPixels(frame)
    shade(renderer: renderer, frame: frame, fixedShadowsOnly: false)
  }

  /// Starts from what does not move.
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

  /// Keeps colours of pixels that still show what does not move under unchanged shadow texels.
  func shadeChanges(since kept: StaticView, renderer: CPURenderer, frame: FrameSetup) {
    rgb = kept.rgb
    let size = StaticView.blockSize
    let (width, height) = (frame.view.width, frame.view.height)
    let columns = (width + size - 1) / size
    let map = renderer.settings.shadows ? renderer.shadowMap : nil
    let fragments = fragments.base
    pixels.fill(capacity: width * height, background: frame.background) { pixels in
      kept.withUnsafePixels { before, texels in
        for blockY in 0..<(height + size - 1) / size {
          for blockX in 0..<columns {
            let changes = map?.changes(in: kept.shadowBoxes[blockY * columns + blockX])
            let span = blockX * size..<min(width, blockX * size + size)
            for y in blockY * size..<min(height, blockY * size + size) {
              let first = y * width + span.lowerBound
              if changes == nil,
                memcmp(before + first, fragments + first, 8 * span.count) == 0
              {
                continue
              }
              for x in span {
                let pixel = y * width + x
                let fragment = fragments[pixel]
                if UInt32(truncatingIfNeeded: before[pixel] ^ fragment) != 0
                  || changes?.includes(texels[pixel]) ?? false
                {
                  pixels.add(x: x, y: y, fragment)
                }
              }
            }
          }
        }
      }
    }
    shade(renderer: renderer, frame: frame, fixedShadowsOnly: false)
  }

  /// Draws and shades what does not move.
  func makeStaticView(renderer: CPURenderer, frame: FrameSetup) -> StaticView {
    clear(frame)
    draw(renderer, frame: frame) { $0.isFixed }
    fillWithBackground(frame)
    addAllPixels(frame)
    let count = frame.view.width * frame.view.height
    let shadowX = RasterBuffer<Float>(count: count, repeating: .nan)
    let shadowY = RasterBuffer<Float>(count: count, repeating: .nan)
    shade(
      renderer: renderer, frame: frame, fixedShadowsOnly: true, shadowX: shadowX, shadowY: shadowY)
    let result = StaticView(
      frame: frame, renderer: renderer,
      fragments: Array(UnsafeBufferPointer(start: fragments.base, count: count)),
      cutPieces: cutPieces, rgb: rgb,
      shadowTexels: Self.shadowTexels(shadowX, shadowY, count: count))
    cutPieces = CutPieces()
    begin(frame)
    return result
  }

  /// The first of the 2 x 2 texels each pixel reads.
  private static func shadowTexels(
    _ x: RasterBuffer<Float>, _ y: RasterBuffer<Float>, count: Int
  ) -> [SIMD2<Int16>] {
    let limit = Float(Lighting.shadowMapSize) + 2
    func texel(_ coordinate: Float) -> Int16 {
      Int16(min(max((coordinate - 0.5).rounded(.down), -4), limit))
    }
    return (0..<count).map { pixel in
      guard x.base[pixel].isFinite, y.base[pixel].isFinite else { return StaticView.noTexel }
      return SIMD2(texel(x.base[pixel]), texel(y.base[pixel]))
    }
  }

  private func fillWithBackground(_ frame: FrameSetup) {
    let count = frame.view.width * frame.view.height
    let color = Lighting.background
    rgb = [UInt8](unsafeUninitializedCapacity: 3 * count) { bytes, used in
      for pixel in 0..<count {
        for channel in 0..<3 { bytes[3 * pixel + channel] = color[channel] }
      }
      used = 3 * count
    }
  }

  private func addAllPixels(_ frame: FrameSetup) {
    let (width, height) = (frame.view.width, frame.view.height)
    let fragments = fragments.base
    pixels.fill(capacity: width * height, background: frame.background) { pixels in
      for y in 0..<height {
        for x in 0..<width { pixels.add(x: x, y: y, fragments[y * width + x]) }
      }
    }
  }

  private func shade(
    renderer: CPURenderer, frame: FrameSetup, fixedShadowsOnly: Bool,
    shadowX: RasterBuffer<Float>? = nil, shadowY: RasterBuffer<Float>? = nil
  ) {
    var lighting = Self.lighting(
      renderer: renderer, frame: frame, fixedShadowsOnly: fixedShadowsOnly)
    let placements = renderer.placements
    cutPieces.upload()
    // With a kept picture below, only moving things are drawn now.
    func pieces(_ instance: Int) -> CutPieces {
      guard let keptPieces, renderer.geometry.scene.instances[instance].isFixed else {
        return cutPieces
      }
      return keptPieces
    }
    rgb.withUnsafeMutableBufferPointer { rgb in
      pixels.forEachSurface(
        width: frame.view.width, geometry: renderer.geometry, cutPieces: pieces
      ) { instance, isCut, pixels in
        let cutPieces = pieces(instance)
        let description = renderer.geometry.scene.instances[instance]
        let shape = renderer.geometry.shapes[description.shape]
        let first = shape.vertices.lowerBound
        let geometry = renderer.geometry
        var surface = craster_surface()
        if isCut {
          surface.world = cutPieces.world.from(0)
          surface.nx = UnsafePointer(cutPieces.normals.x.base)
          surface.ny = UnsafePointer(cutPieces.normals.y.base)
          surface.nz = UnsafePointer(cutPieces.normals.z.base)
          surface.u = UnsafePointer(cutPieces.u.base)
          surface.v = UnsafePointer(cutPieces.v.base)
        } else {
          surface.world = renderer.world.from(renderer.firstPoint[instance])
          surface.nx = UnsafePointer(geometry.normals.x.base + first)
          surface.ny = UnsafePointer(geometry.normals.y.base + first)
          surface.nz = UnsafePointer(geometry.normals.z.base + first)
          surface.u = UnsafePointer(geometry.u.base + first)
          surface.v = UnsafePointer(geometry.v.base + first)
        }
        let placement = placements[instance]
        let q = placement.orientation
        surface.quaternion = (q.x, q.y, q.z, q.w)
        surface.color = (placement.color.x, placement.color.y, placement.color.z)
        if let texture = geometry.scene.shapes[description.shape].texture {
          surface.texture = UnsafePointer(geometry.textures[texture].pointer)
        }
        pixels.shadow_x = shadowX?.base
        pixels.shadow_y = shadowY?.base
        craster_shade(renderer.level, &lighting, &surface, &pixels, rgb.baseAddress)
      }
    }
  }

  private static func lighting(
    renderer: CPURenderer, frame: FrameSetup, fixedShadowsOnly: Bool
  ) -> craster_lighting {
    var l = craster_lighting()
    copy(frame.matrix, to: &l.matrix)
    l.half_width = Float(frame.view.width) / 2
    l.half_height = Float(frame.view.height) / 2
    l.y_sign = -1
    copy(Lighting.shadowTextureFromWorld, to: &l.shadow_matrix)
    if renderer.settings.shadows {
      let map = renderer.shadowMap
      l.shadow = fixedShadowsOnly ? map.fixedOnly : map.all
      l.shadow_x0 = Int32(map.stored.x0)
      l.shadow_y0 = Int32(map.stored.y0)
      l.shadow_x1 = Int32(map.stored.x1)
      l.shadow_y1 = Int32(map.stored.y1)
      l.shadow_stride = Int32(map.stored.x1 - map.stored.x0)
    }
    let light = Lighting.position
    let direction = Matrix4.normalized(light)
    let eye = Lighting.highlightEye
    l.light = (light.x, light.y, light.z)
    l.light_direction = (direction.x, direction.y, direction.z)
    l.eye = (eye.x, eye.y, eye.z)
    l.shadow_intensity = Lighting.shadowIntensity
    l.specular = Lighting.specular
    l.ambient = Lighting.ambient
    l.shadow_size = Float(Lighting.shadowMapSize)
    return l
  }

  // MARK: Picture

  /// The finished picture.
  func image(frame: FrameSetup, depth: Bool) -> RenderedImage {
    let count = frame.view.width * frame.view.height
    var depths: [Float] = []
    if depth {
      // Drivers scale 24-bit depth in double, 16-bit depth in single precision.
      let scale24 = 1 / Double(0xffffff)
      let scale16 = 1 / Float(0xffff)
      let isWide = frame.depthBits != 16
      depths = [Float](unsafeUninitializedCapacity: count) { output, used in
        for pixel in 0..<count {
          let value = UInt32(truncatingIfNeeded: fragments.base[pixel] >> 40)
          output[pixel] =
            isWide ? Float(Double(value) * scale24) : Float(value) * scale16
        }
        used = count
      }
    }
    return RenderedImage(
      width: frame.view.width, height: frame.view.height, rgb: rgb, depthBuffer: depths)
  }
}

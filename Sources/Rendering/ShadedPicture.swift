import CRaster

/// A view's pixels as they were last shaded, from which the next picture starts: what shows the same
/// surface in the same place under the same shadow keeps its colour.
final class ShadedPicture {
  private(set) var rgb: [UInt8] = []
  private var codes = RasterBuffer<UInt32>(count: 0, repeating: 0)
  /// By pixel, how the shadow map was read.
  private(set) var records = RasterBuffer<UInt64>(count: 0, repeating: 0)
  private var placements: [InstancePlacement] = []
  /// The shadow map's update count when the picture was shaded.
  private var shadowUpdate = 0
  private let isMoved = RasterBuffer<Int32>(count: 256, repeating: 0)

  /// Forgets everything, so that every pixel of the next picture is shaded.
  func clear(_ view: View) {
    let count = view.width * view.height
    if codes.count < count {
      codes = RasterBuffer(count: count, repeating: 0)
      records = RasterBuffer(count: count, repeating: 0)
    }
    // No fragment's: instance 255 does not exist.
    codes.base.update(repeating: .max - 1, count: count)
    if rgb.count != 3 * count { rgb = [UInt8](repeating: 0, count: 3 * count) }
    placements = []
  }

  /// Lists the pixels to shade in `pixels`.
  func findChanges(
    _ pixels: PixelList, fragments: RasterBuffer<UInt64>, renderer: CPURenderer, frame: FrameSetup
  ) {
    let (width, height) = (frame.view.width, frame.view.height)
    let isKnown = placements.count == renderer.placements.count
    for (instance, placement) in renderer.placements.enumerated() {
      isMoved.base[instance] = isKnown && placements[instance] == placement ? 0 : -1
    }
    placements = renderer.placements
    var changes = craster_changes()
    changes.width = Int32(width)
    changes.height = Int32(height)
    changes.depth_bits = Int32(frame.depthBits)
    changes.codes = codes.base
    changes.records = UnsafePointer(records.base)
    changes.is_moved = UnsafePointer(isMoved.base)
    let background = Lighting.background
    changes.background = (background[0], background[1], background[2])
    if renderer.settings.shadows {
      let map = renderer.shadowMap
      changes.shadow = map.description
      let box = map.changed(since: shadowUpdate)
      changes.shadow_x0 = Int32(box.x0)
      changes.shadow_y0 = Int32(box.y0)
      changes.shadow_x1 = Int32(box.x1)
      changes.shadow_y1 = Int32(box.y1)
      shadowUpdate = map.updates
    }
    rgb.withUnsafeMutableBufferPointer { rgb in
      changes.rgb = rgb.baseAddress
      pixels.fill(capacity: width * height) { places, codes in
        craster_find_changes(renderer.level, &changes, fragments.base, places, codes)
      }
    }
  }

  /// Calls `body` with the colours' memory.
  func withColors(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
    rgb.withUnsafeMutableBufferPointer { rgb in
      guard let base = rgb.baseAddress else { return }
      body(base)
    }
  }
}

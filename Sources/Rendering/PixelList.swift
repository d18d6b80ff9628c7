import CRaster

/// Pixels to shade, sorted by the surface they show.
final class PixelList {
  private var pixels: [Int32] = []
  private var codes: [UInt32] = []
  private var x = RasterBuffer<Int32>(count: 0, repeating: 0)
  private var y = RasterBuffer<Int32>(count: 0, repeating: 0)
  private var output = RasterBuffer<Int32>(count: 0, repeating: 0)
  private var corners = (0..<3).map { _ in RasterBuffer<Int32>(count: 0, repeating: 0) }

  func removeAll() {
    pixels.removeAll(keepingCapacity: true)
    codes.removeAll(keepingCapacity: true)
  }

  /// Adds a pixel; `code` is the low half of its fragment.
  func add(_ pixel: Int, code: UInt32) {
    pixels.append(Int32(truncatingIfNeeded: pixel))
    codes.append(code)
  }

  /// Calls `shade` once per instance that shows, apart for whole triangles and for cut ones.
  func forEachSurface(
    width: Int, geometry: RasterGeometry, cutPieces: (_ instance: Int) -> CutPieces,
    _ shade: (_ instance: Int, _ isCut: Bool, inout craster_pixels) -> Void
  ) {
    // A surface is an instance and whether its triangle was cut.
    var starts = [Int](repeating: 0, count: 513)
    for code in codes { starts[Self.surface(code) + 1] += 1 }
    let counts = Array(starts[1...])
    for surface in 0..<512 {
      starts[surface + 1] = starts[surface] + wholeLanes(counts[surface])
    }
    reserve(starts[512])
    var next = starts
    for (pixel, code) in zip(pixels, codes) {
      let surface = Self.surface(code)
      let slot = next[surface]
      next[surface] += 1
      x.base[slot] = pixel % Int32(width)
      y.base[slot] = pixel / Int32(width)
      output.base[slot] = pixel
      let numbers: SIMD3<Int32>
      if surface & 1 == 1 {
        numbers = cutPieces(surface >> 1).corners(of: code)
      } else {
        let shape = geometry.shapes[geometry.scene.instances[surface >> 1].shape]
        let first = shape.firstTriangleVertex + 3 * Int(code >> 4 & 0xfffff)
        let base = geometry.triangleVertices.base
        numbers = SIMD3(base[first], base[first + 1], base[first + 2])
      }
      for corner in 0..<3 { corners[corner].base[slot] = numbers[corner] }
    }
    for surface in 0..<512 where counts[surface] > 0 {
      let first = starts[surface]
      for slot in next[surface]..<starts[surface + 1] {
        // Unused lanes repeat a pixel that is there.
        x.base[slot] = x.base[first]
        y.base[slot] = y.base[first]
        output.base[slot] = output.base[first]
        for corner in corners { corner.base[slot] = corner.base[first] }
      }
      var list = craster_pixels()
      list.x = UnsafePointer(x.base + first)
      list.y = UnsafePointer(y.base + first)
      list.i0 = UnsafePointer(corners[0].base + first)
      list.i1 = UnsafePointer(corners[1].base + first)
      list.i2 = UnsafePointer(corners[2].base + first)
      list.output = UnsafePointer(output.base + first)
      list.count = Int32(counts[surface])
      shade(surface >> 1, surface & 1 == 1, &list)
    }
  }

  private static func surface(_ code: UInt32) -> Int {
    Int(code >> 24) << 1 | (code & 15 == 0 ? 0 : 1)
  }

  private func reserve(_ count: Int) {
    guard x.count < count else { return }
    x = RasterBuffer(count: count, repeating: 0)
    y = RasterBuffer(count: count, repeating: 0)
    output = RasterBuffer(count: count, repeating: 0)
    corners = (0..<3).map { _ in RasterBuffer(count: count, repeating: 0) }
  }
}

import CRaster

/// Pixels to shade, sorted by the surface they show.
final class PixelList {
  private var places = RasterBuffer<UInt32>(count: 0, repeating: 0)
  private var codes = RasterBuffer<UInt32>(count: 0, repeating: 0)
  private var count = 0
  private var x = RasterBuffer<Int32>(count: 0, repeating: 0)
  private var y = RasterBuffer<Int32>(count: 0, repeating: 0)
  private var output = RasterBuffer<Int32>(count: 0, repeating: 0)
  private var corners = (0..<3).map { _ in RasterBuffer<Int32>(count: 0, repeating: 0) }

  /// Where pixels are added, without a look at the list's own memory each time.
  struct Appender {
    fileprivate let places: UnsafeMutablePointer<UInt32>
    fileprivate let codes: UnsafeMutablePointer<UInt32>
    fileprivate var count = 0
    private let background: UInt64

    fileprivate init(_ list: PixelList, background: UInt64) {
      places = list.places.base
      codes = list.codes.base
      self.background = background
    }

    /// Adds a pixel unless it is empty.
    @inline(__always)
    mutating func add(x: Int, y: Int, _ fragment: UInt64) {
      guard fragment != background else { return }
      places[count] = UInt32(truncatingIfNeeded: y << 16 | x)
      codes[count] = UInt32(truncatingIfNeeded: fragment)
      count += 1
    }
  }

  /// Starts over with the pixels `fill` adds, at most `capacity`.
  func fill(capacity: Int, background: UInt64, _ fill: (inout Appender) -> Void) {
    if places.count < capacity {
      places = RasterBuffer(count: capacity, repeating: 0)
      codes = RasterBuffer(count: capacity, repeating: 0)
    }
    var appender = Appender(self, background: background)
    fill(&appender)
    count = appender.count
  }

  /// Calls `shade` once per instance that shows, apart for whole triangles and for cut ones.
  func forEachSurface(
    width: Int, geometry: RasterGeometry, cutPieces: (_ instance: Int) -> CutPieces,
    _ shade: (_ instance: Int, _ isCut: Bool, inout craster_pixels) -> Void
  ) {
    // A surface is an instance and whether its triangle was cut.
    var starts = [Int](repeating: 0, count: 513)
    var counts = [Int](repeating: 0, count: 512)
    let codes = codes.base
    for pixel in 0..<count { counts[Self.surface(codes[pixel])] += 1 }
    for surface in 0..<512 {
      starts[surface + 1] = starts[surface] + wholeLanes(counts[surface])
    }
    reserve(starts[512])
    sort(into: starts, width: width, geometry: geometry, cutPieces: cutPieces)
    for surface in 0..<512 where counts[surface] > 0 {
      let first = starts[surface]
      for slot in first + counts[surface]..<starts[surface + 1] {
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

  private func sort(
    into starts: [Int], width: Int, geometry: RasterGeometry,
    cutPieces: (_ instance: Int) -> CutPieces
  ) {
    let (places, codes) = (places.base, codes.base)
    let (x, y, output) = (x.base, y.base, output.base)
    let (c0, c1, c2) = (corners[0].base, corners[1].base, corners[2].base)
    let triangles = geometry.triangleVertices.base
    let firstTriangle = geometry.firstTriangleVertex.base
    var next = starts
    var lastCut: (code: UInt32, corners: SIMD3<Int32>) = (0, .zero)
    next.withUnsafeMutableBufferPointer { next in
      for pixel in 0..<count {
        let (place, code) = (places[pixel], codes[pixel])
        let surface = Self.surface(code)
        let slot = next[surface]
        next[surface] = slot + 1
        let (column, row) = (Int32(place & 0xffff), Int32(place >> 16))
        x[slot] = column
        y[slot] = row
        output[slot] = row * Int32(width) + column
        if surface & 1 == 1 {
          if code != lastCut.code {
            lastCut = (code, cutPieces(surface >> 1).corners(of: code))
          }
          c0[slot] = lastCut.corners.x
          c1[slot] = lastCut.corners.y
          c2[slot] = lastCut.corners.z
        } else {
          let numbers = triangles + firstTriangle[surface >> 1] + 3 * Int(code >> 4 & 0xfffff)
          c0[slot] = numbers[0]
          c1[slot] = numbers[1]
          c2[slot] = numbers[2]
        }
      }
    }
  }

  @inline(__always)
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

import CRaster

/// Pixels to shade, sorted by the surface they show.
final class PixelList {
  private var foundPlaces = RasterBuffer<Int32>(count: 0, repeating: 0)
  private var foundCodes = RasterBuffer<UInt32>(count: 0, repeating: 0)
  private var count = 0
  private var places = RasterBuffer<Int32>(count: 0, repeating: 0)
  private var triangles = RasterBuffer<Int32>(count: 0, repeating: 0)

  /// Starts over with the pixels `find` writes as places and codes, at most `capacity`; `find`
  /// returns how many there are.
  func fill(
    capacity: Int,
    _ find: (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<UInt32>) -> Int32
  ) {
    if foundPlaces.count < capacity {
      foundPlaces = RasterBuffer(count: capacity, repeating: 0)
      foundCodes = RasterBuffer(count: capacity, repeating: 0)
    }
    count = Int(find(foundPlaces.base, foundCodes.base))
  }

  /// Calls `shade` once per instance that shows, apart for whole triangles and for cut ones.
  func forEachSurface(
    width: Int, cutPieces: (_ instance: Int) -> CutPieces,
    _ shade: (_ instance: Int, _ isCut: Bool, inout craster_pixels) -> Void
  ) {
    // A surface is an instance and whether its triangle was cut.
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 1024) { numbers in
      let counts = numbers.extracting(0..<512)
      let next = numbers.extracting(512..<1024)
      counts.initialize(repeating: 0)
      for pixel in 0..<count { counts[Self.surface(foundCodes.base[pixel])] += 1 }
      var total = 0
      for surface in 0..<512 {
        next[surface] = total
        total += wholeLanes(counts[surface])
      }
      reserve(total)
      sort(next, cutPieces: cutPieces)
      for surface in 0..<512 where counts[surface] > 0 {
        let end = next[surface]
        let first = end - counts[surface]
        for slot in end..<first + wholeLanes(counts[surface]) {
          // Unused lanes repeat a pixel that is there.
          places.base[slot] = places.base[first]
          triangles.base[slot] = triangles.base[first]
        }
        var list = craster_pixels()
        list.places = UnsafePointer(places.base + first)
        list.triangles = UnsafePointer(triangles.base + first)
        list.count = Int32(counts[surface])
        list.width = Int32(width)
        shade(surface >> 1, surface & 1 == 1, &list)
      }
    }
  }

  private func sort(
    _ next: UnsafeMutableBufferPointer<Int>, cutPieces: (_ instance: Int) -> CutPieces
  ) {
    let (foundPlaces, foundCodes) = (foundPlaces.base, foundCodes.base)
    let (places, triangles) = (places.base, triangles.base)
    for pixel in 0..<count {
      let code = foundCodes[pixel]
      let surface = Self.surface(code)
      let slot = next[surface]
      next[surface] = slot + 1
      places[slot] = foundPlaces[pixel]
      triangles[slot] =
        surface & 1 == 1
        ? cutPieces(surface >> 1).triangle(of: code) : Int32(code >> 4 & 0xfffff)
    }
  }

  @inline(__always)
  private static func surface(_ code: UInt32) -> Int {
    Int(code >> 24) << 1 | (code & 15 == 0 ? 0 : 1)
  }

  private func reserve(_ count: Int) {
    guard places.count < count else { return }
    places = RasterBuffer(count: count, repeating: 0)
    triangles = RasterBuffer(count: count, repeating: 0)
  }
}

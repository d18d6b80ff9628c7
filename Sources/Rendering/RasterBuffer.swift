import CRaster

/// Memory the kernels work on: owned, zeroed, and padded so that lanes may read past the end.
final class RasterBuffer<Element> {
  let base: UnsafeMutablePointer<Element>
  let count: Int

  init(count: Int, repeating value: Element) {
    self.count = count
    let padded = count + Int(CRASTER_PADDING)
    base = .allocate(capacity: padded)
    base.initialize(repeating: value, count: padded)
  }

  convenience init(_ elements: [Element], padding: Element) {
    self.init(count: elements.count, repeating: padding)
    for (index, element) in elements.enumerated() { base[index] = element }
  }

  deinit { base.deallocate() }
}

/// xyz apart, as the kernels take points.
final class RasterPoints {
  let x: RasterBuffer<Float>
  let y: RasterBuffer<Float>
  let z: RasterBuffer<Float>

  init(count: Int) {
    x = RasterBuffer(count: count, repeating: 0)
    y = RasterBuffer(count: count, repeating: 0)
    z = RasterBuffer(count: count, repeating: 0)
  }

  subscript(index: Int) -> SIMD3<Float> {
    get { SIMD3(x.base[index], y.base[index], z.base[index]) }
    set {
      x.base[index] = newValue.x
      y.base[index] = newValue.y
      z.base[index] = newValue.z
    }
  }

  /// The points from `first` on.
  func from(_ first: Int) -> craster_points {
    craster_points(x: x.base + first, y: y.base + first, z: z.base + first)
  }
}

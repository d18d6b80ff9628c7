/// Value noise from an integer hash: no generator state and no library function in it.
struct Noise {
  var seed: UInt64

  /// A value in 0...1 that varies smoothly over unit distances; periodic in x with `period`.
  func value(_ x: Double, _ y: Double, period: Int) -> Double {
    let (cellX, cellY) = (x.rounded(.down), y.rounded(.down))
    let (fx, fy) = (smooth(x - cellX), smooth(y - cellY))
    let column = ((Int(cellX) % period) + period) % period
    let next = (column + 1) % period
    let row = Int(cellY)
    let low = mix(corner(column, row), corner(next, row), fx)
    let high = mix(corner(column, row + 1), corner(next, row + 1), fx)
    return mix(low, high, fy)
  }

  private func corner(_ x: Int, _ y: Int) -> Double {
    var hash = seed &+ UInt64(bitPattern: Int64(x)) &* 0x9E37_79B9_7F4A_7C15
    hash ^= UInt64(bitPattern: Int64(y)) &* 0xC2B2_AE3D_27D4_EB4F
    for _ in 0..<2 {
      hash ^= hash >> 29
      hash = hash &* 0xBF58_476D_1CE4_E5B9
      hash ^= hash >> 32
    }
    return Double(hash >> 11) / Double(1 << 53)
  }

  private func smooth(_ t: Double) -> Double { t * t * (3 - 2 * t) }
}

func mix(_ a: Double, _ b: Double, _ share: Double) -> Double { a + (b - a) * share }

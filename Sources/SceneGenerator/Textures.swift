import Assets

/// A kind of wood: colours of the dark and the light grain and how wild it grows.
struct WoodKind {
  var dark: SIMD3<Double>
  var light: SIMD3<Double>
  /// Year rings to the metre.
  var rings: Double
  /// How far the rings bend, metres.
  var bend: Double
  /// 0 (fibres only) to 1 (strong rings).
  var contrast: Double
  var seed: UInt64
}

enum Textures {
  /// Pixels a side of a picture of wood: one metre.
  static let size = 512

  /// Wood below (the grain runs along rows and repeats), a strip of brushed metal on top.
  static func wood(_ kind: WoodKind) -> Bitmap {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(size * size * 3)
    let noise = Noise(seed: kind.seed)
    for row in 0..<size {
      for column in 0..<size {
        let u = (Double(column) + 0.5) / Double(size)
        let v = 1 - (Double(row) + 0.5) / Double(size)
        let color = v > 0.87 ? metal(u, v, noise) : wood(u, v, kind, noise)
        pixels += [UInt8(color.x), UInt8(color.y), UInt8(color.z)]
      }
    }
    return Bitmap(width: size, height: size, channels: 3, pixels: pixels)
  }

  private static func wood(
    _ u: Double, _ v: Double, _ kind: WoodKind, _ noise: Noise
  ) -> SIMD3<Double> {
    let broad = noise.value(u * 2, v * 3, period: 2) + noise.value(u * 5, v * 9 + 7, period: 5) / 2
    let ring = (v + kind.bend * broad) * kind.rings
    let phase = ring - ring.rounded(.down)
    let grain = phase < 0.78 ? phase / 0.78 : (1 - phase) / 0.22
    let fibre = noise.value(u * 9, v * 150 + 31, period: 9)
    let hair = noise.value(u * 36, v * 420 + 57, period: 36)
    let pore = noise.value(u * 24, v * 300 + 11, period: 24)
    var tone = kind.contrast * grain + (1 - kind.contrast) * (0.65 * fibre + 0.35 * hair)
    tone = 0.8 * tone + 0.2 * noise.value(u * 3, v * 4 + 91, period: 3)
    if pore > 0.8 { tone -= 0.9 * (pore - 0.8) }
    // Few distinct colours keep the file small; the eye does not see the steps.
    let step = (min(max(tone, 0), 1) * 31).rounded() / 31
    return (kind.dark + (kind.light - kind.dark) * step).rounded(.toNearestOrEven)
  }

  private static func metal(_ u: Double, _ v: Double, _ noise: Noise) -> SIMD3<Double> {
    let brush = noise.value(u * 6, v * 256, period: 6)
    let tone = (74 + 4 * (brush * 4).rounded()).rounded()
    return SIMD3(tone, tone, tone + 3)
  }

  /// Two by two tiles, light and lighter, with a fine joint: two metres of floor.
  static func floor() -> Bitmap {
    let size = 512
    let noise = Noise(seed: 77)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(size * size * 3)
    for row in 0..<size {
      for column in 0..<size {
        let (x, y) = (column % 256, row % 256)
        let isJoint = x < 2 || y < 2
        let isLight = (column < 256) == (row < 256)
        let speckle = (noise.value(Double(column) / 16, Double(row) / 16, period: 32) * 3).rounded()
        let tone = isJoint ? 206 : (isLight ? 250 : 222) + speckle
        pixels += [UInt8(tone), UInt8(tone), UInt8(min(tone + 1, 255))]
      }
    }
    return Bitmap(width: size, height: size, channels: 3, pixels: pixels)
  }
}

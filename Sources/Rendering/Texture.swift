import Assets

/// An RGB texture as PyBullet uploads it: rows from the bottom, with all mip levels.
public struct Texture: Sendable, Equatable {
  /// Level 0 is the picture itself, the last one is 1x1.
  public let levels: [Bitmap]

  /// A texture of a picture with rows from the top; alpha is dropped, grey is spread.
  public init(_ bitmap: Bitmap) {
    var level = Texture.flippedRGB(bitmap)
    var levels = [level]
    while level.width > 1 || level.height > 1 {
      level = Texture.halved(level)
      levels.append(level)
    }
    self.levels = levels
  }

  private static func flippedRGB(_ bitmap: Bitmap) -> Bitmap {
    let (width, height, channels) = (bitmap.width, bitmap.height, bitmap.channels)
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { output, count in
      for y in 0..<height {
        for x in 0..<width {
          let source = ((height - 1 - y) * width + x) * channels
          let target = (y * width + x) * 3
          for channel in 0..<3 {
            output[target + channel] = bitmap.pixels[source + (channels < 3 ? 0 : channel)]
          }
        }
      }
      count = width * height * 3
    }
    return Bitmap(width: width, height: height, channels: 3, pixels: pixels)
  }

  /// The next mip level: each texel is the bilinear sample of this level at the texel's centre.
  private static func halved(_ source: Bitmap) -> Bitmap {
    let (width, height) = (max(1, source.width / 2), max(1, source.height / 2))
    let columns = taps(from: source.width, to: width)
    let rows = taps(from: source.height, to: height)
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    source.pixels.withUnsafeBufferPointer { texels in
      for y in 0..<height {
        let (y0, y1, wy) = rows[y]
        for x in 0..<width {
          let (x0, x1, wx) = columns[x]
          for channel in 0..<3 {
            func texel(_ x: Int, _ y: Int) -> Int {
              Int(texels[(y * source.width + x) * 3 + channel])
            }
            let low = lerp(texel(x0, y0), texel(x1, y0), wx)
            let high = lerp(texel(x0, y1), texel(x1, y1), wx)
            pixels[(y * width + x) * 3 + channel] = UInt8(lerp(low, high, wy))
          }
        }
      }
    }
    return Bitmap(width: width, height: height, channels: 3, pixels: pixels)
  }

  /// The two texels and the weight (of 256) of the second, for every texel of the next level.
  private static func taps(from size: Int, to count: Int) -> [(Int, Int, Int)] {
    (0..<count).map { index in
      let center = ((Float(index) + 0.5) / Float(count)) * Float(size * 256)
      let position = Int(center.rounded(.toNearestOrEven)) - 128
      let whole = position >> 8
      return (min(max(whole, 0), size - 1), min(max(whole + 1, 0), size - 1), position & 255)
    }
  }

  private static func lerp(_ a: Int, _ b: Int, _ weight: Int) -> Int {
    a + (((b - a) * weight + 128) >> 8)
  }
}

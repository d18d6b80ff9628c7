import Calvin

/// Pillow's bicubic resize of 8-bit RGB pictures, bit for bit: fixed-point weights of 22 fraction
/// bits, rows first, rounded to 8 bits between the two passes.
/// Source: Pillow's documented convolution resampling with a = -0.5.
public struct ImageResize: Sendable {
  /// The taps of one output pixel along one axis.
  private struct Taps: Sendable {
    var first: Int
    var weights: [Int32]
  }

  /// Input size.
  public let from: (width: Int, height: Int)
  /// Output pixels per side.
  public let size: Int
  private let horizontal: [Taps]
  private let vertical: [Taps]

  /// A resize from this size to `size` x `size`.
  public init(width: Int, height: Int, to size: Int) {
    from = (width, height)
    self.size = size
    horizontal = width == size ? [] : Self.taps(from: width, to: size)
    vertical = height == size ? [] : Self.taps(from: height, to: size)
  }

  private static let fractionBits = 22

  private static func taps(from input: Int, to output: Int) -> [Taps] {
    let scale = Double(input) / Double(output)
    // Shrinking widens the kernel; enlarging uses it as it is.
    let widening = max(scale, 1)
    let support = 2 * widening
    return (0..<output).map { x in
      let center = (Double(x) + 0.5) * scale
      let low = max(0, Int(center - support + 0.5))
      let high = min(input, Int(center + support + 0.5))
      let weights = (low..<high).map { kernel((Double($0) - center + 0.5) / widening) }
      let total = weights.reduce(0, +)
      return Taps(
        first: low,
        weights: weights.map { weight in
          let fixed = weight / total * Double(1 << fractionBits)
          return Int32(fixed < 0 ? fixed - 0.5 : fixed + 0.5)
        })
    }
  }

  private static func kernel(_ x: Double) -> Double {
    let t = abs(x)
    if t < 1 { return (1.5 * t - 2.5) * t * t + 1 }
    if t < 2 { return -0.5 * (((t - 5) * t + 8) * t - 4) }
    return 0
  }

  /// pixels `[height, width, 3]` -> `[size, size, 3]`.
  public func callAsFunction(_ pixels: [UInt8]) -> [UInt8] {
    precondition(pixels.count == from.width * from.height * 3)
    var picture = pixels
    if !horizontal.isEmpty {
      picture = Self.pass(
        picture, lines: from.height, lineStride: from.width * 3, pixelStride: 3, horizontal,
        outLineStride: size * 3, outPixelStride: 3)
    }
    if !vertical.isEmpty {
      picture = Self.pass(
        picture, lines: size, lineStride: 3, pixelStride: size * 3, vertical,
        outLineStride: 3, outPixelStride: size * 3)
    }
    return picture
  }

  private static func pass(
    _ input: [UInt8], lines: Int, lineStride: Int, pixelStride: Int, _ taps: [Taps],
    outLineStride: Int, outPixelStride: Int
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: lines * taps.count * 3) { output, count in
      input.withUnsafeBufferPointer { input in
        for (x, tap) in taps.enumerated() {
          tap.weights.withUnsafeBufferPointer { weights in
            for line in 0..<lines {
              var (r, g, b) = (half, half, half)
              var at = line * lineStride + tap.first * pixelStride
              for weight in weights {
                r &+= weight &* Int32(input[at])
                g &+= weight &* Int32(input[at + 1])
                b &+= weight &* Int32(input[at + 2])
                at += pixelStride
              }
              let out = line * outLineStride + x * outPixelStride
              output[out] = clip(r)
              output[out + 1] = clip(g)
              output[out + 2] = clip(b)
            }
          }
        }
      }
      count = lines * taps.count * 3
    }
  }

  private static let half = Int32(1) << Int32(fractionBits - 1)

  private static func clip(_ value: Int32) -> UInt8 {
    UInt8(max(0, min(255, value >> Int32(fractionBits))))
  }
}

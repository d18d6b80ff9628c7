extension Bitmap {
  /// Pillow's convolution filters.
  public enum ResamplingFilter: Sendable {
    /// Triangle, support 1.
    case bilinear
    /// Cubic with a = -0.5, support 2.
    case bicubic

    var support: Double { self == .bilinear ? 1 : 2 }

    func weight(_ distance: Double) -> Double {
      let t = distance.magnitude
      switch self {
      case .bilinear: return t < 1 ? 1 - t : 0
      case .bicubic:
        if t < 1 { return (1.5 * t - 2.5) * t * t + 1 }
        return t < 2 ? -0.5 * (((t - 5) * t + 8) * t - 4) : 0
      }
    }
  }

  /// The image at another size, byte for byte as Pillow's `Image.resize` makes it.
  ///
  /// Pillow widens the kernel when shrinking, quantises weights to 22 bits, works horizontally
  /// first with an 8-bit result, and skips a pass whose size does not change.
  public func resized(
    width newWidth: Int, height newHeight: Int, filter: ResamplingFilter
  ) -> Bitmap {
    var image = self
    if newWidth != width {
      let taps = Taps(from: width, to: newWidth, filter: filter)
      var pixels = [UInt8](repeating: 0, count: newWidth * height * channels)
      for y in 0..<height {
        taps.apply(
          image.pixels, base: y * width * channels, step: channels, lanes: channels,
          into: &pixels, at: y * newWidth * channels)
      }
      image = Bitmap(width: newWidth, height: height, channels: channels, pixels: pixels)
    }
    if newHeight != height {
      let taps = Taps(from: height, to: newHeight, filter: filter)
      let row = newWidth * channels
      var pixels = [UInt8](repeating: 0, count: row * newHeight)
      taps.apply(image.pixels, base: 0, step: row, lanes: row, into: &pixels, at: 0)
      image = Bitmap(width: newWidth, height: newHeight, channels: channels, pixels: pixels)
    }
    return image
  }

  /// Which inputs make each output along one axis, with integer weights of 22 fractional bits.
  private struct Taps {
    var starts: [Int] = []
    var weights: [[Int32]] = []

    init(from input: Int, to output: Int, filter: ResamplingFilter) {
      let scale = Double(input) / Double(output)
      let filterScale = max(scale, 1)
      let support = filter.support * filterScale
      for x in 0..<output {
        let center = (Double(x) + 0.5) * scale
        let low = max(0, Int(center - support + 0.5))
        let high = min(input, Int(center + support + 0.5))
        var row = (low..<high).map {
          filter.weight((Double($0) - center + 0.5) * (1 / filterScale))
        }
        let sum = row.reduce(0, +)
        if sum != 0 { for index in row.indices { row[index] *= 1 / sum } }
        starts.append(low)
        weights.append(row.map { Int32($0 * 4_194_304 + ($0 < 0 ? -0.5 : 0.5)) })
      }
    }

    /// Convolves `lanes` interleaved signals whose samples lie `step` bytes apart.
    func apply(
      _ input: [UInt8], base: Int, step: Int, lanes: Int, into output: inout [UInt8], at start: Int
    ) {
      for (x, row) in weights.enumerated() {
        let first = base + starts[x] * step
        for lane in 0..<lanes {
          var sum: Int32 = 1 << 21
          for (tap, weight) in row.enumerated() {
            sum &+= weight &* Int32(input[first + tap * step + lane])
          }
          output[start + x * lanes + lane] = UInt8(max(0, min(255, sum >> 22)))
        }
      }
    }
  }
}

/// How often colours occur, six bits per channel, to choose a palette from; sums over pictures.
struct ColorHistogram {
  private var counts = [UInt32](repeating: 0, count: 1 << 18)

  /// Adds interleaved RGB bytes.
  mutating func add(_ rgb: [UInt8]) {
    rgb.withUnsafeBufferPointer { rgb in
      counts.withUnsafeMutableBufferPointer { counts in
        for pixel in stride(from: 0, to: rgb.count - 2, by: 3) {
          counts[colorBin(rgb[pixel], rgb[pixel + 1], rgb[pixel + 2])] &+= 1
        }
      }
    }
  }

  /// At most `size` colours that stand for all counted ones, by median cut: the box with the most
  /// pixels times its longest side is split at that side's median until there are enough boxes.
  func palette(size: Int) -> Palette {
    precondition((1...256).contains(size))
    let used = counts.indices.filter { counts[$0] > 0 }
    guard !used.isEmpty else { return Palette(colors: [0, 0, 0], indexOfBin: [:]) }
    var boxes = [ColorBox(used, counts)]
    while boxes.count < size {
      let candidate = boxes.indices.max {
        (boxes[$0].priority, $1) < (boxes[$1].priority, $0)
      }
      guard let candidate, boxes[candidate].priority > 0 else { break }
      let (low, high) = boxes[candidate].split(counts)
      boxes[candidate] = low
      boxes.append(high)
    }
    var colors: [UInt8] = []
    var indexOfBin: [Int: UInt8] = [:]
    for (index, box) in boxes.enumerated() {
      colors += box.average(counts)
      for bin in box.bins { indexOfBin[bin] = UInt8(index) }
    }
    return Palette(colors: colors, indexOfBin: indexOfBin)
  }
}

/// Colours by number.
struct Palette {
  /// RGB triples.
  let colors: [UInt8]
  private var table = [UInt8](repeating: 0, count: 1 << 18)

  init(colors: [UInt8], indexOfBin: [Int: UInt8]) {
    self.colors = colors
    for (bin, index) in indexOfBin { table[bin] = index }
  }

  /// The palette index of each pixel of interleaved RGB bytes the histogram has seen.
  func indices(_ rgb: [UInt8]) -> [UInt8] {
    let count = rgb.count / 3
    return [UInt8](unsafeUninitializedCapacity: count) { output, filled in
      table.withUnsafeBufferPointer { table in
        rgb.withUnsafeBufferPointer { rgb in
          for pixel in 0..<count {
            output[pixel] = table[colorBin(rgb[3 * pixel], rgb[3 * pixel + 1], rgb[3 * pixel + 2])]
          }
        }
      }
      filled = count
    }
  }
}

/// Number of the histogram bin a colour falls in.
@inline(__always)
private func colorBin(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
  Int(red >> 2) << 12 | Int(green >> 2) << 6 | Int(blue >> 2)
}

/// A set of colour bins inside the smallest box around them.
private struct ColorBox {
  let bins: [Int]
  /// Bit shift of the channel with the longest side.
  let shift: Int
  /// Pixels times side length; 0 for a single colour.
  let priority: Int

  init(_ bins: [Int], _ counts: [UInt32]) {
    self.bins = bins
    var longest = (side: 0, shift: 0)
    for shift in [12, 6, 0] {
      let values = bins.lazy.map { $0 >> shift & 63 }
      let side = (values.max() ?? 0) - (values.min() ?? 0)
      if side > longest.side { longest = (side, shift) }
    }
    shift = longest.shift
    priority = longest.side * bins.reduce(0) { $0 + Int(counts[$1]) }
  }

  /// Two halves with about equally many pixels; both hold at least one bin.
  func split(_ counts: [UInt32]) -> (ColorBox, ColorBox) {
    let sorted = bins.sorted { ($0 >> shift & 63, $0) < ($1 >> shift & 63, $1) }
    let half = bins.reduce(0) { $0 + Int(counts[$1]) } / 2
    var seen = 0
    var cut = 1
    for (position, bin) in sorted.enumerated() {
      seen += Int(counts[bin])
      if seen >= half {
        cut = min(max(1, position + 1), sorted.count - 1)
        break
      }
    }
    return (ColorBox(Array(sorted[..<cut]), counts), ColorBox(Array(sorted[cut...]), counts))
  }

  /// The pixel-weighted mean colour, as RGB bytes.
  func average(_ counts: [UInt32]) -> [UInt8] {
    let total = bins.reduce(0) { $0 + Int(counts[$1]) }
    return [12, 6, 0].map { shift in
      let sum = bins.reduce(0) { $0 + ($1 >> shift & 63) * Int(counts[$1]) }
      // Six-bit levels 0...63 stretched to 0...255.
      return UInt8((sum * 255 + total * 63 / 2) / (total * 63))
    }
  }
}

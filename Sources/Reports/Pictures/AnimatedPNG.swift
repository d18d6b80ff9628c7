import Assets

/// Collects pictures of one size and gives them as one animated PNG with a common palette.
///
/// Every browser plays it; viewers that do not know the animation chunks show the first picture.
/// Source: APNG specification 1.0, W3C PNG third edition.
public struct AnimatedPNG {
  /// Pictures per second.
  public let framesPerSecond: Int
  private let width: Int
  private let height: Int
  private var histogram = ColorHistogram()
  /// Pixels of each picture, deflated: a chain has up to 1800 of them.
  private var frames: [[UInt8]] = []

  /// An empty animation.
  public init(width: Int, height: Int, framesPerSecond: Int) {
    precondition(width > 0 && height > 0 && framesPerSecond > 0)
    self.width = width
    self.height = height
    self.framesPerSecond = framesPerSecond
  }

  /// Pictures so far.
  public var count: Int { frames.count }

  /// Appends a picture (RGB).
  public mutating func append(_ picture: Bitmap) {
    precondition(
      picture.channels == 3 && picture.width == width && picture.height == height)
    histogram.add(picture.pixels)
    frames.append(deflated(picture.pixels, level: 1))
  }

  /// The file's bytes; the animation plays forever. Needs at least one picture.
  public func data() -> [UInt8] {
    precondition(!frames.isEmpty)
    // The last index is transparent: pixels that stay as they were.
    let palette = histogram.palette(size: 255)
    let transparent = UInt8(palette.colors.count / 3)
    var stream = PNGStream()
    stream.appendIndexedHeader(width: width, height: height)
    stream.append("PLTE", palette.colors + [0, 0, 0])
    stream.append("tRNS", [UInt8](repeating: 255, count: Int(transparent)) + [0])
    stream.append("acTL", bigEndian(UInt32(frames.count)) + bigEndian(UInt32(0)))
    var sequence: UInt32 = 0
    var shown: [UInt8] = []
    for (number, frame) in frames.enumerated() {
      let indices = palette.indices(inflated(frame, size: width * height * 3))
      let patch = Patch(from: shown, to: indices, width: width, transparent: transparent)
      stream.append("fcTL", control(patch, sequence: sequence))
      sequence += 1
      let data = zlibStream(unfilteredRows(patch.indices, width: patch.width), level: 6)
      if number == 0 {
        stream.append("IDAT", data)
      } else {
        stream.append("fdAT", bigEndian(sequence) + data)
        sequence += 1
      }
      shown = indices
    }
    stream.append("IEND", [])
    return stream.bytes
  }

  private func control(_ patch: Patch, sequence: UInt32) -> [UInt8] {
    let numbers = [patch.width, patch.height, patch.x, patch.y].map { UInt32($0) }
    let keepWhatIsThere: UInt8 = 0
    let blendOver: UInt8 = 1
    return bigEndian(sequence) + numbers.flatMap { bigEndian($0) } + bigEndian(UInt16(1))
      + bigEndian(UInt16(framesPerSecond)) + [keepWhatIsThere, blendOver]
  }
}

/// The rectangle that changed between two pictures; unchanged pixels in it are transparent.
private struct Patch {
  var x = 0
  var y = 0
  var width: Int
  var height: Int
  var indices: [UInt8]

  /// The whole of `new` when `old` is empty, one transparent pixel when nothing changed.
  init(from old: [UInt8], to new: [UInt8], width fullWidth: Int, transparent: UInt8) {
    guard !old.isEmpty else {
      (width, height, indices) = (fullWidth, new.count / fullWidth, new)
      return
    }
    let changed = new.indices.filter { new[$0] != old[$0] }
    guard let first = changed.first, let last = changed.last else {
      (width, height, indices) = (1, 1, [transparent])
      return
    }
    let columns = changed.map { $0 % fullWidth }
    let left = columns.min() ?? 0
    let right = columns.max() ?? 0
    (x, y) = (left, first / fullWidth)
    width = right - left + 1
    height = last / fullWidth - y + 1
    indices = []
    indices.reserveCapacity(width * height)
    for row in y..<y + height {
      for pixel in row * fullWidth + left...row * fullWidth + right {
        indices.append(new[pixel] == old[pixel] ? transparent : new[pixel])
      }
    }
  }
}

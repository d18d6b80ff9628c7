import Assets
import Calvin

/// A frame as a wire array, or as vla-eval's PNG map.
func packedImage(
  _ image: Bitmap, codec: ImageCodec, keys: WireArray.KeyStyle
) throws(AssetError) -> MessagePack {
  switch codec {
  case .raw:
    WireArray(rgb: image.pixels, width: image.width, height: image.height).packed(keys: keys)
  case .png:
    .object([
      ("__image__", .bool(true)), ("format", .string("png")),
      ("data", .binary(try image.pngData())),
      (
        "shape",
        .array([.integer(Int64(image.height)), .integer(Int64(image.width)), .integer(3)])
      ),
    ])
  }
}

extension Bitmap {
  /// The frame's colours.
  init(_ frame: Frame) {
    self.init(width: frame.width, height: frame.height, channels: 3, pixels: frame.rgb)
  }

  /// torchvision's `Resize` of a uint8 tensor when enlarging: bilinear between pixel centres in
  /// float32, rounded half to even. vla-eval sends the wrist image at 200 x 200 this way.
  func enlargedBilinear(edge: Int) -> Bitmap {
    if width == edge && height == edge { return self }
    let columns = (0..<edge).map { Self.neighbours(of: $0, extent: width, edge: edge) }
    let rowLength = edge * channels
    // Every source row is stretched once; output rows then lie between two of them.
    var stretched = [Float](repeating: 0, count: height * rowLength)
    stretched.withUnsafeMutableBufferPointer { stretched in
      pixels.withUnsafeBufferPointer { pixels in
        for y in 0..<height {
          for (x, column) in columns.enumerated() {
            for c in 0..<channels {
              let low = Float(pixels[(y * width + column.low) * channels + c])
              let high = Float(pixels[(y * width + column.high) * channels + c])
              stretched[y * rowLength + x * channels + c] =
                low * (1 - column.part) + high * column.part
            }
          }
        }
      }
    }
    let output = [UInt8](unsafeUninitializedCapacity: edge * rowLength) { output, count in
      stretched.withUnsafeBufferPointer { stretched in
        for y in 0..<edge {
          let row = Self.neighbours(of: y, extent: height, edge: edge)
          let (low, high) = (row.low * rowLength, row.high * rowLength)
          for x in 0..<rowLength {
            let value =
              stretched[low &+ x] * (1 - row.part) + stretched[high &+ x] * row.part
            // Adding 1.5 * 2^23 leaves no bits for a fraction: rounding half to even, and the
            // number 0...255 is the sum's last byte.
            output[y &* rowLength &+ x] = UInt8(truncatingIfNeeded: (value + 0x1.8p23).bitPattern)
          }
        }
      }
      count = edge * rowLength
    }
    return Bitmap(width: edge, height: edge, channels: channels, pixels: output)
  }

  /// The two source pixels a pixel of the enlarged image lies between, and how far it is from the
  /// first.
  private static func neighbours(
    of index: Int, extent: Int, edge: Int
  ) -> (low: Int, high: Int, part: Float) {
    let position = max(0, (Float(index) + 0.5) * (Float(extent) / Float(edge)) - 0.5)
    let low = min(Int(position), extent - 1)
    return (low, min(low + 1, extent - 1), position - Float(low))
  }

  /// openpi's `resize_with_pad`: Pillow bilinear keeping the aspect, centred on black.
  func resizedWithPadding(edge: Int) -> Bitmap {
    if width == edge && height == edge { return self }
    let ratio = max(Double(width) / Double(edge), Double(height) / Double(edge))
    let (innerWidth, innerHeight) = (Int(Double(width) / ratio), Int(Double(height) / ratio))
    let inner = resized(width: innerWidth, height: innerHeight, filter: .bilinear)
    let (left, top) = ((edge - innerWidth) / 2, (edge - innerHeight) / 2)
    var output = [UInt8](repeating: 0, count: edge * edge * channels)
    for y in 0..<innerHeight {
      let from = y * innerWidth * channels
      let to = ((y + top) * edge + left) * channels
      output.replaceSubrange(
        to..<to + innerWidth * channels, with: inner.pixels[from..<from + innerWidth * channels])
    }
    return Bitmap(width: edge, height: edge, channels: channels, pixels: output)
  }
}

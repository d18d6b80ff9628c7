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
    var output = [UInt8](repeating: 0, count: edge * edge * channels)
    func source(_ index: Int, _ extent: Int) -> (Int, Int, Float) {
      let position = max(0, (Float(index) + 0.5) * (Float(extent) / Float(edge)) - 0.5)
      let low = min(Int(position), extent - 1)
      return (low, min(low + 1, extent - 1), position - Float(low))
    }
    for y in 0..<edge {
      let (y0, y1, fy) = source(y, height)
      for x in 0..<edge {
        let (x0, x1, fx) = source(x, width)
        for c in 0..<channels {
          func at(_ row: Int, _ column: Int) -> Float {
            Float(pixels[(row * width + column) * channels + c])
          }
          let top = at(y0, x0) * (1 - fx) + at(y0, x1) * fx
          let bottom = at(y1, x0) * (1 - fx) + at(y1, x1) * fx
          let value = (top * (1 - fy) + bottom * fy).rounded(.toNearestOrEven)
          output[(y * edge + x) * channels + c] = UInt8(max(0, min(255, value)))
        }
      }
    }
    return Bitmap(width: edge, height: edge, channels: channels, pixels: output)
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

import CCodecs

extension Bitmap {
  /// The picture in a PNG file's bytes: 1, 3 or 4 channels (palettes become RGB or RGBA, grey with
  /// alpha RGBA; of 16-bit samples the high byte is kept). `file` names it in errors.
  public init(png bytes: [UInt8], file: String = "PNG data") throws(AssetError) {
    var width: Int32 = 0
    var height: Int32 = 0
    var channels: Int32 = 0
    var pixels: UnsafeMutablePointer<UInt8>?
    var message = [CChar](repeating: 0, count: 160)
    let status = ccodecs_png_decode(
      bytes, bytes.count, &message, message.count, &width, &height, &channels, &pixels)
    guard status == 0, let pixels else {
      throw AssetError(file: file, message: "expected a PNG picture: \(text(of: message))")
    }
    defer { ccodecs_free(pixels) }
    let count = Int(width) * Int(height) * Int(channels)
    self.init(
      width: Int(width), height: Int(height), channels: Int(channels),
      pixels: Array(UnsafeBufferPointer(start: pixels, count: count)))
  }

  /// The picture in a PNG file.
  public init(pngFile path: String) throws(AssetError) {
    try self.init(png: readFile(path), file: path)
  }

  /// This picture as the bytes of a PNG file; `level` is zlib's, 0 (fast) to 9 (small).
  public func pngData(level: Int = 6) throws(AssetError) -> [UInt8] {
    var bytes: UnsafeMutablePointer<UInt8>?
    var size = 0
    var message = [CChar](repeating: 0, count: 160)
    let status = ccodecs_png_encode(
      pixels, Int32(width), Int32(height), Int32(channels), Int32(level), &message, message.count,
      &bytes, &size)
    guard status == 0, let bytes else {
      throw AssetError(
        file: "PNG data",
        message: "cannot encode \(width) x \(height) x \(channels) pixels: \(text(of: message))")
    }
    defer { ccodecs_free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: size))
  }

  /// Writes this picture as a PNG file.
  public func writePNG(to path: String, level: Int = 6) throws(AssetError) {
    try writeFile(pngData(level: level), to: path)
  }

  /// This picture with three channels: grey is repeated, alpha dropped.
  public func rgb() -> Bitmap {
    guard channels != 3 else { return self }
    var result = [UInt8](repeating: 0, count: width * height * 3)
    for pixel in 0..<(width * height) {
      for channel in 0..<3 {
        result[3 * pixel + channel] = pixels[channels * pixel + (channels == 1 ? 0 : channel)]
      }
    }
    return Bitmap(width: width, height: height, channels: 3, pixels: result)
  }
}

private func text(of message: [CChar]) -> String {
  String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

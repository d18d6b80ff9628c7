/// An 8-bit image, rows from the top, channels interleaved: `[height, width, channels]`.
public struct Bitmap: Sendable, Equatable {
  /// Pixels per row.
  public var width: Int
  /// Rows.
  public var height: Int
  /// 1 (grey), 3 (RGB) or 4 (RGBA).
  public var channels: Int
  /// `height * width * channels` bytes.
  public var pixels: [UInt8]

  /// An image of these pixels; `pixels.count` must be `width * height * channels`.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * channels)
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }
}

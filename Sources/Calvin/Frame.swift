/// One rendered camera image: `rgb` is `[height, width, 3]` uint8 from the top row,
/// `depth` is `[height, width]` float32 metres or empty when it was not asked for.
public struct Frame: Sendable, Equatable {
  /// Pixels per row.
  public var width: Int
  /// Rows.
  public var height: Int
  /// Interleaved RGB.
  public var rgb: [UInt8]
  /// Metres along the optical axis.
  public var depth: [Float]

  /// A frame of these parts.
  public init(width: Int, height: Int, rgb: [UInt8], depth: [Float] = []) {
    self.width = width
    self.height = height
    self.rgb = rgb
    self.depth = depth
  }
}

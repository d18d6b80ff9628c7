import Calvin
import NeuralNetworks

/// Pictures to model input: bicubic resize to S x S, division by 255, normalisation, channels first.
public struct ImagePreprocessor: Sendable {
  /// S
  public let size: Int
  /// Normalised value of each byte, per channel.
  private let tables: [[Float]]

  /// A preprocessor for pictures of `size` x `size`.
  public init(size: Int, normalization: ImageNormalization) {
    self.size = size
    tables = (0..<3).map { channel in
      (0...255).map { byte in
        (Float(byte) / 255 - normalization.mean[channel]) / normalization.deviation[channel]
      }
    }
  }

  /// The resized bytes, `[S, S, 3]`.
  public static func resized(_ frame: Frame, to size: Int) throws(VLAError) -> [UInt8] {
    guard frame.width > 0, frame.height > 0, frame.rgb.count == frame.width * frame.height * 3
    else {
      throw VLAError(
        nil, "image",
        "has \(frame.rgb.count) bytes for \(frame.width) x \(frame.height),"
          + " expected 3 per pixel")
    }
    return ImageResize(width: frame.width, height: frame.height, to: size)(frame.rgb)
  }

  /// Writes the picture's `3·S·S` numbers to `target`.
  public func write(_ frame: Frame, to target: UnsafeMutablePointer<Float>) throws(VLAError) {
    normalize(try Self.resized(frame, to: size), to: target)
  }

  /// The picture's `3·S·S` numbers.
  public func numbers(_ frame: Frame) throws(VLAError) -> [Float] {
    let bytes = try Self.resized(frame, to: size)
    return [Float](unsafeUninitializedCapacity: bytes.count) { target, count in
      if let base = target.baseAddress { normalize(bytes, to: base) }
      count = bytes.count
    }
  }

  /// Normalises `[S, S, 3]` bytes into `[3, S, S]` numbers.
  public func normalize(_ bytes: [UInt8], to target: UnsafeMutablePointer<Float>) {
    for channel in 0..<3 {
      let table = tables[channel]
      let plane = target + channel * size * size
      for pixel in 0..<(size * size) { plane[pixel] = table[Int(bytes[pixel * 3 + channel])] }
    }
  }
}

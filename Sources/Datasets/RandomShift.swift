import NumPy

/// Random-shift augmentation as RoboVLMs applies it to resized, normalised pictures: a picture
/// padded by repeating its border is cut out again at a random place.
public struct RandomShift: Sendable, Equatable {
  /// A cut's place: `padding` on both axes is the identity.
  public struct Offset: Sendable, Hashable {
    /// Pixels from the left of the padded picture.
    public var x: Int
    /// Pixels from its top.
    public var y: Int

    /// A place.
    public init(x: Int, y: Int) {
      self.x = x
      self.y = y
    }
  }

  /// Pixels of padding on every side (10 for the static camera, 4 for the wrist camera).
  public let padding: Int

  /// An augmentation with this padding.
  public init(padding: Int) {
    precondition(padding >= 0)
    self.padding = padding
  }

  /// A place drawn from [1, 2 padding] on each axis, as upstream's `forward_traj` draws it (0 is
  /// never drawn there), for every frame on its own.
  public func draw(_ random: inout RandomState) -> Offset {
    guard padding > 0 else { return Offset(x: 0, y: 0) }
    let x = random.randint(1, 2 * padding + 1)
    return Offset(x: x, y: random.randint(1, 2 * padding + 1))
  }

  /// The picture `[channels, height, width]` shifted.
  public func callAsFunction(
    _ picture: [Float], width: Int, height: Int, by offset: Offset
  ) -> [Float] {
    precondition(width > 0 && height > 0 && picture.count % (width * height) == 0)
    precondition((0...2 * padding).contains(offset.x) && (0...2 * padding).contains(offset.y))
    let columns = (0..<width).map { min(max($0 + offset.x - padding, 0), width - 1) }
    var shifted: [Float] = []
    shifted.reserveCapacity(picture.count)
    for channel in stride(from: 0, to: picture.count, by: width * height) {
      for row in 0..<height {
        let source = channel + min(max(row + offset.y - padding, 0), height - 1) * width
        for column in columns { shifted.append(picture[source + column]) }
      }
    }
    return shifted
  }
}

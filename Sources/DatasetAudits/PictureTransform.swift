import Calvin

/// A way a recorded picture can have been turned, mirrored, or had its colours exchanged.
struct PictureTransform: Sendable, Hashable {
  /// Mirrored left to right (applied first).
  var mirrored = false
  /// Quarter turns counter-clockwise (applied second).
  var turns = 0
  /// Red and blue exchanged.
  var exchangesColors = false

  static let identity = PictureTransform()

  /// All that leave the size as it is.
  static func all(isSquare: Bool) -> [PictureTransform] {
    [false, true].flatMap { colors in
      (isSquare ? [0, 1, 2, 3] : [0, 2]).flatMap { turns in
        [false, true].map {
          PictureTransform(mirrored: $0, turns: turns, exchangesColors: colors)
        }
      }
    }
  }

  /// What was done to the geometry, nil for nothing.
  var geometry: String? {
    switch (mirrored, turns) {
    case (false, 0): nil
    case (true, 0): "mirrored left to right"
    case (true, 2): "mirrored top to bottom"
    case (false, 2): "turned by 180 degrees"
    case (false, _): "turned by 90 degrees"
    case (true, _): "transposed"
    }
  }

  /// The picture with this done to it.
  func callAsFunction(_ picture: Frame) -> Frame {
    let (width, height) = (picture.width, picture.height)
    let isSideways = turns % 2 == 1
    var result = Frame(
      width: isSideways ? height : width, height: isSideways ? width : height,
      rgb: [UInt8](repeating: 0, count: picture.rgb.count))
    for y in 0..<result.height {
      for x in 0..<result.width {
        let (u, v) =
          switch turns {
          case 1: (width - 1 - y, x)
          case 2: (width - 1 - x, height - 1 - y)
          case 3: (y, height - 1 - x)
          default: (x, y)
          }
        let source = 3 * (v * width + (mirrored ? width - 1 - u : u))
        let target = 3 * (y * result.width + x)
        for channel in 0..<3 {
          result.rgb[target + channel] =
            picture.rgb[source + (exchangesColors ? 2 - channel : channel)]
        }
      }
    }
    return result
  }
}

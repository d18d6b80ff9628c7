import Calvin

/// A way a recorded picture can have been turned, mirrored, or had its channels exchanged.
struct PictureTransform: Sendable, Hashable {
  /// Which recorded channel is red, green and blue.
  enum Channels: CaseIterable, Sendable {
    case rgb, bgr, grb, rbg, gbr, brg

    /// Places of red, green and blue.
    var places: (Int, Int, Int) {
      switch self {
      case .rgb: (0, 1, 2)
      case .bgr: (2, 1, 0)
      case .grb: (1, 0, 2)
      case .rbg: (0, 2, 1)
      case .gbr: (1, 2, 0)
      case .brg: (2, 0, 1)
      }
    }

    /// What was found, nil for the right order.
    var message: String? {
      let names = ["red", "green", "blue"]
      switch self {
      case .rgb: return nil
      case .bgr: return "has red and blue exchanged"
      case .grb: return "has red and green exchanged"
      case .rbg: return "has green and blue exchanged"
      case .gbr, .brg:
        let (red, green, blue) = places
        let stored = [0, 1, 2].map { place in
          names[place == red ? 0 : place == green ? 1 : place == blue ? 2 : 0]
        }
        return "has its channels in the order \(stored.joined(separator: ", "))"
      }
    }
  }

  /// Mirrored left to right (applied first).
  var mirrored = false
  /// Quarter turns counter-clockwise (applied second).
  var turns = 0
  /// Where the channels are.
  var channels = Channels.rgb

  static let identity = PictureTransform()

  /// All that leave the size as it is.
  static func all(isSquare: Bool) -> [PictureTransform] {
    Channels.allCases.flatMap { channels in
      (isSquare ? [0, 1, 2, 3] : [0, 2]).flatMap { turns in
        [false, true].map {
          PictureTransform(mirrored: $0, turns: turns, channels: channels)
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

  /// The element of a grid that comes to (x, y), of a grid this wide and high.
  private func source(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> (x: Int, y: Int) {
    let (u, v) =
      switch turns {
      case 1: (width - 1 - y, x)
      case 2: (width - 1 - x, height - 1 - y)
      case 3: (y, height - 1 - x)
      default: (x, y)
      }
    return (mirrored ? width - 1 - u : u, v)
  }

  /// The picture with this done to it.
  func callAsFunction(_ picture: Frame) -> Frame {
    guard self != .identity else { return picture }
    let (width, height) = (picture.width, picture.height)
    let isSideways = turns % 2 == 1
    var result = Frame(
      width: isSideways ? height : width, height: isSideways ? width : height,
      rgb: [UInt8](repeating: 0, count: picture.rgb.count))
    let (red, green, blue) = channels.places
    for y in 0..<result.height {
      for x in 0..<result.width {
        let from = source(x, y, width, height)
        let place = 3 * (from.y * width + from.x)
        let target = 3 * (y * result.width + x)
        result.rgb[target] = picture.rgb[place + red]
        result.rgb[target + 1] = picture.rgb[place + green]
        result.rgb[target + 2] = picture.rgb[place + blue]
      }
    }
    return result
  }

  /// Depth of this size with the geometry done to it.
  func callAsFunction(_ depth: [Float], width: Int, height: Int) -> [Float] {
    guard geometry != nil else { return depth }
    let isSideways = turns % 2 == 1
    let (newWidth, newHeight) = isSideways ? (height, width) : (width, height)
    var result = depth
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let from = source(x, y, width, height)
        result[y * newWidth + x] = depth[from.y * width + from.x]
      }
    }
    return result
  }
}

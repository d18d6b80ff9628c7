import Assets

/// The plain colours of the arm, cells of one small picture.
enum Palette: Int, CaseIterable {
  case white
  case graphite
  case steel
  case accent
  case rubber
  case gel

  /// Red, green, blue.
  var color: (Int, Int, Int) {
    switch self {
    case .white: (238, 240, 242)
    case .graphite: (62, 66, 74)
    case .steel: (150, 155, 162)
    case .accent: (34, 150, 168)
    case .rubber: (28, 29, 32)
    case .gel: (250, 248, 240)
    }
  }

  /// The centre of the colour's cell.
  var textureCoordinate: SIMD2<Double> {
    SIMD2((Double(rawValue) + 0.5) / Double(Self.cells), 0.5)
  }

  private static let cells = 8
  private static let cellWidth = 8

  static func picture() -> Bitmap {
    var pixels: [UInt8] = []
    for _ in 0..<cellWidth {
      for cell in 0..<cells {
        let color = Palette(rawValue: cell)?.color ?? (128, 128, 128)
        for _ in 0..<cellWidth {
          pixels += [UInt8(color.0), UInt8(color.1), UInt8(color.2)]
        }
      }
    }
    return Bitmap(width: cells * cellWidth, height: cellWidth, channels: 3, pixels: pixels)
  }
}

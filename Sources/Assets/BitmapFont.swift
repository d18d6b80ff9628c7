/// A fixed-width font of 5 x 8 dots per character (the last row is for descenders) for labels on
/// pictures and videos; printable ASCII, anything else shows as a question mark.
public enum BitmapFont {
  /// Columns from one character to the next, at scale 1.
  public static let advance = 6
  /// Rows from one line to the next, at scale 1.
  public static let lineHeight = 10

  /// Width and height in pixels of a text of one or several lines.
  public static func size(of text: String, scale: Int = 1) -> (width: Int, height: Int) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let columns = lines.map(\.count).max() ?? 0
    return (
      max(0, columns * advance - 1) * scale, max(0, lines.count * lineHeight - 2) * scale
    )
  }

  /// True where the character has a dot; column 0...4 from the left, row 0...7 from the top.
  public static func hasDot(_ character: Character, column: Int, row: Int) -> Bool {
    let code = character.asciiValue.map(Int.init) ?? 0
    let index = (32..<127).contains(code) ? code - 32 : Int(UInt8(ascii: "?")) - 32
    let digit = glyphs[index * 8 + row]
    let bits =
      digit < UInt8(ascii: "a") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
    return bits >> (4 - column) & 1 == 1
  }

  /// Eight rows per character from space to tilde, each row five dots as one base-32 digit.
  private static let glyphs: [UInt8] = Array(
    """
    0000000044444040aa000000aavavaa04fke5u40op248j30cik8lid04400000024888420842224800\
    4lel400044v440000000c48000v000000000cc001248g00ehjlphe04c4444e0eh1248v0v2421he0\
    26aiv220vgu11he068guhhe0v1248880ehhehhe0ehhf12c00cc0cc000cc0c480248g842000v0v000\
    84212480eh124040eh1dlle0ehhhvhh0uhhuhhu0ehggghe0sihhhis0vgguggv0vgguggg0ehgnhhf0\
    hhhvhhh0e44444e072222ic0hikokih0ggggggv0hrllhhh0hhpljhh0ehhhhhe0uhhuggg0ehhhlid0\
    uhhukih0fgge11u0v4444440hhhhhhe0hhhhha40hhhllla0hha4ahh0hhha4440v1248gv0e88888e0\
    0g842100e22222e04ah000000000000v8420000000e1fhf0ggmphhu000egghe011djhhf000ehvge0\
    698s888000fhhf1eggmphhh040c444e0206222icggikoki0c44444e000qllll000mphhh000ehhhe0\
    00uhhugg00fhhf1100mpggg000fge1u088s8896000hhhjd000hhha4000hhlla000ha4ah000hhhf1e\
    00v248v0244844204444444084424480008l2000
    """.utf8)
}

extension Bitmap {
  /// Writes text with its upper left corner at (x, y), dots of `scale` x `scale` pixels, in a colour
  /// of as many components as the image has channels; what falls outside is cut off.
  public mutating func draw(
    _ text: String, x: Int, y: Int, scale: Int = 1, color: [UInt8]
  ) {
    precondition(color.count == channels)
    for (line, characters) in text.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      for (index, character) in characters.enumerated() {
        for row in 0..<8 {
          for column in 0..<5
          where BitmapFont.hasDot(character, column: column, row: row) {
            fill(
              x: x + (index * BitmapFont.advance + column) * scale,
              y: y + (line * BitmapFont.lineHeight + row) * scale, width: scale, height: scale,
              color: color)
          }
        }
      }
    }
  }

  /// Fills a rectangle; what falls outside is cut off.
  public mutating func fill(x: Int, y: Int, width: Int, height: Int, color: [UInt8]) {
    precondition(color.count == channels)
    for row in max(0, y)..<max(0, y, min(self.height, y + height)) {
      for column in max(0, x)..<max(0, x, min(self.width, x + width)) {
        for channel in 0..<channels {
          pixels[(row * self.width + column) * channels + channel] = color[channel]
        }
      }
    }
  }
}

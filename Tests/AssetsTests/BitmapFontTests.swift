import Testing

@testable import Assets

/// Labels on pictures.
struct BitmapFontTests {
  @Test func everyPrintableCharacterHasItsOwnGlyph() {
    let glyphs = (32..<127).map { code in
      let character = Character(UnicodeScalar(UInt8(code)))
      return (0..<40).map {
        BitmapFont.hasDot(character, column: $0 % 5, row: $0 / 5) ? "#" : "."
      }.joined()
    }
    #expect(Set(glyphs).count == 95)
    #expect(!glyphs[0].contains("#"))
    #expect(glyphs[1...].allSatisfy { $0.contains("#") })
  }

  @Test func unknownCharactersShowAsQuestionMarks() {
    for row in 0..<8 {
      for column in 0..<5 {
        #expect(
          BitmapFont.hasDot("é", column: column, row: row)
            == BitmapFont.hasDot("?", column: column, row: row))
      }
    }
  }

  @Test func textFillsTheSizeItIsSaidToHave() {
    let size = BitmapFont.size(of: "Hj\nH", scale: 2)
    #expect(size == (width: 22, height: 36))
    var picture = Bitmap(
      width: size.width, height: size.height, channels: 1,
      pixels: [UInt8](repeating: 0, count: size.width * size.height))
    picture.draw("Hj\nH", x: 0, y: 0, scale: 2, color: [255])
    // The H's left stem, from the first row to the seventh.
    #expect((0..<14).allSatisfy { picture.pixels[$0 * size.width] == 255 })
    #expect(picture.pixels[14 * size.width] == 0)
  }

  @Test func whatFallsOutsideIsCutOff() {
    var picture = Bitmap(
      width: 4, height: 4, channels: 3, pixels: [UInt8](repeating: 7, count: 48))
    picture.draw("W", x: -2, y: -3, scale: 3, color: [1, 2, 3])
    picture.fill(x: 9, y: 9, width: 5, height: 5, color: [0, 0, 0])
    #expect(picture.pixels.count == 48)
    #expect(picture.pixels.contains(1))
  }
}

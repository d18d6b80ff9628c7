import Testing

@testable import Assets

@Suite struct PNGTests {
  @Test(arguments: [1, 3, 4])
  func picturesSurvive(channels: Int) throws {
    var generator = SplitMix(state: 7)
    let pixels = (0..<(13 * 7 * channels)).map { _ in
      UInt8(truncatingIfNeeded: generator.next())
    }
    let picture = Bitmap(width: 13, height: 7, channels: channels, pixels: pixels)
    for level in [0, 6, 9] {
      #expect(try Bitmap(png: picture.pngData(level: level)) == picture)
    }
  }

  @Test func rgbRepeatsGreyAndDropsAlpha() {
    let grey = Bitmap(width: 2, height: 1, channels: 1, pixels: [5, 9])
    #expect(grey.rgb().pixels == [5, 5, 5, 9, 9, 9])
    let alpha = Bitmap(width: 1, height: 1, channels: 4, pixels: [1, 2, 3, 4])
    #expect(alpha.rgb().pixels == [1, 2, 3])
  }

  @Test func brokenFilesSayWhy() throws {
    let bytes = try Bitmap(
      width: 8, height: 8, channels: 3, pixels: .init(repeating: 9, count: 192)
    )
    .pngData()
    let short = #expect(throws: AssetError.self) {
      try Bitmap(png: Array(bytes.prefix(40)), file: "a.png")
    }
    #expect(short?.file == "a.png" && short?.message.contains("ends too early") == true)
    #expect(throws: AssetError.self) { try Bitmap(png: Array("not a picture".utf8)) }
    #expect(throws: AssetError.self) { try Bitmap(png: []) }
    var huge = bytes
    huge.replaceSubrange(16..<20, with: [0x7F, 0xFF, 0xFF, 0xFF])
    #expect(throws: AssetError.self) { try Bitmap(png: huge) }
    #expect(throws: AssetError.self) { try Bitmap(pngFile: "/no/such/file.png") }
  }
}

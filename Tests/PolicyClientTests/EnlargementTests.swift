import Assets
import Testing

@testable import PolicyClient

struct EnlargementTests {
  /// The same arithmetic pixel by pixel, rounded by the library.
  private func plain(_ image: Bitmap, edge: Int) -> [UInt8] {
    func source(_ index: Int, _ extent: Int) -> (Int, Int, Float) {
      let position = max(0, (Float(index) + 0.5) * (Float(extent) / Float(edge)) - 0.5)
      let low = min(Int(position), extent - 1)
      return (low, min(low + 1, extent - 1), position - Float(low))
    }
    var output: [UInt8] = []
    for y in 0..<edge {
      let (y0, y1, fy) = source(y, image.height)
      for x in 0..<edge {
        let (x0, x1, fx) = source(x, image.width)
        for c in 0..<3 {
          func at(_ row: Int, _ column: Int) -> Float {
            Float(image.pixels[(row * image.width + column) * 3 + c])
          }
          let top = at(y0, x0) * (1 - fx) + at(y0, x1) * fx
          let bottom = at(y1, x0) * (1 - fx) + at(y1, x1) * fx
          output.append(UInt8((top * (1 - fy) + bottom * fy).rounded(.toNearestOrEven)))
        }
      }
    }
    return output
  }

  @Test(arguments: [84, 1, 3, 100])
  func isBilinearRoundedHalfToEven(size: Int) {
    let pixels = (0..<size * size * 3).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 7 &+ $0) }
    let image = Bitmap(width: size, height: size, channels: 3, pixels: pixels)
    let enlarged = image.enlargedBilinear(edge: 200)
    #expect(enlarged.width == 200 && enlarged.height == 200)
    #expect(enlarged.pixels == plain(image, edge: 200))
  }
}

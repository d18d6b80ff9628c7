import Assets
import Glibc
import Rendering

/// How close one picture is to its recording.
struct FrameScore {
  let name: String
  let pixels: Int
  /// Pixels with three equal bytes.
  let identical: Int
  /// Pixels whose three bytes differ by 3 levels at most.
  let withinThree: Int
  /// Depths at most one step of 1/65535 apart.
  let depthWithinOne: Int
  /// Decibels; 100 stands for equal pictures.
  let psnr: Double

  init(
    name: String, image: RenderedImage, view: View, referenceRGB: [UInt8],
    referenceDepth: [Float]
  ) {
    self.name = name
    pixels = image.width * image.height
    var identical = 0
    var withinThree = 0
    var squares = 0.0
    var depthWithinOne = 0
    for pixel in 0..<pixels {
      var greatest = 0
      for channel in 0..<3 {
        let difference =
          Int(image.rgb[3 * pixel + channel]) - Int(referenceRGB[3 * pixel + channel])
        greatest = max(greatest, abs(difference))
        squares += Double(difference * difference)
      }
      if greatest == 0 { identical += 1 }
      if greatest <= 3 { withinThree += 1 }
      let buffer = Self.bufferDepth(Double(referenceDepth[pixel]), view)
      let recorded = (buffer * 65535).rounded()
      let ours = (Double(image.depthBuffer[pixel]) * 65535).rounded()
      if abs(recorded - ours) <= 1 { depthWithinOne += 1 }
    }
    self.identical = identical
    self.withinThree = withinThree
    self.depthWithinOne = depthWithinOne
    let mean = squares / Double(3 * pixels)
    psnr = mean == 0 ? 100 : 10 * log10(255 * 255 / mean)
  }

  /// Metres back to 0...1 of the depth buffer.
  private static func bufferDepth(_ metres: Double, _ view: View) -> Double {
    (view.far - view.far * view.near / metres) / (view.far - view.near)
  }
}

/// Figures over several pictures.
struct FrameTotals {
  var identical = 0.0
  var withinThree = 0.0
  var depthWithinOne = 0.0
  var meanPSNR = 0.0
  var leastPSNR = 0.0
  private var worst = ""
  private var count = 0

  init(_ scores: [FrameScore]) {
    guard let least = scores.min(by: { $0.psnr < $1.psnr }) else { return }
    let pixels = Double(scores.reduce(0) { $0 + $1.pixels })
    identical = Double(scores.reduce(0) { $0 + $1.identical }) / pixels
    withinThree = Double(scores.reduce(0) { $0 + $1.withinThree }) / pixels
    depthWithinOne = Double(scores.reduce(0) { $0 + $1.depthWithinOne }) / pixels
    meanPSNR = scores.reduce(0) { $0 + $1.psnr } / Double(scores.count)
    leastPSNR = least.psnr
    worst = least.name
    count = scores.count
  }

  var text: String {
    func percent(_ x: Double) -> String { decimals(100 * x, 2) + " %" }
    return "\(count) pictures, PSNR mean \(decimals(meanPSNR, 2)) min \(decimals(leastPSNR, 2)) dB "
      + "(\(worst)), \(percent(identical)) pixels identical, \(percent(withinThree)) within 3, "
      + "depth \(percent(depthWithinOne)) within 1 step"
  }

  private func decimals(_ x: Double, _ places: Int) -> String {
    let scale = pow(10, Double(places))
    let whole = (abs(x) * scale).rounded()
    let digits = String(Int(whole))
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return (x < 0 ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
  }
}

/// Reference, ours and the difference (eight times, around grey), enlarged, with the score below.
func sideBySide(reference: Bitmap, ours: Bitmap, score: FrameScore) -> Bitmap {
  let scale = max(1, 400 / reference.width)
  let (width, height) = (reference.width * scale, reference.height * scale)
  let gap = 4
  var result = Bitmap(
    width: 3 * width + 2 * gap, height: height + 24, channels: 3,
    pixels: [UInt8](repeating: 24, count: (3 * width + 2 * gap) * (height + 24) * 3))
  for y in 0..<height {
    for x in 0..<width {
      let source = ((y / scale) * reference.width + x / scale) * 3
      for channel in 0..<3 {
        let a = reference.pixels[source + channel]
        let b = ours.pixels[source + channel]
        let difference = UInt8(min(255, max(0, 128 + 8 * (Int(b) - Int(a)))))
        for (column, value) in [a, b, difference].enumerated() {
          let target = (y * result.width + column * (width + gap) + x) * 3
          result.pixels[target + channel] = value
        }
      }
    }
  }
  result.draw(
    "\(score.name): PSNR \((score.psnr * 100).rounded() / 100) dB, "
      + "\(score.pixels - score.identical) of \(score.pixels) pixels differ, "
      + "\(score.pixels - score.withinThree) by more than 3; difference x 8",
    x: 4, y: height + 4, scale: 2, color: [255, 255, 255])
  return result
}

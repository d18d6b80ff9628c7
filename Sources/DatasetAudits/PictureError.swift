import Calvin
import Foundation

/// How far apart two pictures are.
enum PictureError {
  /// Mean of the squared differences of all bytes; both of one size.
  static func meanSquare(_ a: [UInt8], _ b: [UInt8]) -> Double {
    precondition(a.count == b.count)
    guard !a.isEmpty else { return 0 }
    // Rows of bytes summed in 32 bits let the compiler use vectors.
    let sum = a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        var total = 0
        for start in stride(from: 0, to: a.count, by: 16384) {
          var part: Int32 = 0
          for index in start..<min(start + 16384, a.count) {
            let difference = Int32(a[index]) - Int32(b[index])
            part &+= difference &* difference
          }
          total += Int(part)
        }
        return total
      }
    }
    return Double(sum) / Double(a.count)
  }

  /// True when no channel varies by more than three levels: nothing can be seen.
  static func isOneColour(_ rgb: [UInt8]) -> Bool {
    var (low, high): ([UInt8], [UInt8]) = ([255, 255, 255], [0, 0, 0])
    for (index, value) in rgb.enumerated() {
      let channel = index % 3
      low[channel] = min(low[channel], value)
      high[channel] = max(high[channel], value)
      if high[channel] > low[channel], high[channel] - low[channel] > 3 { return false }
    }
    return true
  }

  /// Bytes that differ by more than 8 levels.
  static func different(_ a: [UInt8], _ b: [UInt8]) -> Int {
    zip(a, b).reduce(0) { $0 + ($1.0 > $1.1 ? ($1.0 - $1.1 > 8 ? 1 : 0) : $1.1 - $1.0 > 8 ? 1 : 0) }
  }

  /// Decibels of a mean square error; 100 stands for equal pictures.
  static func decibels(_ meanSquare: Double) -> Double {
    meanSquare > 0 ? min(100, 10 * log10(255 * 255 / meanSquare)) : 100
  }

  /// The mean square error of this many decibels.
  static func meanSquare(decibels: Double) -> Double { 255 * 255 / pow(10, decibels / 10) }

  /// Depth differences beyond this many metres count as this: which side of an edge a pixel falls
  /// on says little about how far away it is.
  static let depthLimit: Float = 0.1

  /// Mean of the squared depth differences, metres², each cut at `depthLimit`.
  static func meanSquare(_ a: [Float], _ b: [Float]) -> Double {
    precondition(a.count == b.count)
    guard !a.isEmpty else { return 0 }
    var total: Float = 0
    for index in a.indices {
      let difference = min(abs(a[index] - b[index]), depthLimit)
      total += difference * difference
    }
    return Double(total) / Double(a.count)
  }

  /// Median of the absolute depth differences, metres.
  static func medianDifference(_ a: [Float], _ b: [Float]) -> Double {
    var differences = zip(a, b).map { abs($0 - $1) }
    differences.sort()
    return differences.isEmpty ? 0 : Double(differences[differences.count / 2])
  }
}

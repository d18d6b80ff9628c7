import Foundation
import Testing

@testable import Assets

@Suite struct NumbersTests {
  @Test(arguments: [
    "0", "-0", "1.", ".2", "+3.5", "1e5", "1E-5", "2.77555756156289E-17", "0.809807621135331",
    "123456789012345678", "9007199254740993", "-1.78342506783922E-37", "1e22", "1e23", "0.1",
    "3e-324",
    "0.000000000000000000000000001", "179769313486231570000e288", "5.e1",
  ])
  func doublesAreStrtods(text: String) throws {
    let value = try #require(Numbers.double(text))
    #expect(value.bitPattern == strtod(text, nil).bitPattern)
  }

  @Test func manyDoublesAreStrtods() throws {
    var generator = SplitMix(state: 1)
    for _ in 0..<20_000 {
      let digits = String(generator.next() % 10_000_000_000_000_000_000)
      let point = Int(generator.next() % UInt64(digits.count + 1))
      let place = digits.index(digits.startIndex, offsetBy: point)
      var text = digits[..<place] + "." + digits[place...]
      if generator.next() % 2 == 0 { text += "e\(Int(generator.next() % 40) - 20)" }
      if generator.next() % 2 == 0 { text = "-" + text }
      let value = try #require(Numbers.double(text))
      #expect(value.bitPattern == strtod(String(text), nil).bitPattern, "\(text)")
    }
  }

  @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "1.0.0", "0x", "1,5", "nan", "inf", "1e999"])
  func othersAreRefused(text: String) {
    #expect(Numbers.double(text) == nil)
  }
}

/// Steele, Lea and Flood's SplitMix64: the tests' own reproducible randomness.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

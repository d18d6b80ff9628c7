import Glibc

/// Decimal text to numbers with `atof`'s results and none of its silence: text that is not wholly a
/// finite number is nil.
enum Numbers {
  /// The double nearest to the text, as `strtod` rounds it.
  static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    simpleDecimal(text) ?? general(text)
  }

  /// The double nearest to the text, as `strtod` rounds it.
  static func double(_ text: some StringProtocol) -> Double? {
    Array(text.utf8).withUnsafeBufferPointer { double($0) }
  }

  /// The integer in the text, decimal with an optional sign.
  static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    var index = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative || text.first == UInt8(ascii: "+") { index = 1 }
    guard index < text.count, text.count - index <= 18 else { return nil }
    var value = 0
    while index < text.count {
      let digit = text[index] &- 48
      guard digit < 10 else { return nil }
      value = value * 10 + Int(digit)
      index += 1
    }
    return isNegative ? -value : value
  }

  /// At most 15 significant digits and a power of ten up to 10^22 are exact doubles, so one multiplication
  /// or division rounds correctly (Clinger 1990): the same bits as `strtod`, many times faster.
  private static func simpleDecimal(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var index = 0
    let count = text.count
    guard count > 0 else { return nil }
    let isNegative = text[0] == UInt8(ascii: "-")
    if isNegative || text[0] == UInt8(ascii: "+") { index = 1 }
    var mantissa: UInt64 = 0
    var digits = 0
    var significant = 0
    var exponent = 0
    var seenPoint = false
    while index < count {
      let byte = text[index]
      let digit = byte &- 48
      if digit < 10 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        digits += 1
        if mantissa != 0 { significant += 1 }
        if seenPoint { exponent -= 1 }
        guard significant <= 15 else { return nil }
      } else if byte == UInt8(ascii: "."), !seenPoint {
        seenPoint = true
      } else {
        break
      }
      index += 1
    }
    guard digits > 0 else { return nil }
    if index < count {
      guard text[index] | 32 == UInt8(ascii: "e") else { return nil }
      let rest = UnsafeBufferPointer(rebasing: text[(index + 1)...])
      guard rest.count <= 4, let power = integer(rest) else { return nil }
      exponent += power
    }
    guard exponent >= -22, exponent <= 22 else { return nil }
    var value = Double(mantissa)
    if exponent < 0 {
      value /= powersOfTen[-exponent]
    } else {
      value *= powersOfTen[exponent]
    }
    return isNegative ? -value : value
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  private static func general(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    guard text.count > 0, text.count < 400 else { return nil }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { buffer in
      for index in 0..<text.count {
        buffer[index] = CChar(bitPattern: text[index])
      }
      buffer[text.count] = 0
      guard let start = buffer.baseAddress else { return nil }
      var end: UnsafeMutablePointer<CChar>?
      let value = strtod(start, &end)
      guard end == start + text.count, value.isFinite else { return nil }
      return value
    }
  }
}

/// numpy's legacy generator `numpy.random.RandomState` (MT19937), bit for bit as numpy 1.23.
///
/// A value: a copy continues on its own, so upstream's `temp_seed` blocks are plain copies.
public struct RandomState: Sendable, Equatable {
  private static let length = 624
  private var key: [UInt32]
  // The tempered words of the current key, and the next one to hand out.
  private var words: [UInt32]
  private var position: Int

  /// The generator after `numpy.random.seed(seed)` with an integer.
  public init(seed: UInt32) {
    key = [UInt32](repeating: 0, count: Self.length)
    var word = seed
    for index in 0..<Self.length {
      key[index] = word
      word = 1_812_433_253 &* (word ^ (word >> 30)) &+ UInt32(index + 1)
    }
    words = key
    position = Self.length
  }

  /// The generator after `numpy.random.seed(words)` with a list, which must not be empty.
  public init(seed words: [UInt32]) {
    precondition(!words.isEmpty, "RandomState needs at least one seed word")
    self.init(seed: 19_650_218 as UInt32)
    var index = 1
    var word = 0
    for _ in 0..<max(Self.length, words.count) {
      let mixed = (key[index - 1] ^ (key[index - 1] >> 30)) &* 1_664_525
      key[index] = (key[index] ^ mixed) &+ words[word] &+ UInt32(word)
      index += 1
      word += 1
      if index >= Self.length {
        key[0] = key[Self.length - 1]
        index = 1
      }
      if word >= words.count { word = 0 }
    }
    for _ in 0..<(Self.length - 1) {
      let mixed = (key[index - 1] ^ (key[index - 1] >> 30)) &* 1_566_083_941
      key[index] = (key[index] ^ mixed) &- UInt32(index)
      index += 1
      if index >= Self.length {
        key[0] = key[Self.length - 1]
        index = 1
      }
    }
    key[0] = 0x8000_0000
  }

  /// The next 32 random bits (`genrand_int32`).
  public mutating func nextUInt32() -> UInt32 {
    if position == Self.length { regenerate() }
    defer { position += 1 }
    return words[position]
  }

  private mutating func regenerate() {
    // Wrapping index arithmetic, because a trap would keep the loops from being vectorised.
    let (half, length) = (397, Self.length)
    key.withUnsafeMutableBufferPointer { key in
      func twist(_ upper: UInt32, _ lower: UInt32) -> UInt32 {
        let joined = (upper & 0x8000_0000) | (lower & 0x7fff_ffff)
        return (joined >> 1) ^ ((0 &- (lower & 1)) & 0x9908_b0df)
      }
      for index in 0..<(length - half) {
        key[index] = key[index &+ half] ^ twist(key[index], key[index &+ 1])
      }
      for index in (length - half)..<(length - 1) {
        key[index] = key[index &+ half &- length] ^ twist(key[index], key[index &+ 1])
      }
      key[length - 1] = key[half - 1] ^ twist(key[length - 1], key[0])
      words.withUnsafeMutableBufferPointer { words in
        for index in 0..<length {
          var word = key[index]
          word ^= word >> 11
          word ^= (word << 7) & 0x9d2c_5680
          word ^= (word << 15) & 0xefc6_0000
          words[index] = word ^ (word >> 18)
        }
      }
    }
    position = 0
  }

  /// A double in [0, 1) with 53 random bits (`random_sample()`).
  public mutating func randomSample() -> Double {
    let high = Double(nextUInt32() >> 5)
    let low = Double(nextUInt32() >> 6)
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  /// A double in [low, high) (`uniform(low, high)`).
  public mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * randomSample()
  }

  /// One double per pair of bounds, in order (`uniform(low, high)` with arrays). A range of width
  /// zero draws too, as in numpy.
  public mutating func uniform(_ low: [Double], _ high: [Double]) -> [Double] {
    precondition(low.count == high.count, "uniform needs as many lower as upper bounds")
    return low.indices.map { uniform(low[$0], high[$0]) }
  }

  /// An integer in 0...max by masked rejection (numpy's `random_interval`).
  public mutating func interval(_ max: UInt64) -> UInt64 {
    guard max > 0 else { return 0 }
    let mask = UInt64.max >> UInt64(max.leadingZeroBitCount)
    var value: UInt64
    repeat {
      if max <= 0xffff_ffff {
        value = UInt64(nextUInt32()) & mask
      } else {
        let high = UInt64(nextUInt32())
        value = (high << 32 | UInt64(nextUInt32())) & mask
      }
    } while value > max
    return value
  }

  /// An integer in low..<high (`randint(low, high)`); the range must not be empty.
  public mutating func randint(_ low: Int, _ high: Int) -> Int {
    precondition(low < high, "randint needs low < high")
    // The full 32-bit range takes a word unmasked in numpy: the same value.
    return low &+ Int(truncatingIfNeeded: interval(UInt64(bitPattern: Int64(high &- 1 &- low))))
  }

  /// One element (`choice(elements)`); `elements` must not be empty.
  public mutating func choice<Element>(_ elements: [Element]) -> Element {
    elements[randint(0, elements.count)]
  }

  /// Indices of different elements of `count`, as many as `chosen` has room for
  /// (`choice(count, size, replace=False)`). This is the inner loop of the chain generator.
  public mutating func choiceWithoutReplacement(_ count: Int, into chosen: inout [Int]) {
    precondition(chosen.count <= count, "cannot take \(chosen.count) of \(count) different ones")
    withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { order in
      for index in 0..<count { order[index] = index }
      var index = count - 1
      while index > 0 {
        // All indices above half the mask share it.
        let mask = Int.max >> (index.leadingZeroBitCount - 1)
        while index > mask >> 1 {
          if position == Self.length { regenerate() }
          words.withUnsafeBufferPointer { words in
            var position = position
            while index > mask >> 1, position < Self.length {
              // A rejected word swaps an element with itself: no branch to mispredict.
              let value = Int(truncatingIfNeeded: words[position]) & mask
              let isAccepted = value <= index
              let other = isAccepted ? value : index
              (order[index], order[other]) = (order[other], order[index])
              index &-= isAccepted ? 1 : 0
              position &+= 1
            }
            self.position = position
          }
        }
      }
      for index in chosen.indices { chosen[index] = order[index] }
    }
  }

  /// Shuffles in place (`shuffle`): a list and a one-dimensional array draw alike.
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for index in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(index, Int(interval(UInt64(index))))
    }
  }

  /// 0..<count in random order (`permutation(count)`).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    shuffle(&order)
    return order
  }
}

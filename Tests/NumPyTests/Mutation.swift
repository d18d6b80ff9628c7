import NumPy

/// Damaged versions of `bytes`: flipped, overwritten, removed, doubled and cut, by seed.
func mutations(of bytes: [UInt8], count: Int, seed: UInt32) -> [[UInt8]] {
  var random = RandomState(seed: seed)
  return (0..<count).map { _ in
    var damaged = bytes
    for _ in 0...random.randint(0, 4) where !damaged.isEmpty {
      let at = random.randint(0, damaged.count)
      let end = min(damaged.count, at + random.randint(1, 9))
      switch random.randint(0, 6) {
      case 0: damaged[at] ^= 1 << UInt8(random.randint(0, 8))
      case 1: damaged[at] = UInt8(random.randint(0, 256))
      case 2: damaged.removeSubrange(at..<end)
      case 3: damaged.insert(contentsOf: damaged[at..<end], at: at)
      case 4: damaged.removeSubrange(at...)
      default: for index in at..<end { damaged[index] = 0xff }
      }
    }
    return damaged
  }
}

/// Random numbers that are a function of a seed and a position only (SplitMix64), so a resample
/// is the same on every machine and in whatever order resamples are drawn.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
public struct CounterGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The stream `stream` of `seed`.
  public init(seed: UInt64, stream: UInt64 = 0) {
    state = mixed(mixed(seed) ^ (stream &* 0x9E37_79B9_7F4A_7C15))
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return mixed(state)
  }

  /// A number in `0..<bound`; the bias of at most `bound / 2^64` is beyond any resample count.
  mutating func index(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }
}

/// SplitMix64's finaliser.
private func mixed(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

/// Resampling with replacement; every function is deterministic in its arguments.
public struct Bootstrap: Sendable, Equatable {
  /// Resamples drawn.
  public var resamples: Int
  /// Seed of the resamples.
  public var seed: UInt64

  /// 10 000 resamples seeded with 0 unless told otherwise.
  public init(resamples: Int = 10_000, seed: UInt64 = 0) {
    precondition(resamples > 0)
    self.resamples = resamples
    self.seed = seed
  }

  /// Sorted means of the resamples of `values`, which must not be empty.
  func means(of values: [Int]) -> [Double] {
    precondition(!values.isEmpty)
    var generator = CounterGenerator(seed: seed)
    let count = values.count
    var sums = [Int](repeating: 0, count: resamples)
    values.withUnsafeBufferPointer { values in
      for resample in sums.indices {
        var sum = 0
        for _ in 0..<count { sum &+= values[generator.index(below: count)] }
        sums[resample] = sum
      }
    }
    sums.sort()
    return sums.map { Double($0) / Double(count) }
  }

  /// The 95 % percentile interval of the mean of `values`; nil when there are none.
  public func meanInterval(_ values: [Int]) -> Interval? {
    values.isEmpty ? nil : percentileInterval(means(of: values))
  }

  /// The 95 % interval of the mean difference of paired values and how surprising a mean of zero
  /// is (two-sided, at least `1 / (resamples + 1)`); nil when there are none.
  public func pairedDifference(_ differences: [Int]) -> (interval: Interval, pValue: Double)? {
    guard !differences.isEmpty else { return nil }
    let means = means(of: differences)
    let notAbove = means.count { $0 <= 0 }
    let notBelow = means.count { $0 >= 0 }
    let tail = Double(min(notAbove, notBelow) + 1) / Double(resamples + 1)
    return (percentileInterval(means), min(1, 2 * tail))
  }

  /// Linear interpolation between order statistics, as numpy's default percentile.
  private func percentileInterval(_ sorted: [Double]) -> Interval {
    Interval(lower: quantile(0.025, ofSorted: sorted), upper: quantile(0.975, ofSorted: sorted))
  }
}

/// The `q` quantile of ascending `values` (not empty), interpolated linearly between neighbours.
public func quantile(_ q: Double, ofSorted values: [Double]) -> Double {
  precondition(!values.isEmpty && q >= 0 && q <= 1)
  let position = q * Double(values.count - 1)
  let below = Int(position)
  let above = min(below + 1, values.count - 1)
  return values[below] + (values[above] - values[below]) * (position - Double(below))
}

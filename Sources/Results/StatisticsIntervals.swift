import Foundation

/// A confidence interval, both ends included.
public struct Interval: Sendable, Equatable, Codable {
  /// Lower end.
  public var lower: Double
  /// Upper end.
  public var upper: Double

  /// An interval with these ends.
  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// True when `value` lies inside or on an end.
  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

/// Successes among independent trials.
public struct Proportion: Sendable, Equatable {
  /// Number of successes.
  public var successes: Int
  /// Number of trials; 0 when nothing was tried.
  public var trials: Int

  /// A proportion of these counts.
  public init(successes: Int, trials: Int) {
    precondition(successes >= 0 && successes <= trials)
    self.successes = successes
    self.trials = trials
  }

  /// `successes / trials`, nil when nothing was tried.
  public var rate: Double? {
    trials == 0 ? nil : Double(successes) / Double(trials)
  }

  /// Wilson's 95 % score interval; everything from 0 to 1 when nothing was tried.
  ///
  /// Source: Wilson, "Probable inference", 1927; without continuity correction.
  public var interval: Interval {
    guard trials > 0 else { return Interval(lower: 0, upper: 1) }
    let z = normalQuantile975
    let n = Double(trials)
    let p = Double(successes) / n
    let centre = p + z * z / (2 * n)
    let spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    // At the edges the formula gives 0 and 1 only up to rounding.
    return Interval(
      lower: successes == 0 ? 0 : max(0, (centre - spread) / scale),
      upper: successes == trials ? 1 : min(1, (centre + spread) / scale))
  }
}

/// The normal distribution's 97.5 % quantile: half-width in standard errors of a 95 % interval.
let normalQuantile975 = 1.959963984540054

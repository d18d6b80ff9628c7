import Foundation

/// McNemar's exact two-sided p-value for paired yes/no outcomes.
///
/// - Parameters:
///   - onlyFirst: Pairs in which only the first succeeded.
///   - onlySecond: Pairs in which only the second succeeded.
/// - Returns: The binomial probability of a split at least as uneven; 1 without discordant pairs.
public func mcNemarExact(onlyFirst: Int, onlySecond: Int) -> Double {
  let discordant = onlyFirst + onlySecond
  guard discordant > 0 else { return 1 }
  let logs = LogFactorials(upTo: discordant)
  var tail = 0.0
  for k in 0...min(onlyFirst, onlySecond) {
    tail += exp(logs.choose(discordant, k) - Double(discordant) * log(2.0))
  }
  return min(1, 2 * tail)
}

/// Fisher's exact two-sided p-value that two proportions are equal: the summed probability of all
/// tables with the same margins that are no more likely than the one seen.
public func fisherExact(_ first: Proportion, _ second: Proportion) -> Double {
  guard first.trials > 0, second.trials > 0 else { return 1 }
  let total = first.trials + second.trials
  let successes = first.successes + second.successes
  let logs = LogFactorials(upTo: total)
  func logProbability(_ k: Int) -> Double {
    logs.choose(first.trials, k) + logs.choose(second.trials, successes - k)
      - logs.choose(total, successes)
  }
  let seen = logProbability(first.successes)
  var sum = 0.0
  for k in max(0, successes - second.trials)...min(first.trials, successes) {
    let candidate = logProbability(k)
    // Tables as likely as the one seen differ from it by rounding only.
    if candidate <= seen + 1e-7 { sum += exp(candidate) }
  }
  return min(1, sum)
}

/// Holm's step-down adjustment of `pValues`, in their order: compare each with the wanted
/// family-wise error rate.
public func holmAdjusted(_ pValues: [Double]) -> [Double] {
  let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
  var adjusted = pValues
  var largest = 0.0
  for (rank, index) in order.enumerated() {
    largest = max(largest, min(1, Double(pValues.count - rank) * pValues[index]))
    adjusted[index] = largest
  }
  return adjusted
}

/// Logarithms of 0! ... n!.
private struct LogFactorials {
  private let values: [Double]

  init(upTo n: Int) {
    var values = [0.0]
    values.reserveCapacity(n + 1)
    for k in 1...max(1, n) { values.append(values[k - 1] + log(Double(k))) }
    self.values = values
  }

  /// The logarithm of n over k.
  func choose(_ n: Int, _ k: Int) -> Double { values[n] - values[k] - values[n - k] }
}

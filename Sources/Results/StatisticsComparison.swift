/// How two runs over the same chains differ; a pure function of both.
public struct RunComparison: Sendable, Equatable {
  /// A chain whose number of solved subtasks differs.
  public struct Flip: Sendable, Equatable {
    /// Chain index.
    public var chain: Int
    /// Subtasks solved in a row by each run.
    public var first: Int
    /// Subtasks solved in a row by the second run.
    public var second: Int
  }

  /// The chance of solving `k` in a row, paired by chain.
  public struct InARow: Sendable, Equatable {
    /// 1...5.
    public var k: Int
    /// First run's successes over the shared chains.
    public var first: Proportion
    /// Second run's.
    public var second: Proportion
    /// Chains only the first run solved this far.
    public var onlyFirst: Int
    /// Chains only the second run solved this far.
    public var onlySecond: Int
    /// McNemar's exact p-value.
    public var pValue: Double
    /// Adjusted by Holm over the five.
    public var adjusted: Double
  }

  /// One task in both runs.
  public struct Skill: Sendable, Equatable {
    /// Task name.
    public var task: String
    /// First run's attempts.
    public var first: Proportion
    /// Second run's attempts.
    public var second: Proportion
    /// Fisher's exact p-value: attempts differ between runs, so they are not paired.
    public var pValue: Double
    /// Adjusted by Holm over the tasks both runs tried.
    public var adjusted: Double
  }

  /// Chains both runs have a verdict for.
  public var chains: Int
  /// Chains only one run has, left out of everything else.
  public var unpaired: [Int]
  /// Average lengths over the shared chains.
  public var firstAverage: Double
  /// Second run's.
  public var secondAverage: Double
  /// 95 % paired-bootstrap interval of second minus first.
  public var differenceInterval: Interval
  /// Two-sided bootstrap p-value of no difference.
  public var differencePValue: Double
  /// For 1...5 in a row.
  public var inARow: [InARow]
  /// By task name.
  public var skills: [Skill]
  /// Chains that differ, by index.
  public var flips: [Flip]
  /// Significance level of the verdict.
  public var alpha: Double
  /// How the interval was drawn.
  public var bootstrap: Bootstrap

  /// Second minus first average length.
  public var difference: Double { secondAverage - firstAverage }

  /// The comparison of `first` (the baseline) with `second`; nil when no chain is in both.
  public init?(
    _ first: [ChainResult], _ second: [ChainResult], alpha: Double = 0.05,
    bootstrap: Bootstrap = Bootstrap()
  ) {
    let firstByChain = Dictionary(first.map { ($0.chain, $0) }) { a, _ in a }
    let secondByChain = Dictionary(second.map { ($0.chain, $0) }) { a, _ in a }
    let shared = firstByChain.keys.filter { secondByChain[$0] != nil }.sorted()
    let a = shared.compactMap { firstByChain[$0] }
    let b = shared.compactMap { secondByChain[$0] }
    guard
      let paired = bootstrap.pairedDifference(zip(a, b).map { $1.successes - $0.successes })
    else { return nil }
    chains = shared.count
    unpaired = Set(firstByChain.keys).symmetricDifference(secondByChain.keys).sorted()
    firstAverage = Double(a.reduce(0) { $0 + $1.successes }) / Double(shared.count)
    secondAverage = Double(b.reduce(0) { $0 + $1.successes }) / Double(shared.count)
    differenceInterval = paired.interval
    differencePValue = paired.pValue
    inARow = Self.inARow(a, b)
    skills = Self.skills(a, b)
    flips = zip(a, b).compactMap { a, b in
      a.successes == b.successes
        ? nil : Flip(chain: a.chain, first: a.successes, second: b.successes)
    }
    self.alpha = alpha
    self.bootstrap = bootstrap
  }

  private static func inARow(_ a: [ChainResult], _ b: [ChainResult]) -> [InARow] {
    var rows = (1...5).map { k in
      let onlyFirst = zip(a, b).count { $0.successes >= k && $1.successes < k }
      let onlySecond = zip(a, b).count { $0.successes < k && $1.successes >= k }
      return InARow(
        k: k,
        first: Proportion(successes: a.count { $0.successes >= k }, trials: a.count),
        second: Proportion(successes: b.count { $0.successes >= k }, trials: b.count),
        onlyFirst: onlyFirst, onlySecond: onlySecond,
        pValue: mcNemarExact(onlyFirst: onlyFirst, onlySecond: onlySecond), adjusted: 1)
    }
    for (index, adjusted) in holmAdjusted(rows.map(\.pValue)).enumerated() {
      rows[index].adjusted = adjusted
    }
    return rows
  }

  private static func skills(_ a: [ChainResult], _ b: [ChainResult]) -> [Skill] {
    let second = Dictionary(
      uniqueKeysWithValues: SkillStatistics.tally(b).map { ($0.task, $0.success) })
    var skills: [Skill] = SkillStatistics.tally(a).compactMap { skill in
      guard let other = second[skill.task], skill.success.trials > 0, other.trials > 0 else {
        return nil
      }
      return Skill(
        task: skill.task, first: skill.success, second: other,
        pValue: fisherExact(skill.success, other), adjusted: 1)
    }
    for (index, adjusted) in holmAdjusted(skills.map(\.pValue)).enumerated() {
      skills[index].adjusted = adjusted
    }
    return skills
  }
}

extension RunComparison {
  /// Everything in which the second run is significantly worse, in words; empty without regression.
  public var regressions: [String] { findings(worse: true) }

  /// Everything in which the second run is significantly better, in words.
  public var improvements: [String] { findings(worse: false) }

  private func findings(worse: Bool) -> [String] {
    var findings: [String] = []
    if differencePValue < alpha, (difference < 0) == worse {
      findings.append("average length")
    }
    for row in inARow where row.adjusted < alpha {
      if (row.onlySecond < row.onlyFirst) == worse { findings.append("\(row.k) in a row") }
    }
    for skill in skills where skill.adjusted < alpha {
      if ((skill.second.rate ?? 0) < (skill.first.rate ?? 0)) == worse {
        findings.append(skill.task)
      }
    }
    return findings
  }
}

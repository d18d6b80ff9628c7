/// What a set of chain results says, with intervals; a pure function of the results.
public struct RunStatistics: Sendable, Equatable {
  /// Chains with a verdict.
  public var chains: Int
  /// Chains that solved at least 1, 2, 3, 4, 5 subtasks in a row.
  public var inARow: [Proportion]
  /// Mean number of subtasks solved in a row, 0-5; nil without chains.
  public var averageLength: Double?
  /// 95 % bootstrap interval of the average length over chains.
  public var averageLengthInterval: Interval?
  /// How the interval was drawn.
  public var bootstrap: Bootstrap
  /// Success of the subtask in position 1...5 among the chains that reached it.
  public var positions: [Proportion]
  /// Per task named by any chain, by name.
  public var skills: [SkillStatistics]
  /// Failed subtasks by cause, most frequent first.
  public var failures: [FailureCause]
  /// Env steps taken over all subtasks.
  public var steps: Int

  /// The statistics of `results`, in whatever order they come.
  public init(_ results: [ChainResult], bootstrap: Bootstrap = Bootstrap()) {
    let results = results.sorted { $0.chain < $1.chain }
    let lengths = results.map(\.successes)
    self.bootstrap = bootstrap
    chains = results.count
    inARow = (1...5).map { k in
      Proportion(successes: lengths.count { $0 >= k }, trials: lengths.count)
    }
    averageLength =
      lengths.isEmpty ? nil : Double(lengths.reduce(0, +)) / Double(lengths.count)
    averageLengthInterval = bootstrap.meanInterval(lengths)
    positions = (0..<5).map { position in
      let reached = results.filter { $0.subtasks.count > position }
      return Proportion(
        successes: reached.count { $0.subtasks[position].success }, trials: reached.count)
    }
    skills = SkillStatistics.tally(results)
    failures = FailureCause.tally(results)
    steps = results.reduce(0) { $0 + $1.subtasks.reduce(0) { $0 + $1.steps } }
  }

  /// What is inconsistent in these numbers, empty when nothing is: the five rates must sum to the
  /// average length, and none may exceed the one before.
  public var lint: [String] {
    var findings: [String] = []
    let sum = inARow.reduce(0) { $0 + ($1.rate ?? 0) }
    if let averageLength, abs(sum - averageLength) > 1e-9 {
      findings.append(
        "the five success rates sum to \(sum), but the average length is \(averageLength)")
    }
    for (shorter, longer) in zip(inARow, inARow.dropFirst())
    where longer.successes > shorter.successes {
      findings.append("more chains solved \(longer.successes) in a row than \(shorter.successes)")
    }
    return findings
  }
}

/// One task's success over all attempts.
public struct SkillStatistics: Sendable, Equatable {
  /// Task name.
  public var task: String
  /// Successes among attempts.
  public var success: Proportion
  /// Env steps of each success, ascending.
  public var stepsToSuccess: [Int]

  /// The statistics of these attempts.
  public init(task: String, attempts: [SubtaskResult]) {
    self.task = task
    let solved = attempts.filter(\.success)
    success = Proportion(successes: solved.count, trials: attempts.count)
    stepsToSuccess = solved.map(\.steps).sorted()
  }

  /// Statistics of every task that `results` name, tried or not, by name.
  static func tally(_ results: [ChainResult]) -> [SkillStatistics] {
    var attempts: [String: [SubtaskResult]] = [:]
    for result in results {
      for task in result.tasks where attempts[task] == nil { attempts[task] = [] }
      for subtask in result.subtasks { attempts[subtask.task, default: []].append(subtask) }
    }
    return attempts.sorted { $0.key < $1.key }.map(SkillStatistics.init)
  }

  /// Median steps of the successes, nil without any.
  public var medianSteps: Double? {
    stepsToSuccess.isEmpty ? nil : quantile(0.5, ofSorted: stepsToSuccess.map(Double.init))
  }
}

/// A cause shared by failed subtasks.
public struct FailureCause: Sendable, Equatable {
  /// Task name.
  public var task: String
  /// What went wrong, with numbers left out so that like causes count together.
  public var cause: String
  /// True for a policy or physics fault, false for a missed threshold.
  public var isFault: Bool
  /// Failed subtasks with this cause.
  public var count: Int
  /// The first such failure as recorded, with its numbers.
  public var example: String
  /// Chain of that first failure.
  public var exampleChain: Int

  /// Causes of all failed subtasks, most frequent first, then by task and cause.
  static func tally(_ results: [ChainResult]) -> [FailureCause] {
    var byKey: [String: FailureCause] = [:]
    for result in results {
      for subtask in result.subtasks where !subtask.success {
        let text = subtask.fault ?? subtask.miss ?? "step budget spent"
        let cause = withoutNumbers(text)
        let key = "\(subtask.task)\n\(subtask.fault != nil)\n\(cause)"
        byKey[
          key,
          default: FailureCause(
            task: subtask.task, cause: cause, isFault: subtask.fault != nil, count: 0,
            example: text, exampleChain: result.chain)
        ].count += 1
      }
    }
    return byKey.values.sorted {
      ($1.count, $0.task, $0.cause) < ($0.count, $1.task, $1.cause)
    }
  }

  /// `text` with each number replaced by an ellipsis.
  static func withoutNumbers(_ text: String) -> String {
    text.replacing(/[-+]?\b\d+(\.\d+)?([eE][-+]?\d+)?/, with: "…")
  }
}

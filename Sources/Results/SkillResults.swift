/// Outcomes of per-skill runs; its JSON form is what `skills --json` prints and `--baseline` reads.
public struct SkillResults: Sendable, Equatable {
  /// What start states depend on; episodes of two results pair up only when it is equal.
  public var starts: String
  /// Episodes of each task by episode number; nil steps are failures.
  public var episodes: [String: [Episode]]

  /// One episode.
  public struct Episode: Sendable, Equatable {
    /// Env steps to the success; nil for a failure.
    public var steps: Int?
    /// Starts refused before this one.
    public var redraws: Int
    /// For failures: what was missed, or the fault.
    public var reason: String?

    /// An episode of these parts.
    public init(steps: Int?, redraws: Int, reason: String? = nil) {
      self.steps = steps
      self.redraws = redraws
      self.reason = reason
    }
  }

  /// Results of these parts.
  public init(starts: String, episodes: [String: [Episode]]) {
    self.starts = starts
    self.episodes = episodes
  }

  /// Successes among a task's episodes.
  public func success(of task: String) -> Proportion {
    let episodes = episodes[task] ?? []
    return Proportion(successes: episodes.count { $0.steps != nil }, trials: episodes.count)
  }

  /// Median steps of a task's successes.
  public func medianSteps(of task: String) -> Double? {
    let steps = (episodes[task] ?? []).compactMap(\.steps).sorted()
    return steps.isEmpty ? nil : quantile(0.5, ofSorted: steps.map(Double.init))
  }

  /// `{"skills": {NAME: {"successes", "episodes", "median_steps", "redraws"}}, "starts", "steps"}`.
  public var json: JSONValue {
    let skills = episodes.map { task, episodes -> (String, JSONValue) in
      let success = success(of: task)
      return (
        task,
        [
          "successes": .int(success.successes), "episodes": .int(success.trials),
          "median_steps": medianSteps(of: task).map { .double($0) } ?? .null,
          "redraws": .int(episodes.reduce(0) { $0 + $1.redraws }),
        ]
      )
    }
    let steps = episodes.mapValues { episodes in
      JSONValue.array(episodes.map { $0.steps.map { .int($0) } ?? .null })
    }
    return [
      "skills": .object(Dictionary(uniqueKeysWithValues: skills)), "starts": .string(starts),
      "steps": .object(steps),
    ]
  }

  /// Reads what `json` wrote; `source` names it in errors.
  public init(json: JSONValue, source: String) throws(ResultsError) {
    guard case .object(let skills)? = json["steps"], case .string(let starts)? = json["starts"]
    else {
      throw .malformed(
        path: source, line: nil, message: "expected what `calvin-eval skills --json` prints")
    }
    self.starts = starts
    episodes = [:]
    for (task, list) in skills {
      guard case .array(let values) = list else {
        throw .malformed(
          path: source, line: nil, message: "steps.\(task): expected a list of steps or null")
      }
      episodes[task] = values.map { value in
        if case .int(let steps) = value {
          Episode(steps: steps, redraws: 0)
        } else {
          Episode(steps: nil, redraws: 0)
        }
      }
    }
  }
}

/// Per-skill results against a baseline: exact tests per skill, Holm over skills.
public struct SkillComparison: Sendable, Equatable {
  /// One skill present in both.
  public struct Skill: Sendable, Equatable {
    /// Task name.
    public var task: String
    /// The baseline's successes.
    public var baseline: Proportion
    /// The new successes.
    public var now: Proportion
    /// True when episodes were compared one by one (McNemar), false for Fisher's test.
    public var isPaired: Bool
    /// P-value adjusted by Holm.
    public var adjusted: Double
    /// True when significantly worse than the baseline.
    public var isRegression: Bool
  }

  /// Skills by name.
  public var skills: [Skill]

  /// Compares at level `alpha`. Episodes are paired when both results share their start states.
  public init(_ now: SkillResults, baseline: SkillResults, alpha: Double = 0.05) {
    let isPaired = now.starts == baseline.starts
    let tasks = Set(now.episodes.keys).intersection(baseline.episodes.keys).sorted()
    let tests = tasks.map { task -> (before: Proportion, after: Proportion, p: Double) in
      guard isPaired, let old = baseline.episodes[task], let new = now.episodes[task] else {
        let (before, after) = (baseline.success(of: task), now.success(of: task))
        return (before, after, fisherExact(before, after))
      }
      let pairs = Array(zip(old, new))
      let lost = pairs.count { $0.steps != nil && $1.steps == nil }
      let won = pairs.count { $0.steps == nil && $1.steps != nil }
      return (
        Proportion(successes: pairs.count { $0.0.steps != nil }, trials: pairs.count),
        Proportion(successes: pairs.count { $0.1.steps != nil }, trials: pairs.count),
        mcNemarExact(onlyFirst: lost, onlySecond: won)
      )
    }
    skills = zip(zip(tasks, tests), holmAdjusted(tests.map(\.p))).map { pair, adjusted in
      let (task, test) = pair
      let isWorse = (test.after.rate ?? 0) < (test.before.rate ?? 0)
      return Skill(
        task: task, baseline: test.before, now: test.after, isPaired: isPaired,
        adjusted: adjusted, isRegression: isWorse && adjusted < alpha)
    }
  }

  /// Names of the skills that got significantly worse.
  public var regressions: [String] { skills.filter(\.isRegression).map(\.task) }
}

import Testing

@testable import Results

/// A chain over five tasks that solves the first `length`, each in 10, 20, 30... steps.
private func chain(
  _ index: Int, _ length: Int, tasks: [String] = ["a", "b", "c", "d", "e"], miss: String? = nil,
  fault: String? = nil
) -> ChainResult {
  var subtasks = (0..<length).map {
    SubtaskResult(task: tasks[$0], success: true, steps: 10 * ($0 + 1), policyCalls: 1)
  }
  if length < 5 {
    subtasks.append(
      SubtaskResult(
        task: tasks[length], success: false, steps: 360, policyCalls: 1, miss: miss, fault: fault))
  }
  return ChainResult(chain: index, tasks: tasks, subtasks: subtasks)
}

@Test func ratesPositionsAndSkillsCount() throws {
  let statistics = RunStatistics([chain(0, 5), chain(1, 2), chain(2, 0), chain(3, 5)])
  #expect(statistics.inARow.map(\.successes) == [3, 3, 2, 2, 2])
  #expect(statistics.averageLength == 3)
  #expect(statistics.positions.map(\.trials) == [4, 3, 3, 2, 2])
  #expect(statistics.positions.map(\.successes) == [3, 3, 2, 2, 2])
  #expect(statistics.skills.map(\.task) == ["a", "b", "c", "d", "e"])
  #expect(statistics.skills[2].success == Proportion(successes: 2, trials: 3))
  #expect(statistics.skills[2].medianSteps == 30)
  #expect(statistics.steps == 2 * 150 + 30 + 360 + 360)
  #expect(statistics.lint.isEmpty)
}

@Test func orderOfResultsDoesNotMatter() {
  let results = (0..<60).map { chain($0, ($0 * 7) % 6, miss: "moved \($0) mm") }
  #expect(RunStatistics(results) == RunStatistics(results.shuffled()))
}

@Test func lintFindsRatesThatDoNotSum() {
  var statistics = RunStatistics([chain(0, 5), chain(1, 2)])
  statistics.averageLength = 3.6
  #expect(statistics.lint.count == 1)
  statistics = RunStatistics([chain(0, 5), chain(1, 2)])
  statistics.inARow[4] = Proportion(successes: 2, trials: 2)
  #expect(statistics.lint.count == 2)
}

@Test func likeCausesCountTogether() {
  let statistics = RunStatistics([
    chain(0, 0, miss: "door moved 0.05 m, needs 0.12 m"),
    chain(1, 0, miss: "door moved 0.11 m, needs 0.12 m"),
    chain(2, 1, fault: "action has NaN"), chain(3, 0),
  ])
  #expect(statistics.failures.map(\.count) == [2, 1, 1])
  #expect(statistics.failures[0].cause == "door moved … m, needs … m")
  #expect(statistics.failures[0].example == "door moved 0.05 m, needs 0.12 m")
  #expect(statistics.failures.map(\.isFault) == [false, false, true])
}

@Test func comparisonPairsByChain() throws {
  let first = (0..<40).map { chain($0, 5) }
  let second = (0..<40).reversed().map { chain($0, $0 < 12 ? 1 : 5) } + [chain(99, 0)]
  let comparison = try #require(RunComparison(first, second))
  #expect(comparison.chains == 40 && comparison.unpaired == [99])
  #expect(abs(comparison.difference + 1.2) < 1e-12)
  #expect(comparison.inARow.map(\.onlyFirst) == [0, 12, 12, 12, 12])
  #expect(comparison.flips.map(\.chain) == Array(0..<12))
  #expect(comparison.differenceInterval.upper < 0)
  #expect(
    comparison.regressions
      == ["average length", "2 in a row", "3 in a row", "4 in a row", "5 in a row", "b"])
  #expect(comparison.improvements.isEmpty)
  let reversed = try #require(RunComparison(second, first))
  #expect(reversed.regressions.isEmpty && reversed.improvements == comparison.regressions)
}

@Test func equalRunsDoNotDiffer() throws {
  let results = (0..<30).map { chain($0, $0 % 6) }
  let comparison = try #require(RunComparison(results, results))
  #expect(comparison.regressions.isEmpty && comparison.improvements.isEmpty)
  #expect(comparison.flips.isEmpty && comparison.differencePValue == 1)
  #expect(RunComparison(results, []) == nil)
}

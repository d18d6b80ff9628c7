import Testing

@testable import Results

/// References: scipy 1.17.1 `binomtest(k, n).proportion_ci(method="wilson")`.
@Test(arguments: [
  (0, 10, 0.0, 0.27753279986288926), (10, 10, 0.7224672001371109, 1.0),
  (7, 10, 0.39677814746114526, 0.892208732593699),
  (812, 1000, 0.7866068125887821, 0.8350052901162314), (1, 1, 0.20654931437723745, 1.0),
  (17, 57, 0.19532550074818092, 0.42664280103460006),
])
func wilsonIntervalsAreScipys(successes: Int, trials: Int, lower: Double, upper: Double) {
  let interval = Proportion(successes: successes, trials: trials).interval
  #expect(abs(interval.lower - lower) < 1e-14 && abs(interval.upper - upper) < 1e-14)
}

@Test func nothingTriedSaysNothing() {
  let none = Proportion(successes: 0, trials: 0)
  #expect(none.rate == nil && none.interval == Interval(lower: 0, upper: 1))
}

/// References: scipy `binomtest(min(b, c), b + c, 0.5).pvalue`.
@Test(arguments: [
  (10, 2, 0.03857421875), (0, 5, 0.0625), (7, 7, 1.0), (30, 12, 0.007915897334896727),
  (1, 0, 1.0), (120, 80, 0.005685155996750306), (0, 0, 1.0),
])
func mcNemarIsScipysBinomialTest(onlyFirst: Int, onlySecond: Int, expected: Double) {
  #expect(abs(mcNemarExact(onlyFirst: onlyFirst, onlySecond: onlySecond) - expected) < 1e-12)
  #expect(abs(mcNemarExact(onlyFirst: onlySecond, onlySecond: onlyFirst) - expected) < 1e-12)
}

/// References: scipy `fisher_exact([[a, b], [c, d]]).pvalue`.
@Test(arguments: [
  (8, 2, 1, 5, 0.034965034965034975), (3, 17, 10, 7, 0.007541770278144025),
  (398, 0, 380, 18, 6.2680182506433155e-06), (5, 5, 5, 5, 1.0),
  (0, 10, 10, 0, 1.082508822446903e-05), (17, 6, 12, 11, 0.22140090065364068),
])
func fisherIsScipys(a: Int, b: Int, c: Int, d: Int, expected: Double) {
  let value = fisherExact(
    Proportion(successes: a, trials: a + b), Proportion(successes: c, trials: c + d))
  #expect(abs(value - expected) < 1e-10 * max(1, expected))
}

/// Reference: statsmodels `multipletests(method="holm")`.
@Test func holmIsStatsmodels() {
  let adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005, 0.5])
  for (value, expected) in zip(adjusted, [0.04, 0.09, 0.09, 0.025, 0.5]) {
    #expect(abs(value - expected) < 1e-15)
  }
  #expect(holmAdjusted([]).isEmpty)
}

/// Reference: the same generator written in Python with big integers.
@Test func generatorIsSplitMix() {
  var generator = CounterGenerator(seed: 0)
  #expect(generator.next() == 16_294_208_416_658_607_535)
  #expect(generator.next() == 7_960_286_522_194_355_700)
  var other = CounterGenerator(seed: 7, stream: 3)
  #expect(other.next() == 6_941_816_081_952_330_462)
}

/// References: the same resamples in Python, percentiles by numpy.
@Test func bootstrapIsTheWrittenDownOne() throws {
  let interval = try #require(
    Bootstrap(resamples: 1000, seed: 7).meanInterval([5, 0, 3, 2, 4, 1, 5, 5, 0, 2]))
  #expect(abs(interval.lower - 1.5) < 1e-12 && abs(interval.upper - 3.8) < 1e-12)
  let paired = try #require(
    Bootstrap(resamples: 1000, seed: 0).pairedDifference([-1, 0, 0, -2, 1, 0, -3, -1, 0, 0, -1, 2]))
  #expect(abs(paired.interval.lower + 1.0833333333333333) < 1e-12)
  #expect(abs(paired.interval.upper - 0.3333333333333333) < 1e-12)
  #expect(abs(paired.pValue - 2 * 162.0 / 1001) < 1e-12)
  #expect(Bootstrap().meanInterval([]) == nil)
}

/// With many chains the percentile interval is the normal one: mean +- 1.96 standard errors.
@Test func bootstrapIntervalIsNearTheNormalOne() throws {
  let lengths = (0..<1000).map { [5, 5, 5, 3, 1, 0, 2, 4, 5, 0][$0 % 10] }
  let mean = 3.0
  let variance = lengths.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 1000
  let half = 1.96 * (variance / 1000).squareRoot()
  let interval = try #require(Bootstrap(resamples: 4000).meanInterval(lengths))
  #expect(abs(interval.lower - (mean - half)) < 0.01)
  #expect(abs(interval.upper - (mean + half)) < 0.01)
}

@Test func quantileInterpolates() {
  #expect(quantile(0.5, ofSorted: [1, 2, 10, 20]) == 6)
  #expect(quantile(1, ofSorted: [1, 2, 10, 20]) == 20)
  #expect(quantile(0, ofSorted: [4]) == 4)
}

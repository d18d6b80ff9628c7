import Results
import Testing

@Suite struct SkillResultsTests {
  func results(_ starts: String, _ steps: [String: [Int?]]) -> SkillResults {
    SkillResults(
      starts: starts,
      episodes: steps.mapValues { $0.map { SkillResults.Episode(steps: $0, redraws: 1) } })
  }

  @Test func jsonHasTheStatedFormAndComesBack() throws {
    let original = results("D", ["open_drawer": [30, nil, 40]])
    #expect(
      original.json["skills"]?.canonical
        == #"{"open_drawer":{"episodes":3,"median_steps":35.0,"redraws":3,"successes":2}}"#)
    let read = try SkillResults(json: original.json, source: "file")
    #expect(read.starts == "D")
    #expect(read.episodes["open_drawer"]?.map(\.steps) == [30, nil, 40])
    #expect(throws: ResultsError.self) { try SkillResults(json: ["skills": [:]], source: "file") }
  }

  @Test func sharedStartsArePairedAndOthersAreNot() throws {
    let before = results("D seed 1", ["a": Array(repeating: 10, count: 20)])
    let worse = (0..<20).map { $0 < 8 ? nil : 10 }
    let paired = SkillComparison(results("D seed 1", ["a": worse]), baseline: before)
    #expect(paired.skills.map(\.isPaired) == [true])
    // Eight lost, none won: 2 / 2^8.
    let pValue = try #require(paired.skills.first?.adjusted)
    #expect(abs(pValue - 0.0078125) < 1e-12)
    #expect(paired.regressions == ["a"])
    let apart = SkillComparison(results("D seed 2", ["a": worse]), baseline: before)
    #expect(apart.skills.map(\.isPaired) == [false])
    #expect(apart.regressions == ["a"])
  }

  @Test func improvementsAndNoiseAreNoRegressions() {
    let few = results("D", ["a": [nil, 10, 10, 10], "b": Array(repeating: nil, count: 20)])
    let many = results("D", ["a": [10, nil, nil, 10], "b": Array(repeating: 10, count: 20)])
    #expect(SkillComparison(many, baseline: few).regressions.isEmpty)
    #expect(SkillComparison(few, baseline: many).regressions == ["b"])
  }
}

import Results
import Testing

@Suite struct MergeTests {
  func part(
    _ path: String, _ chains: [Int], change: (inout RunRecord) -> Void = { _ in }
  ) -> (path: String, record: RunRecord, outcomes: RunOutcomes) {
    var record = sampleRecord(chains: 5)
    change(&record)
    return (path, record, RunOutcomes(chains.map(sampleEntry)))
  }

  @Test func partsInAnyOrderMakeTheWhole() throws {
    let parts = [part("a", [4, 0]), part("b", [1]), part("c", [3, 2])]
    let plan = try MergePlan(parts)
    #expect(plan.entries == (0..<5).map(sampleEntry))
    #expect(try MergePlan(parts.reversed()).entries == plan.entries)
  }

  @Test(arguments: [
    ([0, 1, 2], [3], "1 of 5 chains: 4"), ([0, 1, 2], [2, 3, 4], "chain 2 is in both a and b"),
    ([], [2], "4 of 5 chains: 0-1, 3-4"),
  ])
  func gapsAndDuplicatesAreRefused(first: [Int], second: [Int], message: String) {
    #expect {
      try MergePlan([part("a", first), part("b", second)])
    } throws: { "\($0)".contains(message) }
  }

  @Test func otherKernelsAreWarnedOf() throws {
    func core(_ name: String) -> (inout RunRecord) -> Void {
      { $0.environment = .object([RunRecord.kernelsKey: ["openblas_core": .string(name)]]) }
    }
    let same = try MergePlan([
      part("a", [0, 1, 2], change: core("Zen")), part("b", [3, 4], change: core("Zen")),
    ])
    #expect(same.warnings.isEmpty)
    let other = try MergePlan([
      part("a", [0, 1, 2], change: core("Zen")), part("b", [3, 4], change: core("Haswell")),
    ])
    #expect(
      other.warnings == [
        #"b was computed with openblas_core "Haswell", a with "Zen": "#
          + "actions may differ in their last bits"
      ])
  }

  @Test func anotherProtocolOrPolicyIsRefusedByName() {
    #expect {
      try MergePlan([part("a", [0, 1, 2]), part("b", [3, 4]) { $0.protocol.scene = "A" }])
    } throws: { "\($0)".contains(#"b differs from a: protocol.scene is "A", was "D""#) }
    #expect {
      try MergePlan([part("a", [0, 1, 2]), part("b", [3, 4]) { $0.policy.seed = 1 }])
    } throws: { "\($0)".contains("policy.seed is 1, was 7") }
  }
}

import Calvin
import Simulation
import Testing

/// Bit equality of every state at every step.
@Suite struct DeterminismTests {
  private static let steps = 40
  private static let seeds: [UInt32] = [3, 4]

  private func reference(_ models: SceneModels) throws -> [[StateHash]] {
    try Self.seeds.map { seed in
      try hashes(
        Environment(models: models), Script.actions(count: Self.steps, seed: seed))
    }
  }

  @Test func episodesDoNotDependOnThoseBefore() throws {
    let models = try Embedded.models("D")
    let alone = try reference(models)
    let environment = try Environment(models: models)
    for index in [1, 0, 0, 1] {
      let again = try hashes(
        environment, Script.actions(count: Self.steps, seed: Self.seeds[index]))
      #expect(again == alone[index])
    }
  }

  @Test func workersDoNotDisturbEachOther() async throws {
    let models = try Embedded.models("B")
    let alone = try reference(models)
    for workers in [1, 2, 4, 8] {
      let results = try await withThrowingTaskGroup(of: [[StateHash]].self) { group in
        for worker in 0..<workers {
          group.addTask {
            let environment = try Environment(models: models)
            // Each worker starts elsewhere, so that different episodes run side by side.
            var own: [[StateHash]] = Array(repeating: [], count: Self.seeds.count)
            for offset in Self.seeds.indices {
              let index = (worker + offset) % Self.seeds.count
              own[index] = try hashes(
                environment, Script.actions(count: Self.steps, seed: Self.seeds[index]))
            }
            return own
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.count == workers)
      for result in results { #expect(result == alone, "\(workers) workers") }
    }
  }

  @Test func separatelyConvertedModelsAreEqual() throws {
    let actions = Script.actions(count: 20, seed: 9)
    let first = try hashes(Environment(models: Embedded.models("C")), actions)
    let second = try hashes(Environment(models: Embedded.models("C")), actions)
    #expect(first == second)
  }

  /// Pinned bits of 200 steps in the embedded scenes, equal in debug and release builds. They
  /// change with the scenes' files, and with the C library's sine and cosine.
  @Test(arguments: [
    ("A", UInt64(0x2d5a_13a7_112f_eadb)), ("B", 0x4fac_cbb3_f0aa_ee4d),
    ("C", 0x516f_6698_0da0_19fb), ("D", 0x9e52_21ac_a8c2_18d9),
  ])
  func goldenHashes(scene: String, expected: UInt64) throws {
    let models = try Embedded.models(scene)
    let all = try hashes(
      Environment(models: models), Script.actions(count: 200, seed: 1))
    let last = try #require(all.last)
    #expect(last.value == expected, "scene \(scene) hashes to \(last)")
    // The script must touch something for its hash to mean much.
    #expect(Set(all).count == all.count)
  }
}

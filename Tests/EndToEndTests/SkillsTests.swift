import Foundation
import NumPy
import Testing

@Suite(.enabled(if: Program.isBuilt, "calvin-eval is not built beside the tests"))
struct SkillsTests {
  private let led = ["skills", "--tasks", "turn_on_led", "--episodes", "6", "--seed", "1"]
  private let idle = ["--policy", "zero", "--steps-per-subtask", "5"]

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test func aSignificantLossEndsWithOneAndNamesTheTest() throws {
    try withTemporaryFolder { folder in
      let expert = try Program.run(led + ["--json"], in: folder)
      #expect(expert.status == 0, "\(expert.errors)")
      try Data(expert.output.utf8).write(to: URL(filePath: folder + "/baseline.json"))
      let against = ["--baseline", "baseline.json"]
      let same = try Program.run(led + against, in: folder)
      #expect(same.status == 0, "\(same.errors)")
      #expect(same.output.contains("1 skills compared with the baseline, episode by episode"))

      // Six lost and none won: 2 / 2^6. Other starts: Fisher's test.
      let worse = try Program.run(led + idle + against, in: folder)
      #expect(worse.status == 1)
      #expect(worse.errors.contains("REGRESSION: turn_on_led: 0/6, baseline 6/6 (paired, p 0.031"))
      let apart = try Program.run(led + idle + against + ["--seed", "2"], in: folder)
      #expect(apart.status == 1)
      #expect(apart.errors.contains("(Fisher, p 0.0022"))

      // One episode is no evidence.
      let few = try Program.run(led + idle + against + ["--episodes", "1"], in: folder)
      #expect(few.status == 0, "\(few.errors)")
    }
  }

  @Test func recordedEpisodesHoldStartActionsAndVerdict() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.run(
        [
          "skills", "--tasks", "turn_on_led,place_in_slider", "--episodes", "1", "--seed", "1",
          "--record", "recordings",
        ], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let led = try NPZArchive(path: folder + "/recordings/turn_on_led/chain_0000.npz")
      let steps = try led.array("actions").shape[0]
      #expect(steps > 0)
      #expect(try led.array("actions").shape == [steps, 7])
      #expect(try led.array("robot_obs").shape == [steps + 1, 15])
      #expect(try led.array("reset_robot_obs").shape == [15])
      #expect(try led.array("preparation").shape == [0, 7])
      let verdict = try text(folder + "/recordings/turn_on_led/chain_0000.json")
      #expect(verdict.contains("\"success\": true"))
      #expect(verdict.contains("\"last_step\": \(steps)"))

      // A block is taken in hand first.
      let place = try NPZArchive(path: folder + "/recordings/place_in_slider/chain_0000.npz")
      #expect(try place.array("preparation").shape[0] > 0)
      #expect(try place.array("reset_scene_obs").shape == [24])
    }
  }

  @Test func aFailingSkillIsAFailingTestCaseWithTheMissedThreshold() throws {
    try withTemporaryFolder { folder in
      let tasks = ["skills", "--tasks", "open_drawer,turn_on_led", "--episodes", "1"]
      let failing = try Program.run(
        tasks + idle + ["--min-success", "0.5", "--junit", "skills.xml"], in: folder)
      #expect(failing.status == 1)
      let junit = try text(folder + "/skills.xml")
      #expect(junit.contains("tests=\"2\" failures=\"2\""))
      #expect(junit.contains("BELOW --min-success 0.5: open_drawer: 0/1"))
      #expect(junit.contains("base__drawer moved 0 m of 0.12 m"))
      #expect(junit.contains("led is off, not on"))

      let passing = try Program.run(
        tasks + ["--min-success", "1", "--junit", "skills.xml"], in: folder)
      #expect(passing.status == 0, "\(passing.errors)")
      #expect(try text(folder + "/skills.xml").contains("failures=\"0\""))
    }
  }
}

import Foundation
import Testing

@Suite(.enabled(if: Program.isBuilt, "calvin-eval is not built beside the tests"))
struct RecordingTests {
  @Test func aReplayComesToTheSameVerdicts() throws {
    try withTemporaryFolder { folder in
      let recorded = try Program.run(
        ["--chains", "2", "--run", "first", "--record", "recordings"] + shortRun, in: folder)
      #expect(recorded.status == 0, "\(recorded.errors)")
      let replay = ["--policy", "replay:recordings", "--steps-per-subtask", "12"]
      let again = try Program.run(
        ["--chains", "2", "--run", "again", "--no-film-strips"] + replay, in: folder)
      #expect(again.status == 0, "\(again.errors)")
      #expect(
        try Data(contentsOf: URL(filePath: folder + "/first/chains.jsonl"))
          == Data(contentsOf: URL(filePath: folder + "/again/chains.jsonl")))
      let other = try Program.run(
        ["--chains", "2", "--run", "other", "--scene", "A"] + replay, in: folder)
      #expect(other.status == 2)
      #expect(other.errors.contains("scene"), "\(other.errors)")
    }
  }

  @Test func skillsCompareWithABaseline() throws {
    try withTemporaryFolder { folder in
      let skills = ["skills", "--tasks", "open_drawer,turn_on_led", "--episodes", "2", "--json"]
      let expert = try Program.run(skills, in: folder)
      #expect(expert.status == 0, "\(expert.errors)")
      try Data(expert.output.utf8).write(to: URL(filePath: folder + "/baseline.json"))
      for key in ["successes", "episodes", "median_steps", "redraws"] {
        #expect(expert.output.contains("\"\(key)\""))
      }
      let zero = try Program.run(
        skills + [
          "--policy", "zero", "--steps-per-subtask", "5", "--baseline", "baseline.json",
          "--min-success", "0.5", "--junit", "skills.xml",
        ], in: folder)
      #expect(zero.status == 1)
      #expect(zero.errors.contains("BELOW --min-success 0.5: open_drawer: 0/2"))
      let junit = try String(contentsOfFile: folder + "/skills.xml", encoding: .utf8)
      #expect(junit.contains("failures=\"2\""))
    }
  }
}

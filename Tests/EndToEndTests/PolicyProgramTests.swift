import Foundation
import Testing

/// `Models/tiny` through the built program: the whole in-process path on a fresh machine.
@Suite(.enabled(if: Program.isBuilt, "calvin-eval is not built beside the tests"), .serialized)
struct PolicyProgramTests {
  static let model = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Models/tiny").path

  /// Two whole chains; the same files for any number of workers and batch size.
  @Test func tinyModelScoresTheSameForAnyWorkers() throws {
    try withTemporaryFolder { folder in
      let chains = ["--policy", Self.model, "--chains", "2"]
      let one = try Program.run(chains + ["--run", "one", "--workers", "1"], in: folder)
      #expect(one.status == 0, "\(one.errors)")
      let expected = try comparedFiles(of: folder + "/one")
      let two = try Program.run(
        chains + ["--run", "two", "--workers", "2", "--policy-batch", "2"], in: folder)
      #expect(two.status == 0, "\(two.errors)")
      #expect(try comparedFiles(of: folder + "/two") == expected)

      let record = try String(contentsOfFile: folder + "/one/run.json", encoding: .utf8)
      for word in ["openblas_core", "\"weights_precision\": \"f32\"", "policy_seconds", "vision"] {
        #expect(record.contains(word), "run.json: \(word)")
      }
      let page = try String(contentsOfFile: folder + "/one/performance.html", encoding: .utf8)
      for phase in ["preprocess", "vision", "text", "decoder", "head"] {
        #expect(page.contains("<td>\(phase)</td>"), "performance.html: \(phase)")
      }
    }
  }

  /// Shards computed with other kernels are merged with a warning; precision is part of the policy.
  @Test func otherKernelsAreWarnedOf() throws {
    try withTemporaryFolder { folder in
      let chains = [
        "--policy", Self.model, "--chains", "2", "--steps-per-subtask", "6", "--no-film-strips",
        "--run", "parts", "--weights-precision", "bf16",
      ]
      for shard in 0..<2 {
        let run = try Program.run(chains + ["--shard", "\(shard)/2"], in: folder)
        #expect(run.status == 0, "\(run.errors)")
      }
      let file = folder + "/parts/shard-1-of-2/run.json"
      let record = try String(contentsOfFile: file, encoding: .utf8)
      #expect(record.contains("\"weights_precision\": \"bf16\""))
      let other = record.replacing(
        try Regex("\"openblas_core\": \"[^\"]*\""), with: "\"openblas_core\": \"Prescott\"")
      #expect(other != record)
      try Data(other.utf8).write(to: URL(filePath: file))
      let merged = try Program.run(["merge", "parts"], in: folder)
      #expect(merged.status == 0, "\(merged.errors)")
      #expect(merged.errors.contains("warning: parts/shard-1-of-2 was computed with openblas_core"))
      #expect(merged.errors.contains("Prescott"))

      let f32 = try Program.run(
        ["merge", "parts/shard-0-of-2", "parts/shard-1-of-2", "--run", "again"], in: folder)
      #expect(f32.status == 0, "\(f32.errors)")
    }
  }
}

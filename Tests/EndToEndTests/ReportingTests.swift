import Foundation
import Testing

@Suite(.enabled(if: Program.isBuilt, "calvin-eval is not built beside the tests"), .serialized)
struct ReportingTests {
  @Test func runsAreReportedExportedComparedAndFilmed() throws {
    try withTemporaryFolder { folder in
      let two = ["--chains", "2", "--policy", "random", "--steps-per-subtask", "8"]
      #expect(try Program.run(two + ["--run", "a", "--workers", "1"], in: folder).status == 0)
      let report = try text(folder + "/a/report.html")
      #expect(report.contains("NON-STANDARD") && report.contains("<article class=\"strip\">"))
      let performance = try text(folder + "/a/performance.html")
      #expect(performance.contains("Time by phase") && performance.contains("Resident memory"))

      // Written anew from journal and traces, with the pictures: the same bytes.
      try FileManager.default.removeItem(atPath: folder + "/a/report.html")
      #expect(try Program.run(["report", "a"], in: folder).status == 0)
      #expect(try text(folder + "/a/report.html") == report)

      for format in [
        "calvin", "robovlms", "vla-eval", "leaderboard", "csv", "markdown", "latex", "junit",
      ] {
        let export = try Program.run(["export", "a", "--format", format], in: folder)
        #expect(export.status == 0 && !export.output.isEmpty, "\(format): \(export.errors)")
      }
      #expect(
        try Program.run(["export", "a", "--format", "calvin"], in: folder).output
          == text(folder + "/a/results.json"))

      let same = try Program.run(["compare", "a", "a"], in: folder)
      #expect(same.status == 0 && same.output.contains("No significant difference."))
      let other = two.dropLast() + ["9", "--run", "b", "--no-film-strips"]
      #expect(try Program.run(Array(other), in: folder).status == 0)
      let refused = try Program.run(["compare", "a", "b"], in: folder)
      #expect(refused.status == 2)
      #expect(refused.errors.contains("protocol.steps_per_subtask is 9, was 8"))
      let forced = try Program.run(
        ["compare", "a", "b", "--force", "--json", "--html", "d.html"], in: folder)
      #expect(forced.status == 0 && forced.output.contains("protocol.steps_per_subtask"))
      #expect(try text(folder + "/d.html").contains("The protocols differ"))

      let film = try Program.run(
        ["video", "a", "--chains", "1", "--animated-png", "--video-size", "64"], in: folder)
      #expect(film.status == 0, "\(film.errors)")
      let picture = try Data(contentsOf: URL(filePath: folder + "/a/videos/chain_0001.png"))
      #expect(picture.range(of: Data("acTL".utf8)) != nil)
      #expect(try Program.run(["video", "a", "--chains", "7"], in: folder).status == 2)
    }
  }

  /// A made-up baseline in which everything succeeds makes the next run a regression.
  @Test func aRegressionEndsWithOne() throws {
    try withTemporaryFolder { folder in
      let run = ["--chains", "12", "--workers", "2"] + shortRun
      #expect(try Program.run(run + ["--run", "bad"], in: folder).status == 0)
      try FileManager.default.copyItem(atPath: folder + "/bad", toPath: folder + "/good")
      // The journal's lines carry checksums; without it `chains.jsonl` counts.
      try FileManager.default.removeItem(atPath: folder + "/good/journal.jsonl")
      let chains = folder + "/good/chains.jsonl"
      let solved = try text(chains).replacing("\"success\":false", with: "\"success\":true")
      try Data(solved.utf8).write(to: URL(filePath: chains))
      let comparison = try Program.run(["compare", "good", "bad"], in: folder)
      #expect(comparison.status == 1, "\(comparison.errors)")
      #expect(comparison.output.contains("REGRESSION: significantly worse in average length"))
      #expect(try Program.run(["compare", "bad", "good"], in: folder).status == 0)
    }
  }

  @Test func nightsKeepTheirHistory() throws {
    try withTemporaryFolder { folder in
      let arguments = (["--chains", "2"] + shortRun).map { "\"\($0)\"" }.joined(separator: ", ")
      try Data("entries: [{name: random, arguments: [\(arguments)]}]".utf8)
        .write(to: URL(filePath: folder + "/suite.yaml"))
      let night = ["nightly", "--suite", "suite.yaml", "--folder", "n"]
      let first = try Program.run(night, in: folder)
      #expect(first.status == 0, "\(first.errors)")
      #expect(first.output.contains("random: complete") && first.output.contains("baseline"))
      let second = try Program.run(night, in: folder)
      #expect(second.status == 0 && second.output.contains("no significant difference"))
      #expect(try Program.run(night + ["--accept", "random"], in: folder).status == 0)
      #expect(try Program.run(night + ["--accept", "other"], in: folder).status == 2)
      #expect(try Program.run(night + ["--export", "h.json"], in: folder).status == 0)
      #expect(try text(folder + "/h.json").components(separatedBy: "\"started\"").count == 3)
      #expect(try text(folder + "/n/trend.html").contains("Milliseconds per env step"))

      // Another protocol is not compared but told.
      let changed = arguments.replacing("\"12\"", with: "\"13\"")
      try Data("entries: [{name: random, arguments: [\(changed)]}]".utf8)
        .write(to: URL(filePath: folder + "/suite.yaml"))
      let third = try Program.run(night, in: folder)
      #expect(
        third.status == 1 && third.output.contains("NOT COMPARABLE"),
        "\(third.status) \(third.output) \(third.errors)")
    }
  }

  @Test func theTimeOfANightEndsItsEntries() throws {
    try withTemporaryFolder { folder in
      let endless = "[--policy, random, --chains, \"200\"]"
      try Data(
        """
        budget_minutes: 0.15
        entries:
          - {name: long, arguments: \(endless)}
          - {name: late, arguments: \(endless)}
        """.utf8
      ).write(to: URL(filePath: folder + "/suite.yaml"))
      let night = try Program.run(
        ["nightly", "--suite", "suite.yaml", "--folder", "n"], in: folder)
      #expect(night.status == 3, "\(night.errors)")
      #expect(night.output.contains("long: incomplete"))
      #expect(night.errors.contains("late: no time left"))
      let runs = try FileManager.default.contentsOfDirectory(atPath: folder + "/n")
        .filter { $0.hasSuffix("-long") || $0.hasSuffix("-late") }
      #expect(runs.count <= 1)
      // What was finished within the time is kept, and no average is made of it. A machine busy
      // with other work may not even begin.
      guard let name = runs.first else { return }
      let run = folder + "/n/" + name
      let chains = try text(run + "/chains.jsonl").split(separator: "\n").count
      #expect((0..<200).contains(chains))
      #expect(try text(run + "/report.html").contains("INCOMPLETE"))
    }
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }
}

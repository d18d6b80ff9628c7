import Foundation
import Testing

/// A small collection: both splits, a task that begins with a lift, noise.
private let small = [
  "data", "collect", "--tasks", "turn_on_led,place_in_drawer", "--episodes", "2", "--noise", "0.1",
  "--renderer", "cpu",
]

/// Every file of a dataset by its path.
private func contents(of dataset: String) throws -> [String: Data] {
  let root = URL(filePath: dataset).resolvingSymlinksInPath()
  let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
  var contents: [String: Data] = [:]
  while let file = files?.nextObject() as? URL {
    if file.hasDirectoryPath { continue }
    contents[String(file.path.dropFirst(root.path.count))] = try Data(contentsOf: file)
  }
  return contents
}

@Suite(.enabled(if: Program.isBuilt)) struct CollectionEndToEndTests {
  @Test func killedAndResumedOrWithOtherWorkersTheBytesAreTheSame() throws {
    try withTemporaryFolder { folder in
      let whole = try Program.run(small + ["--out", "whole", "--workers", "1"], in: folder)
      #expect(whole.status == 0, "\(whole.errors)")
      let wanted = try contents(of: folder + "/whole")
      #expect(wanted.keys.contains("/training/lang_annotations/auto_lang_ann.npy"))
      #expect(wanted.keys.contains("/validation/statistics.yaml"))
      #expect(!wanted.keys.contains { $0.contains(".collecting") })

      // Killed as soon as one demonstration is complete and others are under way.
      let killed = try Program.start(small + ["--out", "killed", "--workers", "3"], in: folder)
      let limit = Date(timeIntervalSinceNow: 120)
      func isUnderWay() -> Bool {
        let paths = (try? contents(of: folder + "/killed"))?.keys.map { $0 } ?? []
        return paths.contains { $0.hasSuffix("demonstration.json") }
      }
      while !isUnderWay(), killed.isRunning, Date() < limit { usleep(20_000) }
      kill(killed.processIdentifier, SIGKILL)
      killed.waitUntilExit()

      let resumed = try Program.run(small + ["--out", "killed", "--workers", "2"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try contents(of: folder + "/killed") == wanted)

      // A finished dataset is left alone, and another one is not mixed into it.
      let again = try Program.run(small + ["--out", "killed"], in: folder)
      #expect(again.status == 0 && again.output.contains("confirmed by the oracle"))
      let other = try Program.run(small + ["--out", "killed", "--seed", "5"], in: folder)
      #expect(other.status == 2 && other.errors.contains("seed is 0 there, 5 now"))
      let deflated = try Program.run(small + ["--out", "killed", "--deflated"], in: folder)
      #expect(deflated.status == 2 && deflated.errors.contains("packing is \"stored\" there"))

      try checkReading(folder)
    }
  }

  /// The collected dataset as `data info`, `bench data` and `data show` see it.
  private func checkReading(_ folder: String) throws {
    let info = try Program.run(["data", "info", "whole"], in: folder)
    #expect(info.status == 0 && info.output.contains("2 spans of 2 tasks"), "\(info.output)")
    #expect(!info.output.contains("MISSING"))
    let page = try Program.run(
      ["data", "show", "whole", "--task", "turn_on_led", "-o", "page.html"], in: folder)
    #expect(page.status == 0, "\(page.errors)")
    let text = try String(contentsOfFile: folder + "/page.html", encoding: .utf8)
    #expect(text.contains("<script>") && !text.contains("src=\"http"))
    let film = try Program.run(
      ["data", "show", "whole/validation", "--span", "1", "--animated-png", "-o", "clip.mp4"],
      in: folder)
    #expect(film.status == 0 && FileManager.default.fileExists(atPath: folder + "/clip.png"))
    let unknown = try Program.run(
      ["data", "show", "whole", "--task", "open_drawer", "-o", "page.html"], in: folder)
    #expect(unknown.status == 2 && unknown.errors.contains("turn_on_led"))
  }

  @Test func nonsenseIsRefused() throws {
    for (arguments, message) in [
      (["--tasks", "fly"], "no task is called 'fly'"), (["--scenes", "A,A"], "different scenes"),
      (["--scenes", "Q"], "expected one of"),
    ] {
      let outcome = try Program.run(["data", "collect", "--out", "/dev/null/x"] + arguments)
      #expect(outcome.status == 2 && outcome.errors.contains(message), "\(outcome.errors)")
    }
    #expect(try Program.run(["data", "collect", "--out", "x", "--noise", "2"]).status == 64)
  }
}

import Foundation
import Logging
import Results

/// Writes a run's files from its journal.
struct RunOutputs {
  let plan: RunPlan
  let log: Logger

  /// True when the files were written from these outcomes, not from fewer by an earlier start.
  func areWritten(_ outcomes: RunOutcomes) throws -> Bool {
    let file = plan.directory.chainsFile
    guard access(file, F_OK) == 0 else { return false }
    return try DurableFile.read(file) == Array(lines(outcomes.results).utf8)
  }

  /// Writes `chains.jsonl` and `timings.jsonl` in chain order, the pages, and, for all chains of a
  /// protocol, `results.json`: no average is written over a part of them.
  func write(_ record: RunRecord, _ outcomes: RunOutcomes, isComplete: Bool) throws {
    let run = plan.directory
    try DurableFile.write(try lines(outcomes.timings), to: run.timingsFile)
    let isWhole = isComplete && record.settings.shard == nil
    if isWhole, let results = CALVINResults.json(outcomes.results) {
      try DurableFile.write(results.pretty, to: run.resultsFile)
    } else if access(run.resultsFile, F_OK) == 0, unlink(run.resultsFile) != 0 {
      throw ResultsError.system(operation: "remove", path: run.resultsFile, code: errno)
    }
    let contents = RunPageContents(
      record: record, outcomes: outcomes,
      strips: record.settings.shard == nil ? strips(outcomes) : [])
    for page in try plan.pages(contents) {
      try DurableFile.write(page.text, to: run.path + "/" + page.name)
    }
    // Last, since its presence says that the other files are there.
    try DurableFile.write(try lines(outcomes.results), to: run.chainsFile)
  }

  private func lines(_ values: [some Encodable]) throws -> String {
    try values.map { try JSONValue(encoding: $0).canonical + "\n" }.joined()
  }

  /// Pictures of a few chains. A missing renderer costs the report its pictures, not the results.
  private func strips(_ outcomes: RunOutcomes) -> [FilmStrip] {
    let chains = FilmStrips.chains(of: outcomes.results)
    guard plan.takesFilmStrips, !chains.isEmpty else { return [] }
    let plan = plan
    do {
      return try onOwnThread {
        let loadWorld = try plan.factory.worlds()
        return try chains.compactMap { chain in
          guard let result = outcomes.results.first(where: { $0.chain == chain }) else {
            return nil
          }
          return try FilmStrips.take(
            plan.chains[chain], result: result,
            actions: RecordedActions(path: RecordedActions.file(of: chain, in: plan.directory)),
            runner: plan.runner, loadWorld: loadWorld)
        }
      }
    } catch {
      log.error("the report goes without film strips: \(error)")
      return []
    }
  }
}

/// Runs `body` on a new thread, since a GL context belongs to the thread it was made on.
func onOwnThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) throws -> R {
  let box = ResultBox<R>()
  let thread = Thread { box.fill(Result { try body() }) }
  thread.stackSize = 16 << 20
  thread.start()
  return try box.wait().get()
}

private final class ResultBox<R: Sendable>: @unchecked Sendable {
  private let ready = DispatchSemaphore(value: 0)
  private var result: Result<R, any Error>?

  func fill(_ result: Result<R, any Error>) {
    self.result = result
    ready.signal()
  }

  func wait() -> Result<R, any Error> {
    ready.wait()
    return result ?? .failure(InfrastructureFailure("the thread ended without a result"))
  }
}

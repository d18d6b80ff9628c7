import Foundation
import Results
import Rollouts

/// Progress on standard error: one line that is drawn over on a terminal, else a line per chain.
/// Called by one worker at a time.
final class ProgressPrinter {
  private let total: Int
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var lengths: [Int] = [0, 0, 0, 0, 0]
  private var seen = 0
  private var before = 0
  private var began = Date()

  init(total: Int) {
    self.total = total
  }

  func begin(_ before: Int) {
    self.before = before
    began = Date()
    if before > 0 { line("\(before) of \(total) chains were finished before") }
  }

  func show(_ event: WorkerPool.Event, _ outcomes: RunOutcomes) {
    guard case .finished(let result, _) = event else { return }
    seen += 1
    for position in 0..<min(5, result.successes) { lengths[position] += 1 }
    let done = outcomes.count
    if isTerminal {
      write("\r\u{1b}[K" + bar(done) + "  " + rates + "  " + remaining(done))
    } else {
      let verdict = result.subtasks.last.map { last in
        last.success ? "" : ", failed \(last.task): \(last.fault ?? last.miss ?? "steps spent")"
      }
      line(
        "[\(done)/\(total)] chain \(result.chain): \(result.successes)/\(result.tasks.count)"
          + (verdict ?? "") + " | " + rates + " | " + remaining(done))
    }
  }

  func end() {
    if isTerminal, seen > 0 { write("\n") }
  }

  private func bar(_ done: Int) -> String {
    let filled = 24 * done / max(1, total)
    return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: 24 - filled)
      + "] \(done)/\(total)"
  }

  private var rates: String {
    lengths.enumerated().map { position, count in
      "\(position + 1)/5 " + String(format: "%.1f%%", 100 * Double(count) / Double(max(1, seen)))
    }.joined(separator: " ")
  }

  private func remaining(_ done: Int) -> String {
    let elapsed = Date().timeIntervalSince(began)
    guard seen > 0, elapsed > 0 else { return "" }
    let seconds = Int((Double(total - done) * elapsed / Double(seen)).rounded())
    return String(format: "ETA %d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
  }

  private func line(_ text: String) { write(text + "\n") }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}

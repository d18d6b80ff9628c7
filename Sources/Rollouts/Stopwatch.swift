import Foundation
import Results

/// Assigns the time since the last lap to a phase.
struct Stopwatch {
  private var last = Self.now
  var phases = ChainTiming.Phases()

  /// Seconds on a clock that never goes back.
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Adds the time since the last lap, less `except` seconds, to `phase`.
  mutating func lap(_ phase: WritableKeyPath<ChainTiming.Phases, Double>, except: Double = 0) {
    let now = Self.now
    phases[keyPath: phase] += now - last - except
    last = now
  }

  /// Leaves the time since the last lap out of every phase.
  mutating func skip() {
    last = Self.now
  }
}

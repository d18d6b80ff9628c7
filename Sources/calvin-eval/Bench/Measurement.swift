import Foundation
import Rollouts

/// Durations of repeated work.
struct Measurement {
  private var nanoseconds: [Double] = []
  private var processorNanoseconds: [Double] = []
  private let processorClock: clockid_t

  /// Counts the processor time of the calling thread, or of the whole process where other threads
  /// do the work, as OpenGL's do.
  init(ofWholeProcess: Bool = false) {
    processorClock = ofWholeProcess ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID
  }

  /// Times one piece of work.
  mutating func measure<Result>(_ work: () throws -> Result) rethrows -> Result {
    let start = ContinuousClock.now
    let processorStart = clock_gettime_nsec(processorClock)
    let result = try work()
    processorNanoseconds.append(clock_gettime_nsec(processorClock) - processorStart)
    let duration = start.duration(to: .now).components
    nanoseconds.append(Double(duration.seconds) * 1e9 + Double(duration.attoseconds) * 1e-9)
    return result
  }

  /// How often work was measured.
  var count: Int { nanoseconds.count }

  /// Median in milliseconds, 0 when nothing was measured.
  var medianMilliseconds: Double { Self.quantile(0.5, of: nanoseconds) / 1e6 }

  /// Median of the processor time in milliseconds: other load disturbs it less.
  var medianProcessorMilliseconds: Double { Self.quantile(0.5, of: processorNanoseconds) / 1e6 }

  /// Shortest duration in milliseconds, 0 when nothing was measured.
  var fastestMilliseconds: Double { Self.quantile(0, of: nanoseconds) / 1e6 }

  /// Least processor time in milliseconds.
  var fastestProcessorMilliseconds: Double { Self.quantile(0, of: processorNanoseconds) / 1e6 }

  /// 95th percentile in milliseconds.
  var slowMilliseconds: Double { Self.quantile(0.95, of: nanoseconds) / 1e6 }

  private static func quantile(_ part: Double, of values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    return values.sorted()[Int(part * Double(values.count - 1))]
  }
}

private func clock_gettime_nsec(_ clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Processor time of all threads of this process.
func processorSeconds() -> Double { clock_gettime_nsec(CLOCK_PROCESS_CPUTIME_ID) * 1e-9 }

/// Resident memory of this process in MiB, nil where the system does not tell.
func residentMebibytes() -> Double? {
  ProcessMemory.resident.map { Double($0) / 1_048_576 }
}

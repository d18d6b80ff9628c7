import Foundation

/// Durations of repeated work.
struct Measurement {
  private var nanoseconds: [Double] = []

  /// Times one piece of work.
  mutating func measure<Result>(_ work: () throws -> Result) rethrows -> Result {
    let start = ContinuousClock.now
    let result = try work()
    let duration = start.duration(to: .now).components
    nanoseconds.append(Double(duration.seconds) * 1e9 + Double(duration.attoseconds) * 1e-9)
    return result
  }

  /// Median in milliseconds, 0 when nothing was measured.
  var medianMilliseconds: Double { quantile(0.5) / 1e6 }

  /// 95th percentile in milliseconds.
  var slowMilliseconds: Double { quantile(0.95) / 1e6 }

  private func quantile(_ part: Double) -> Double {
    guard !nanoseconds.isEmpty else { return 0 }
    return nanoseconds.sorted()[Int(part * Double(nanoseconds.count - 1))]
  }
}

/// Resident memory of this process in MiB, nil where the system does not tell.
func residentMebibytes() -> Double? {
  guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
    let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
  else { return nil }
  return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
}

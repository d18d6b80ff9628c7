import Foundation

/// Compares `statistics.yaml` with the frames it should describe.
///
/// A file may rightly describe more than these frames (upstream's describes the training split), so
/// how strictly it is taken depends: entries of a file that mostly agrees must all agree, those of
/// another must be possible.
public struct StatisticsAudit: Sendable {
  /// What is wrong.
  public let findings: [AuditFinding]

  /// How far means may be off in standard deviations, and deviations as a factor.
  private struct Tolerance {
    var mean: Double
    var larger: Double
    var smaller: Double
  }

  /// Compares the file's numbers with those computed over frames.
  ///
  /// - Parameter episodes: Episodes the frames are from; few of them are not representative.
  public init(
    _ stored: NormalizationStatistics, against found: NormalizationStatistics, frames: Int,
    episodes: Int
  ) {
    let pairs = [
      ("robot_obs", stored.robot, found.robot), ("scene_obs", stored.scene, found.scene),
    ]
    let entries = pairs.flatMap { name, stored, found in
      stored.mean.indices.map { index in
        Entry(
          name: "\(name)[\(index)]", mean: (stored.mean[index], found.mean[index]),
          deviation: (stored.deviation[index], found.deviation[index]))
      }
    }
    let agreeing = entries.reduce(0) { $0 + ($1.meanOff < 0.02 ? 1 : 0) + ($1.isSameWidth ? 1 : 0) }
    let tolerance =
      agreeing >= entries.count
      ? Tolerance(mean: 0.05, larger: 1.05, smaller: 0.95)
      : frames >= 5000 && episodes >= 10
        ? Tolerance(mean: 1, larger: 2, smaller: 0.4)
        : Tolerance(mean: 4, larger: 2.5, smaller: 0)
    var wrong = entries.compactMap { $0.complaint(tolerance) }
    for index in 0..<7 {
      let (low, high) = (stored.actionMinimum[index], stored.actionMaximum[index])
      let slack = 0.1 * max(high - low, 0.01)
      if found.actionMinimum[index] < low - slack || found.actionMaximum[index] > high + slack {
        wrong.append(
          "actions[\(index)] goes from \(short(found.actionMinimum[index])) to "
            + "\(short(found.actionMaximum[index])), beyond \(short(low)) to \(short(high))")
      }
    }
    guard frames >= 20, !wrong.isEmpty else {
      findings = []
      return
    }
    findings = [
      AuditFinding(
        .statistics, of: "statistics", at: "statistics.yaml",
        "\(wrong.count) entries are not of these frames: "
          + wrong.prefix(3).joined(separator: "; "), amount: Double(wrong.count))
    ]
  }

  /// Mean and deviation of one number, stored and found.
  private struct Entry {
    var name: String
    var mean: (stored: Double, found: Double)
    var deviation: (stored: Double, found: Double)

    /// What hardly varies has no scale to measure an error by.
    private var scale: Double { max(deviation.stored, deviation.found, 0.01) }
    var meanOff: Double { abs(mean.stored - mean.found) / scale }
    /// Found over stored.
    var ratio: Double { (deviation.found + 0.003) / (deviation.stored + 0.003) }
    var isSameWidth: Bool { abs(ratio - 1) < 0.02 }

    func complaint(_ tolerance: Tolerance) -> String? {
      if !mean.stored.isFinite || !deviation.stored.isFinite || deviation.stored < 0 {
        return "\(name) is no number"
      }
      if meanOff > tolerance.mean {
        return "\(name) has the mean \(short(mean.found)), not \(short(mean.stored))"
      }
      if ratio > tolerance.larger || ratio < tolerance.smaller {
        return "\(name) has the deviation \(short(deviation.found)), not "
          + short(deviation.stored)
      }
      return nil
    }
  }
}

private func short(_ value: Double) -> String { String(format: "%.3g", value) }

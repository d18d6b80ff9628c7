import Calvin
import Datasets
import Foundation
import Geometry

/// Compares the TCP of `robot_obs` with that of its joints: a state that contradicts itself.
///
/// Upstream reads the TCP one physics step late, so the two are millimetres apart while the arm
/// moves.
struct KinematicsAudit {
  /// TCP pose (position, angles) as recorded and as the joints put it.
  typealias Pair = (recorded: [Double], expected: [Double])

  /// Distances above which the two disagree, metres and radians.
  static let tolerance = (metres: 0.006, radians: 0.03)

  let findings: [AuditFinding]
  /// Median distance, metres.
  let median: Double?

  init(_ pairs: [Pair], place: String) {
    let offsets = pairs.map { Self.distance($0.recorded, $0.expected) }.sorted()
    let turns = pairs.map { Self.angle($0.recorded, $0.expected) }.sorted()
    median = offsets.isEmpty ? nil : offsets[offsets.count / 2]
    guard let median, offsets.count >= 3 else {
      findings = []
      return
    }
    let turn = turns[turns.count / 2]
    if median <= Self.tolerance.metres, turn <= Self.tolerance.radians {
      findings = []
      return
    }
    let conventions = [
      median > Self.tolerance.metres
        ? Self.convention(pairs, PoseConvention.ofPositions, Self.tolerance.metres, Self.distance)
        : nil,
      turn > Self.tolerance.radians
        ? Self.convention(
          pairs, PoseConvention.ofAngles + Self.scales(pairs), Self.tolerance.radians, Self.angle)
        : nil,
    ].compactMap { $0 }
    let isExplained =
      conventions.count == (median > Self.tolerance.metres ? 1 : 0)
      + (turn > Self.tolerance.radians ? 1 : 0)
    if isExplained {
      findings = conventions.map { $0.finding(of: "robot_obs", at: place) }
      return
    }
    let offset = pairs.map { Vector3($0.recorded[..<3]) - Vector3($0.expected[..<3]) }
    let mean = offset.reduce(Vector3.zero, +) / Double(offset.count)
    let spread = offset.map { ($0 - mean).length }.sorted()[offset.count / 2]
    let isFixed = spread < Self.tolerance.metres && median > Self.tolerance.metres
    findings = [
      AuditFinding(
        .tcpMismatch, of: "robot_obs", at: place,
        String(
          format: "the TCP is %.1f mm and %.3f rad from where the joints put it in the median",
          1000 * median, turn)
          + (isFixed
            ? String(
              format: ", always by about (%.3f, %.3f, %.3f) m: another base or another TCP link",
              mean.x, mean.y, mean.z) : ""),
        amount: median)
    ]
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    (Vector3(a[..<3]) - Vector3(b[..<3])).length
  }

  /// Angle between the two orientations.
  private static func angle(_ a: [Double], _ b: [Double]) -> Double {
    EulerOrder.turn(from: Array(a[3..<6]), to: Array(b[3..<6]))
  }

  /// The first way of writing poses in which the two agree.
  private static func convention(
    _ pairs: [Pair], _ conventions: [PoseConvention], _ tolerance: Double,
    _ distance: ([Double], [Double]) -> Double
  ) -> PoseConvention? {
    let step = max(1, pairs.count / 400)
    let sample = stride(from: 0, to: pairs.count, by: step).map { pairs[$0] }
    return conventions.first { convention in
      let distances = sample.map { distance(convention.putRight($0.recorded), $0.expected) }
        .sorted()
      return distances[distances.count / 2] < tolerance
    }
  }

  /// The factor that recorded angles carry, if they carry one.
  private static func scales(_ pairs: [Pair]) -> [PoseConvention] {
    let ratios = pairs.flatMap { pair in
      (3..<6).compactMap { axis in
        abs(pair.expected[axis]) > 0.3 ? abs(pair.recorded[axis] / pair.expected[axis]) : nil
      }
    }.sorted()
    guard ratios.count >= 20 else { return [] }
    let factor = ratios[ratios.count / 2]
    // Degrees are named elsewhere.
    return factor > 1e-3 && abs(factor - 180 / .pi) > 0.5
      ? [PoseConvention.scaledAngles(by: factor)] : []
  }
}

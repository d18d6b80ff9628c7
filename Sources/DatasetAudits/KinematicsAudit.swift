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
    if median <= Self.tolerance.metres, let order = Self.order(pairs) {
      findings = [
        AuditFinding(
          .eulerOrder, of: "robot_obs", at: place,
          "the angles of robot_obs are \(order), expected extrinsic xyz")
      ]
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
    let p = Quaternion(euler: Vector3(a[3..<6]))
    let q = Quaternion(euler: Vector3(b[3..<6]))
    return 2 * acos(min(1, abs(p.x * q.x + p.y * q.y + p.z * q.z + p.w * q.w)))
  }

  private static func order(_ pairs: [Pair]) -> String? {
    EulerOrder.others.first { order in
      let turns = pairs.map { pair in
        angle(
          Array(pair.recorded[..<3]) + order.asXYZ(Array(pair.recorded[3..<6])), pair.expected)
      }.sorted()
      return turns[turns.count / 2] < tolerance.radians
    }?.name
  }
}

import Foundation

/// Examines whether the numbers of states can be metres and radians.
public struct StateUnitsAudit: Sendable {
  /// What is wrong.
  public let findings: [AuditFinding]

  /// Examines `robot_obs` followed by `scene_obs`, frame by frame; TCP pose and angles are left to
  /// `ActionAudit`.
  public init(_ states: [[Double]], place: String) {
    func largest(_ indices: [Int]) -> Double {
      states.reduce(0) { largest, state in
        indices.reduce(largest) { state[$1].isFinite ? max($0, abs(state[$1])) : $0 }
      }
    }
    let blocks = [21, 27, 33]
    let checks: [(AuditFinding.Code, String, String, [Int], limit: Double)] = [
      (.degrees, "robot_obs", "arm joints", Array(7..<14), 2 * .pi + 0.1),
      (.lengthUnit, "robot_obs", "the gripper's width", [6], 0.5),
      (.lengthUnit, "scene_obs", "doors", [15, 16], 2),
      (.lengthUnit, "scene_obs", "blocks", blocks.flatMap { [$0, $0 + 1, $0 + 2] }, 8),
      (
        .degrees, "scene_obs", "blocks", blocks.flatMap { [$0 + 3, $0 + 4, $0 + 5] }, 2 * .pi + 0.1
      ),
    ]
    findings = checks.compactMap { code, subject, what, indices, limit in
      let value = largest(indices)
      guard value > limit else { return nil }
      let quantity = code == .degrees ? "angles" : "lengths"
      return AuditFinding(
        code, of: subject, at: place,
        "\(subject) has \(quantity) of \(what) up to \(String(format: "%.4g", value))",
        amount: value)
    }
  }
}

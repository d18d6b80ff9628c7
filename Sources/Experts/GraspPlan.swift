import Calvin
import Foundation
import Geometry

/// How to take hold of a block that lies still: the fingers close across one of its level edges.
struct GraspPlan {
  /// Yaw of the gripper.
  var yaw: Double
  /// Half the block's height as it lies.
  var halfHeight: Double
  /// Places of the two open fingers beside the block.
  var fingers: [Vector3]

  /// Widest edge the fingers close around, metres.
  private static let widest = 0.068
  /// Middle of an open finger from the TCP along the fingers' axis, metres.
  private static let fingerOffset = 0.053
  /// Farthest the wrist turns from the resting yaw, radians.
  private static let reach = 2.1

  /// All ways to grasp a block, the cheapest for a preferred yaw first.
  static func all(
    _ block: SceneInfo.Block, size: Vector3, preferredYaw: Double
  ) -> [GraspPlan] {
    let rotation = Matrix3(block.pose.orientation)
    let axes = (0..<3).map { axis in
      Vector3(rotation.row0[axis], rotation.row1[axis], rotation.row2[axis])
    }
    guard let vertical = (0..<3).max(by: { abs(axes[$0].z) < abs(axes[$1].z) }) else { return [] }
    var plans: [(cost: Double, plan: GraspPlan)] = []
    for axis in 0..<3 where axis != vertical && size[axis] < widest {
      // The fingers open along (sin yaw, -cos yaw).
      let across = atan2(axes[axis].y, axes[axis].x) + .pi / 2
      for turn in -2...2 {
        let yaw = across + Double(turn) * .pi
        guard abs(yaw - TCPGoal.restingYaw) <= reach else { continue }
        let side = Vector3(sin(yaw), -cos(yaw), 0) * fingerOffset
        let center = block.pose.position
        let plan = GraspPlan(
          yaw: yaw, halfHeight: size[vertical] / 2, fingers: [center + side, center - side])
        // Wide edges leave little room for error.
        plans.append((abs(yaw - preferredYaw) + (size[axis] > 0.045 ? 0.3 : 0), plan))
      }
    }
    return plans.sorted { $0.cost < $1.cost }.map(\.plan)
  }
}

import Calvin
import Foundation
import Geometry

/// How to take hold of a block that lies still: the fingers close across one of its level edges.
struct GraspPlan {
  /// Yaw of the gripper, within a right angle and a bit of the resting yaw.
  var yaw: Double
  /// Half the block's height as it lies.
  var halfHeight: Double

  /// Widest edge the fingers close around, metres.
  private static let widest = 0.068

  /// The best grasp for a preferred yaw; `reach` is the farthest the yaw may be from the resting
  /// one. nil when no level edge fits between the fingers.
  init?(
    _ block: SceneInfo.Block, size: Vector3, preferredYaw: Double = TCPGoal.restingYaw,
    reach: Double = 1.75
  ) {
    let rotation = Matrix3(block.pose.orientation)
    let axes = (0..<3).map { axis in
      Vector3(rotation.row0[axis], rotation.row1[axis], rotation.row2[axis])
    }
    guard let vertical = (0..<3).max(by: { abs(axes[$0].z) < abs(axes[$1].z) }) else { return nil }
    halfHeight = size[vertical] / 2
    var best: (cost: Double, yaw: Double)?
    for axis in 0..<3 where axis != vertical && size[axis] < Self.widest {
      // The fingers open along (sin yaw, -cos yaw).
      let across = atan2(axes[axis].y, axes[axis].x) + .pi / 2
      for turn in -2...2 {
        let yaw = across + Double(turn) * .pi
        guard abs(yaw - TCPGoal.restingYaw) <= reach else { continue }
        // Wide edges leave little room for error.
        let cost = abs(yaw - preferredYaw) + (size[axis] > 0.045 ? 0.3 : 0)
        if cost < best?.cost ?? .infinity { best = (cost, yaw) }
      }
    }
    guard let best else { return nil }
    yaw = best.yaw
  }
}

import Calvin
import Geometry

/// What the gripper should not run into, as it stands at one moment.
struct Obstacles {
  private let triangles: [(triangle: Triangle, bounds: Box)]
  private let blocks: [OrientedBox]

  /// The table with its parts where they are now, and the blocks except those in `ignored`.
  init(
    _ situation: Situation, _ bench: Workbench, ignoring ignored: [Int], door: Double? = nil
  ) {
    triangles = bench.solids.flatMap { solid -> [(Triangle, Box)] in
      let isDoor = solid.joint == bench.door.joint
      let position = isDoor ? door : nil
      let offset = solid.axis * (position ?? situation.position(of: solid.joint, on: bench))
      return solid.triangles.map { triangle in
        let moved = Triangle(
          a: triangle.a + offset, b: triangle.b + offset, c: triangle.c + offset)
        return (moved, moved.bounds)
      }
    }
    blocks = situation.blocks.indices.filter { !ignored.contains($0) }.map {
      bench.box(of: $0, at: situation.blocks[$0].pose)
    }
  }

  /// Whether a box touches something.
  func touch(_ box: OrientedBox) -> Bool {
    let bounds = box.bounds
    return blocks.contains { box.overlaps($0) }
      || triangles.contains { $0.bounds.overlaps(bounds) && box.overlaps($0.triangle) }
  }

  /// Whether hand or fingers touch something at a goal.
  func touchGripper(at goal: TCPGoal, opening: Double, margin: Double) -> Bool {
    touchGripper(at: goal.position, goal.angles, opening: opening, margin: margin)
  }

  /// Whether hand or fingers touch something with the TCP at a point, turned to Euler angles.
  func touchGripper(
    at position: Vector3, _ angles: Vector3, opening: Double, margin: Double
  ) -> Bool {
    let pose = Pose(position: position, orientation: Quaternion(euler: angles))
    return Gripper.boxes(at: pose, opening: opening, margin: margin).contains(where: touch)
  }
}

/// The collision triangles of one link, and how they move.
struct Solid: Sendable {
  /// The joint it moves with; empty for what is fastened.
  var joint: String
  /// Displacement per unit of joint position.
  var axis: Vector3
  /// At joint position 0, world frame.
  var triangles: [Triangle]
}

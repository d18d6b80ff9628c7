/// A condition on the change between two scene infos that makes a task achieved: the functions of
/// calvin_env's `envs/tasks.py` with their arguments.
public enum TaskPredicate: Sendable, Equatable {
  /// A body of the scene, or one link of it.
  public struct Surface: Sendable, Equatable {
    /// Fixed object's name, e.g. `table`.
    public var body: String
    /// Link name; nil for any link of the body.
    public var link: String?

    /// This body's link, or all of the body.
    public init(body: String, link: String?) {
      self.body = body
      self.link = link
    }
  }

  /// `rotate_object`: turned about z by more than `degrees` (signed), tilted less than `tilt`
  /// degrees, moved at most `travel` metres, and at the end touching something besides the robot.
  case rotate(
    block: String, degrees: Double, tilt: Double = 30, limit: Double = 180, travel: Double = 0.1)
  /// `push_object`: moved along x or y (metres, signed; the other is 0) with a contact besides the
  /// robot at the start, and all of those still there at the end.
  case push(block: String, x: Double, y: Double)
  /// `lift_object`: rose by more than `height` metres, touched only by the robot at the end, and on
  /// `surface` at the start.
  case lift(block: String, height: Double, surface: Surface?)
  /// `place_object`: the one block the robot held at the start is let go on this surface.
  case place(Surface)
  /// `push_object_into`: one of the blocks changed contact from `source` alone to `destination`.
  case pushInto(blocks: [String], source: Surface, destination: Surface)
  /// `move_door_abs`: the joint went from beyond `start` to beyond `end` (metres).
  case moveDoorAbsolutely(joint: String, start: Double, end: Double)
  /// `move_door_rel`: the joint moved by more than `threshold` (metres, signed).
  case moveDoor(joint: String, threshold: Double)
  /// `toggle_light`: the light's logical state went from `start` to `end`.
  case toggleLight(name: String, start: Int, end: Int)
  /// `stack_objects`: a block that touched no block now touches only blocks, and moves slower than
  /// `speed` (m/s and rad/s per axis).
  case stack(speed: Double = 1)
  /// `unstack_objects`: a block that touched only blocks, moving slower than `speed`, touches none.
  case unstack(speed: Double = 1)
}

extension TaskPredicate {
  /// True when the change from `start` to `end` fulfils the predicate. A block, door, light or
  /// surface the scene does not have fulfils nothing (`TaskOracle.check` finds such names early).
  public func holds(from start: SceneInfo, to end: SceneInfo) -> Bool {
    switch self {
    case .rotate(let name, let degrees, let tilt, let limit, let travel):
      guard let before = start.block(name), let after = end.block(name),
        !((after.pose.position - before.pose.position).length > travel),
        after.contacts.contains(where: { $0.body != start.names.robot })
      else { return false }
      let turn = eulerDegrees(from: before.pose.orientation, to: after.pose.orientation)
      let isUpright = abs(turn.x) < tilt && abs(turn.y) < tilt
      return isUpright
        && (degrees > 0 ? degrees < turn.z && turn.z < limit : degrees > turn.z && turn.z > -limit)

    case .push(let name, let x, let y):
      guard let before = start.block(name), let after = end.block(name),
        keepsSurface(before, after, robot: start.names.robot)
      else { return false }
      let moved = after.pose.position - before.pose.position
      if x != 0 { return x > 0 ? moved.x > x : moved.x < x }
      return y > 0 ? moved.y > y : moved.y < y

    case .lift(let name, let height, let surface):
      guard let before = start.block(name), let after = end.block(name) else { return false }
      return after.pose.position.z - before.pose.position.z > height
        && after.touchesOnly(start.names.robot)
        && surface.map { before.touches($0, in: start) } ?? true

    case .place(let surface):
      guard let held = start.bodyTheRobotTouchesAlone,
        !end.robotContacts.contains(where: { $0.body == held }),
        let index = start.blocks.firstIndex(where: { $0.body == held }),
        let after = end.block(start.blocks[index].name)
      else { return false }
      return start.blocks[index].touchesOnly(start.names.robot) && after.touches(surface, in: end)

    case .pushInto(let names, let source, let destination):
      // Upstream also means to ask that the robot touches the block at neither end, but looks for
      // a body number among (body, link) pairs, which never matches; verdicts follow what it does.
      return names.contains { name in
        guard let before = start.block(name), let after = end.block(name) else { return false }
        return before.contacts.count == 1 && before.touches(source, in: start)
          && after.touches(destination, in: end)
      }

    case .moveDoorAbsolutely(let joint, let from, let to):
      guard let before = start.door(joint), let after = end.door(joint) else { return false }
      return from < to ? before < from && to < after : before > from && to > after

    case .moveDoor(let joint, let threshold):
      guard let before = start.door(joint), let after = end.door(joint) else { return false }
      let moved = after - before
      return (0 < threshold && threshold < moved) || (0 > threshold && threshold > moved)

    case .toggleLight(let name, let from, let to):
      return start.light(name) == from && end.light(name) == to

    case .stack(let speed):
      return start.blocks.contains { before in
        guard let after = end.block(before.name) else { return false }
        return !before.touchesBlock(of: start) && after.touchesOnlyBlocks(of: start)
          && after.isSlower(than: speed)
      }

    case .unstack(let speed):
      return start.blocks.contains { before in
        guard let after = end.block(before.name) else { return false }
        return before.touchesOnlyBlocks(of: start) && !after.touchesBlock(of: start)
          && before.isSlower(than: speed)
      }
    }
  }
}

/// True when the block touched something besides the robot, and still touches all of that.
private func keepsSurface(
  _ before: SceneInfo.Block, _ after: SceneInfo.Block, robot: Int32
) -> Bool {
  var found = false
  for contact in before.contacts where contact.body != robot {
    guard after.contacts.contains(contact) else { return false }
    found = true
  }
  return found
}

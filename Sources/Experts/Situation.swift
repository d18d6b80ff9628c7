import Calvin
import Geometry
import Policies

/// What the expert looks at in one step: the observed state in the field's terms.
struct Situation {
  /// Tool centre point, metres, and its Euler angles.
  let tcp: Vector3
  let angles: Vector3
  /// Opening width of the gripper, metres.
  let opening: Double
  let blocks: [SceneInfo.Block]
  let doors: [SceneInfo.Door]
  let lights: [SceneInfo.Light]
  /// Positions of button and switch.
  let buttonPosition: Double
  let switchPosition: Double
  let names: SceneInfo.BodyNames

  init(_ observation: Observation) {
    let robot = observation.state.robotObservation
    tcp = Vector3(robot[0], robot[1], robot[2])
    angles = Vector3(robot[3], robot[4], robot[5])
    opening = robot[6]
    blocks = observation.info.blocks
    doors = observation.info.doors
    lights = observation.info.lights
    // `scene_obs` begins with the doors, then button and switch.
    buttonPosition = observation.state.sceneObservation[doors.count]
    switchPosition = observation.state.sceneObservation[doors.count + 1]
    names = observation.info.names
  }

  /// Position of a door, metres.
  func door(_ joint: String) -> Double {
    doors.first { $0.joint == joint }?.position ?? 0
  }

  /// Position of any of the table's joints; 0 for one that nothing tells of.
  func position(of joint: String, on bench: Workbench) -> Double {
    switch joint {
    case bench.button.joint: buttonPosition
    case bench.switchLever.joint: switchPosition
    default: door(joint)
    }
  }

  /// Body ids of all blocks.
  private var blockBodies: Set<Int32> { Set(blocks.map(\.body)) }

  /// True when the robot touches the block and nothing else holds it up.
  func isInHand(_ block: SceneInfo.Block) -> Bool {
    touchesRobot(block) && block.contacts.allSatisfy { $0.body == names.robot }
  }

  /// True when the robot touches the block.
  func touchesRobot(_ block: SceneInfo.Block) -> Bool {
    block.contacts.contains { $0.body == names.robot }
  }

  /// True when the block is between the fingers.
  func isGrasped(_ block: SceneInfo.Block) -> Bool {
    touchesRobot(block) && opening > 0.02 && (block.pose.position - tcp).length < 0.05
  }

  /// True when the block touches the named link of the table.
  func touches(_ block: SceneInfo.Block, link: String) -> Bool {
    names.fixedBodies.contains { object, body in
      names.links[object]?[link].map { wanted in
        block.contacts.contains { $0.body == body && $0.link == wanted }
      } ?? false
    }
  }

  /// True when the block stands on other blocks only.
  func isStacked(_ block: SceneInfo.Block) -> Bool {
    let others = block.contacts.filter { $0.body != names.robot }
    let blockBodies = blockBodies
    return !others.isEmpty && others.allSatisfy { blockBodies.contains($0.body) }
  }
}

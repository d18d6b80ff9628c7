import Assets
import Calvin
import Geometry
import NumPy
import Simulation

/// The embedded scenes, converted once per test that needs them.
enum Embedded {
  static func models(_ scene: String) throws -> SceneModels {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(3)
    let path = "/" + (parts + ["Scenes"]).joined(separator: "/")
    let root = AssetRoot(path: path, isEmbedded: true)
    return try SceneModels(try SceneAssets.load(root: root, scene: scene))
  }
}

/// Motion that reaches down to the table, grasps, lifts and sweeps.
enum Script {
  static func actions(count: Int, seed: UInt32) -> [Action] {
    var random = RandomState(seed: seed)
    var drift: [Double] = []
    return (0..<count).map { step in
      if step % 20 == 0 {
        drift = random.uniform(
          [-1, -1, -0.6, -0.5, -0.5, -1], [1, 1, 0.4, 0.5, 0.5, 1])
      }
      var values = drift
      // The first second goes down to the blocks.
      if step < 30 { values[2] = -1 }
      values.append(step % 60 < 35 ? 1 : -1)
      return .cartesianRelative(values)
    }
  }
}

/// FNV-1a over the bits of everything an environment computes.
struct StateHash: Hashable, CustomStringConvertible {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ bits: UInt64) {
    for byte in 0..<8 {
      value = (value ^ (bits >> (8 * UInt64(byte)) & 0xff)) &* 0x100_0000_01b3
    }
  }

  mutating func add(_ numbers: [Double]) {
    for number in numbers { add(number.bitPattern) }
  }

  mutating func add(_ v: Vector3) { add([v.x, v.y, v.z]) }

  mutating func add(_ environment: Environment) {
    add(environment.state.robotObservation)
    add(environment.state.sceneObservation)
    for joints in [environment.robotJoints] + environment.fixedJoints {
      add(joints.positions)
      add(joints.velocities)
    }
    for block in environment.info.blocks {
      let q = block.pose.orientation
      add(block.pose.position)
      add([q.x, q.y, q.z, q.w])
      add(block.linearVelocity)
      add(block.angularVelocity)
    }
    for contact in environment.contacts {
      for index in 0..<4 { add(UInt64(UInt32(bitPattern: contact[index]))) }
    }
  }

  var description: String { "0x" + String(value, radix: 16) }
}

/// Hashes after the reset and after every step of an episode.
func hashes(
  _ environment: Environment, from state: EnvironmentState? = nil, _ actions: [Action]
) throws -> [StateHash] {
  try environment.reset(to: state)
  var hash = StateHash()
  hash.add(environment)
  var result = [hash]
  for action in actions {
    try environment.step(action)
    hash.add(environment)
    result.append(hash)
  }
  return result
}

import Calvin
import Foundation
import Geometry
import NumPy

/// One recorded episode of calvin_env: what was done, and what came out row by row.
public struct PhysicsRecording: Sendable {
  /// The recording's name, `SCENE_NNN_script`.
  public var name: String
  /// Contents of the `.json` file.
  var header: Header
  /// T rows of 7 or 8 numbers, padding removed.
  private var actions: [[Double]]
  /// Numbers per action row as stored, padding included.
  private var actionWidth: Int
  /// The recorded numbers, T + 1 rows per quantity.
  var track: PhysicsTrack

  /// The `.json` half of a recording, keys as they are in the file.
  struct Header: Codable, Sendable {
    var scene: String
    var robot: String
    var script: String
    var timestep: Double
    /// Per block position and orientation.
    var load_poses: [[[Double]]]
    var substeps: Int
    var seed: Int
    var reset_robot_obs: [Double]?
    var reset_scene_obs: [Double]?
    /// Per step the action space.
    var action_kind: [String]
    /// Per row the sorted contacts `[bodyA, bodyB, linkA, linkB]`.
    var contacts: [[[Int32]]]
    /// Per row the sorted names of the achieved tasks.
    var achieved: [[String]]
    /// Rows at which a segment starts.
    var segments: [Int]?

    /// A random reset is written as null, absent segments stay absent.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(scene, forKey: .scene)
      try container.encode(robot, forKey: .robot)
      try container.encode(script, forKey: .script)
      try container.encode(timestep, forKey: .timestep)
      try container.encode(load_poses, forKey: .load_poses)
      try container.encode(substeps, forKey: .substeps)
      try container.encode(seed, forKey: .seed)
      try container.encode(reset_robot_obs, forKey: .reset_robot_obs)
      try container.encode(reset_scene_obs, forKey: .reset_scene_obs)
      try container.encode(action_kind, forKey: .action_kind)
      try container.encode(contacts, forKey: .contacts)
      try container.encode(achieved, forKey: .achieved)
      try container.encodeIfPresent(segments, forKey: .segments)
    }
  }

  /// Scene it was recorded in, as `SceneAssets.load` takes it.
  public var scene: String { header.scene }

  /// Control steps.
  public var stepCount: Int { actions.count }

  /// Reads `NAME.json` and `NAME.npz` in a folder.
  public init(name: String, folder: String) throws {
    self.name = name
    let json = "\(folder)/\(name).json"
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: json))
      header = try JSONDecoder().decode(Header.self, from: data)
    } catch {
      throw ConformanceError("\(json): cannot read the recording: \(error)")
    }
    let archive = try NPZArchive(path: "\(folder)/\(name).npz")
    let stored = try archive.array("actions")
    guard stored.shape.count == 2, stored.shape[0] == header.action_kind.count else {
      throw ConformanceError(
        "\(folder)/\(name).npz: actions have the shape \(stored.shape), expected "
          + "\(header.action_kind.count) rows")
    }
    actionWidth = stored.shape[1]
    let numbers = try stored.doubles()
    let width = actionWidth
    actions = (0..<stored.shape[0]).map { row in
      // The last column pads shorter actions with NaN.
      numbers[(row * width)..<((row + 1) * width)].reversed().drop(while: \.isNaN).reversed()
    }
    track = PhysicsTrack(blocks: header.load_poses.count)
    let rows = stored.shape[0] + 1
    for index in track.quantities.indices {
      let quantity = track.quantities[index]
      let array = try archive.array(quantity.name)
      guard array.shape == [rows, quantity.width] else {
        throw ConformanceError(
          "\(array.source): shape \(array.shape), expected \([rows, quantity.width])")
      }
      track.quantities[index].values = try array.doubles()
    }
    guard header.contacts.count == rows, header.achieved.count == rows else {
      throw ConformanceError("\(json): expected contacts and achieved of \(rows) rows")
    }
    track.contacts = header.contacts
    track.achieved = header.achieved
    track.loadPoses = header.load_poses
  }

  /// The action of a step.
  public func action(_ step: Int) throws -> Action {
    switch header.action_kind[step] {
    case "cartesian_rel": .cartesianRelative(actions[step])
    case "cartesian_abs": .cartesianAbsolute(actions[step])
    case "joint_rel": .jointRelative(actions[step])
    case "joint_abs": .jointAbsolute(actions[step])
    case let kind:
      throw ConformanceError("\(name).json: action kind '\(kind)' of step \(step) is unknown")
    }
  }

  /// The state to reset to, nil for a random reset.
  public var resetState: EnvironmentState? {
    guard let robot = header.reset_robot_obs, let scene = header.reset_scene_obs else {
      return nil
    }
    return EnvironmentState(robotObservation: robot, sceneObservation: scene)
  }

  /// Rows whose info the oracle compares the following rows with.
  var segmentStarts: Set<Int> { Set(header.segments ?? [0]) }

  /// The gripper command in row 0: what the recording process commanded last before this episode,
  /// so it cannot be computed from the episode and is taken as given.
  var initialGripperAction: Double { track.quantities[0].values[14] }

  /// Writes a computed track under the recording's file names, keys and element types.
  func write(_ computed: PhysicsTrack, to folder: DumpFolder) throws {
    var padded: [Double] = []
    for action in actions {
      padded += action + Array(repeating: Double.nan, count: actionWidth - action.count)
    }
    var arrays = [
      (name: "actions", array: NPYArray(padded, shape: [actions.count, actionWidth]))
    ]
    for quantity in computed.quantities {
      let rows = quantity.values.count / quantity.width
      arrays.append((quantity.name, NPYArray(quantity.values, shape: [rows, quantity.width])))
    }
    try folder.write(npzBytes(arrays), as: "\(name).npz")
    var header = header
    header.contacts = computed.contacts
    header.achieved = computed.achieved
    header.load_poses = computed.loadPoses
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try folder.write([UInt8](encoder.encode(header)), as: "\(name).json")
  }
}

import Calvin
import Geometry
import Simulation

/// What an episode did, row by row; row 0 is the reset.
struct PhysicsTrack: Sendable {
  /// A recorded array.
  struct Quantity: Sendable {
    /// Key in the npz file.
    var name: String
    /// Numbers per row.
    var width: Int
    /// All rows, flat.
    var values: [Double] = []
  }

  var quantities: [Quantity]
  var contacts: [[[Int32]]] = []
  var achieved: [[String]] = []
  var loadPoses: [[[Double]]] = []

  /// An empty track of a scene with this many blocks.
  init(blocks: Int) {
    quantities = [
      Quantity(name: "robot_obs", width: 15),
      Quantity(name: "scene_obs", width: 6 + 6 * blocks),
      Quantity(name: "robot_joint_pos", width: 16),
      Quantity(name: "robot_joint_vel", width: 16),
      Quantity(name: "table_joint_pos", width: 7),
      Quantity(name: "table_joint_vel", width: 7),
      Quantity(name: "movable_pose", width: 7 * blocks),
      Quantity(name: "movable_vel", width: 6 * blocks),
    ]
  }

  /// Appends the environment's current row.
  mutating func append(_ environment: Environment, achieved names: [String]) {
    let table = environment.fixedJoints[0]
    let rows: [[Double]] = [
      environment.state.robotObservation, environment.state.sceneObservation,
      environment.robotJoints.positions, environment.robotJoints.velocities,
      table.positions, table.velocities,
      environment.info.blocks.flatMap { Self.numbers($0.pose) },
      environment.info.blocks.flatMap {
        Self.numbers($0.linearVelocity) + Self.numbers($0.angularVelocity)
      },
    ]
    for (index, row) in rows.enumerated() { quantities[index].values += row }
    contacts.append(environment.contacts.map { [$0.x, $0.y, $0.z, $0.w] })
    achieved.append(names.sorted())
  }

  private static func numbers(_ v: Vector3) -> [Double] { [v.x, v.y, v.z] }

  private static func numbers(_ pose: Pose) -> [Double] {
    let q = pose.orientation
    return numbers(pose.position) + [q.x, q.y, q.z, q.w]
  }

  /// Poses in the form of `load_poses`.
  static func loadPoses(_ poses: [Pose]) -> [[[Double]]] {
    poses.map { pose in
      let q = pose.orientation
      return [numbers(pose.position), [q.x, q.y, q.z, q.w]]
    }
  }
}

/// How a computed track differs from the recorded one.
struct PhysicsComparison: Sendable {
  var rows = 0
  var exactRows = 0
  var equalContactRows = 0
  var equalVerdictRows = 0
  var hasEqualLoadPoses: Bool
  /// Row and quantity of the first difference.
  var firstDifference: (row: Int, quantity: String)?
  /// Largest difference and its quantity.
  var largest: (difference: Double, quantity: String)?
  /// Why the replay stopped early.
  var fault: String?

  init(computed: PhysicsTrack, recorded: PhysicsTrack, fault: String?) {
    self.fault = fault
    hasEqualLoadPoses = computed.loadPoses == recorded.loadPoses
    rows = recorded.contacts.count
    for row in 0..<rows {
      var isExact = row < computed.contacts.count
      for (mine, theirs) in zip(computed.quantities, recorded.quantities) {
        guard row < computed.contacts.count else { continue }
        let range = (row * theirs.width)..<((row + 1) * theirs.width)
        for index in range where mine.values[index].bitPattern != theirs.values[index].bitPattern {
          isExact = false
          note(row, theirs.name, abs(mine.values[index] - theirs.values[index]))
        }
      }
      if isExact { exactRows += 1 }
      guard row < computed.contacts.count else { continue }
      if computed.contacts[row] == recorded.contacts[row] { equalContactRows += 1 }
      if computed.achieved[row] == recorded.achieved[row].sorted() { equalVerdictRows += 1 }
    }
  }

  private mutating func note(_ row: Int, _ quantity: String, _ difference: Double) {
    if firstDifference == nil { firstDifference = (row, quantity) }
    if let largest, largest.difference >= difference { return }
    largest = (difference, quantity)
  }

  /// True when everything is equal.
  var isExact: Bool {
    exactRows == rows && equalContactRows == rows && equalVerdictRows == rows
      && hasEqualLoadPoses && fault == nil
  }

  /// One line for the report.
  func line(_ name: String) -> String {
    if isExact { return "\(name): \(rows) rows bit-exact" }
    var parts = ["\(name): \(exactRows)/\(rows) rows bit-exact"]
    if let first = firstDifference {
      parts.append("first difference in row \(first.row), \(first.quantity)")
    }
    if let largest { parts.append("largest \(largest.difference) in \(largest.quantity)") }
    if equalContactRows < rows { parts.append("contacts equal in \(equalContactRows)/\(rows)") }
    if equalVerdictRows < rows { parts.append("verdicts equal in \(equalVerdictRows)/\(rows)") }
    if !hasEqualLoadPoses { parts.append("load poses differ") }
    if let fault { parts.append("stopped: \(fault)") }
    return parts.joined(separator: "; ")
  }
}

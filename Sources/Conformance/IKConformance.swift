import Assets
import Geometry
import NumPy
import Physics
import Simulation

/// Compares inverse kinematics bit for bit and link frames to 1e-6 with recorded ones.
public struct IKConformance: Sendable {
  /// The folder holding `ik_fk_cases.npz`.
  public var reference: String
  /// The official assets.
  public var root: AssetRoot
  /// Folder for what we computed, nil to write nothing.
  public var dump: String?

  /// Link frames were recorded through float32.
  private static let frameTolerance = 1e-6

  /// A comparison with this recording.
  public init(reference: String, root: AssetRoot, dump: String? = nil) {
    self.reference = reference
    self.root = root
    self.dump = dump
  }

  /// Solves all cases; throws when the reference cannot be read.
  public func run() throws -> ConformanceReport {
    let cases = try IKRecording(folder: reference)
    let models = try SceneModels(try SceneAssets.load(root: root, scene: "D"))
    guard models.robot.links.count == cases.links else {
      throw ConformanceError(
        "\(reference)/\(IKRecording.file): \(cases.links) links, the robot has "
          + "\(models.robot.links.count)")
    }
    var computed = cases
    try solve(&computed, models)
    try placeLinks(&computed, models)
    try write(computed)
    return report(computed, cases)
  }

  private func solve(_ cases: inout IKRecording, _ models: SceneModels) throws {
    let world = try World(gravity: .zero, timeStep: 1)
    let robot = try world.add(models.robot, at: models.worldFromRobotBase)
    let worldFromBase = world.basePose(of: robot)
    let limits = zip(
      models.assets.robot.lowerJointLimits, models.assets.robot.upperJointLimits)
    cases.clipped = []
    for index in 0..<cases.count {
      var positions = cases.start(index)
      models.inverseKinematics.solve(
        worldFromTarget: cases.target(index), worldFromBase: worldFromBase,
        positions: &positions)
      cases.raw.replaceSubrange((9 * index)..<(9 * index + 9), with: positions)
      cases.clipped += zip(positions, limits).map { min(max($0, $1.0), $1.1) }
    }
  }

  /// Forward kinematics of the joint positions: frames of the URDF links.
  private func placeLinks(_ cases: inout IKRecording, _ models: SceneModels) throws {
    let world = try World(gravity: .zero, timeStep: 1)
    let robot = try world.add(models.robot, at: models.worldFromRobotBase)
    let movable = models.robot.links.indices.filter { models.robot.links[$0].kind != .fixed }
    var poses = Array(repeating: Pose.identity, count: cases.links + 1)
    for index in 0..<cases.count {
      for (column, link) in movable.enumerated() {
        world.resetJoint(
          body: robot, link: link, position: cases.jointPositions[9 * index + column])
      }
      world.readColliderPoses(of: robot, into: &poses)
      for link in 0..<cases.links {
        let frame = poses[link + 1] * models.robot.links[link].linkFromCenterOfMass.inverse
        let (p, q) = (frame.position, frame.orientation)
        let row = index * cases.links + link
        cases.linkPositions.replaceSubrange((3 * row)..<(3 * row + 3), with: [p.x, p.y, p.z])
        cases.linkOrientations.replaceSubrange(
          (4 * row)..<(4 * row + 4), with: [q.x, q.y, q.z, q.w])
      }
    }
  }

  private func write(_ cases: IKRecording) throws {
    let (count, links) = (cases.count, cases.links)
    try DumpFolder(dump).write(
      npzBytes([
        ("joint_pos", NPYArray(cases.jointPositions, shape: [count, 9])),
        ("target_pos", NPYArray(cases.targetPositions, shape: [count, 3])),
        ("target_quat", NPYArray(cases.targetOrientations, shape: [count, 4])),
        ("ik_raw", NPYArray(cases.raw, shape: [count, 9])),
        ("ik_clipped", NPYArray(cases.clipped, shape: [count, 7])),
        ("link_pos", NPYArray(cases.linkPositions, shape: [count, links, 3])),
        ("link_quat", NPYArray(cases.linkOrientations, shape: [count, links, 4])),
      ]), as: IKRecording.file)
  }

  private func report(_ computed: IKRecording, _ recorded: IKRecording) -> ConformanceReport {
    let raw = Difference(computed.raw, recorded.raw, perCase: 9)
    let clipped = Difference(computed.clipped, recorded.clipped, perCase: 7)
    let positions = Difference(
      computed.linkPositions, recorded.linkPositions, perCase: 3 * recorded.links)
    let orientations = orientationDifference(computed, recorded)
    return ConformanceReport(
      lines: [
        raw.line("ik_raw"), clipped.line("ik_clipped"),
        "link_pos: largest difference \(positions.largest) (tolerance \(Self.frameTolerance))",
        "link_quat: largest difference \(orientations) (tolerance \(Self.frameTolerance))",
      ],
      totals: [
        ("cases", Double(recorded.count)), ("bit-exact ik_raw", Double(raw.exact)),
        ("bit-exact ik_clipped", Double(clipped.exact)),
        ("largest link_pos difference", positions.largest),
        ("largest link_quat difference", orientations),
      ],
      agrees: raw.exact == recorded.count && clipped.exact == recorded.count
        && positions.largest <= Self.frameTolerance && orientations <= Self.frameTolerance)
  }

  /// Largest difference of a component; q and -q are the same rotation.
  private func orientationDifference(_ computed: IKRecording, _ recorded: IKRecording) -> Double {
    let (a, b) = (computed.linkOrientations, recorded.linkOrientations)
    var largest = 0.0
    for row in 0..<(a.count / 4) {
      let range = (4 * row)..<(4 * row + 4)
      let same = range.reduce(0) { max($0, abs(a[$1] - b[$1])) }
      let opposite = range.reduce(0) { max($0, abs(a[$1] + b[$1])) }
      largest = max(largest, min(same, opposite))
    }
    return largest
  }
}

/// Bit equality case by case, and the largest difference.
private struct Difference {
  var count: Int
  var exact = 0
  var largest = 0.0
  var first: Int?

  init(_ a: [Double], _ b: [Double], perCase width: Int) {
    count = b.count / width
    for index in 0..<count {
      let range = (index * width)..<((index + 1) * width)
      if range.allSatisfy({ a[$0].bitPattern == b[$0].bitPattern }) {
        exact += 1
      } else if first == nil {
        first = index
      }
      for i in range { largest = max(largest, abs(a[i] - b[i])) }
    }
  }

  func line(_ name: String) -> String {
    let head = "\(name): \(exact)/\(count) cases bit-exact"
    guard let first else { return head }
    return "\(head), first difference in case \(first), largest \(largest)"
  }
}

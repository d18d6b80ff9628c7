import Geometry
import NumPy

/// Recorded inverse and forward kinematics, arrays flat.
public struct IKRecording: Sendable {
  /// Cases.
  public var count: Int
  var links: Int
  var jointPositions: [Double]
  var targetPositions: [Double]
  var targetOrientations: [Double]
  var raw: [Double]
  var clipped: [Double]
  var linkPositions: [Double]
  var linkOrientations: [Double]

  static let file = "ik_fk_cases.npz"

  /// Reads `ik_fk_cases.npz` in a folder.
  public init(folder: String) throws {
    let path = "\(folder)/\(Self.file)"
    let archive = try NPZArchive(path: path)
    func read(_ name: String, _ shape: [Int?]) throws -> [Double] {
      try archive.array(name).expectingShape(shape).doubles()
    }
    let joints = try archive.array("joint_pos").expectingShape([nil, 9])
    count = joints.shape[0]
    guard count > 0 else { throw ConformanceError("\(path): holds no cases") }
    jointPositions = try joints.doubles()
    targetPositions = try read("target_pos", [count, 3])
    targetOrientations = try read("target_quat", [count, 4])
    raw = try read("ik_raw", [count, 9])
    clipped = try read("ik_clipped", [count, 7])
    links = try archive.array("link_pos").expectingShape([count, nil, 3]).shape[1]
    linkPositions = try read("link_pos", [count, links, 3])
    linkOrientations = try read("link_quat", [count, links, 4])
  }

  /// The TCP pose to reach in a case.
  public func target(_ index: Int) -> Pose {
    let p = targetPositions[(3 * index)...]
    let q = targetOrientations[(4 * index)...]
    let (i, k) = (p.startIndex, q.startIndex)
    return Pose(
      position: Vector3(p[i], p[i + 1], p[i + 2]),
      orientation: Quaternion(x: q[k], y: q[k + 1], z: q[k + 2], w: q[k + 3]))
  }

  /// The joint positions a case starts from: arm, then fingers.
  public func start(_ index: Int) -> [Double] {
    Array(jointPositions[(9 * index)..<(9 * index + 9)])
  }
}

import Foundation

/// A way of writing a pose (position, then three angles) other than CALVIN's, and its way back.
public struct PoseConvention: Sendable {
  /// The kind of finding it is.
  public let code: AuditFinding.Code
  /// What is written so: `angles` or `positions`.
  let part: String
  /// What the numbers are, in words.
  public let name: String
  /// The size of the fault, where it has one.
  public let amount: Double?
  /// True when numbers only changed places and signs, so that differences of poses do likewise.
  public var isOfAxes = false
  /// The numbers in CALVIN's convention; what follows the first six stays as it is.
  public let putRight: @Sendable ([Double]) -> [Double]

  /// A finding that an array is written so.
  public func finding(of subject: String, at place: String) -> AuditFinding {
    AuditFinding(
      code, of: subject, at: place, "the \(part) of \(subject) are \(name)\(expected)",
      amount: amount)
  }

  private var expected: String {
    switch code {
    case .eulerOrder: ", expected extrinsic xyz"
    case .axes: ", expected x, y, z"
    default: ""
    }
  }

  private static func angles(
    _ code: AuditFinding.Code, _ name: String, amount: Double? = nil, isOfAxes: Bool = false,
    _ change: @escaping @Sendable ([Double]) -> [Double]
  ) -> PoseConvention {
    PoseConvention(code: code, part: "angles", name: name, amount: amount, isOfAxes: isOfAxes) {
      pose in
      pose[..<3] + change(Array(pose[3..<6])) + pose[6...]
    }
  }

  /// Conventions of the angles.
  public static let ofAngles: [PoseConvention] =
    EulerOrder.others.map { order in
      angles(.eulerOrder, order.name) { order.asXYZ($0) }
    }
    + SignedAxes.all.filter { !$0.isPlain && !$0.hasSigns }.map { axes in
      angles(.eulerOrder, "about \(axes.name)", isOfAxes: true) { axes.putRight($0) }
    } + [
      angles(.eulerOrder, "rotation vectors") { vector in
        let angle = (vector.reduce(0) { $0 + $1 * $1 }).squareRoot()
        let part = angle > 1e-12 ? sin(angle / 2) / angle : 0.5
        return EulerOrder.angles(ofQuaternion: vector.map { $0 * part } + [cos(angle / 2)])
      },
      angles(.eulerOrder, "those of the inverse rotation") { stored in
        let q = EulerOrder.quaternion(ofXYZ: stored)
        return EulerOrder.angles(ofQuaternion: [-q[0], -q[1], -q[2], q[3]])
      },
      angles(.eulerOrder, "those of quaternions whose w, x, y, z were taken for x, y, z, w") {
        let q = EulerOrder.quaternion(ofXYZ: $0)
        return EulerOrder.angles(ofQuaternion: [q[1], q[2], q[3], q[0]])
      },
      angles(.eulerOrder, "those of quaternions whose x, y, z, w were taken for w, x, y, z") {
        let q = EulerOrder.quaternion(ofXYZ: $0)
        return EulerOrder.angles(ofQuaternion: [q[3], q[0], q[1], q[2]])
      },
    ]
    + SignedAxes.all.filter { $0.isInOrder && $0.hasSigns }.map { axes in
      angles(.axes, "about \(axes.name)", isOfAxes: true) { axes.putRight($0) }
    }

  /// Conventions of the position.
  public static let ofPositions: [PoseConvention] = SignedAxes.all.filter { !$0.isPlain }
    .map { axes in
      PoseConvention(
        code: .axes, part: "positions", name: "along \(axes.name)", amount: nil, isOfAxes: true
      ) { pose in
        axes.putRight(Array(pose[..<3])) + pose[3...]
      }
    }

  /// Angles that carry a factor.
  public static func scaledAngles(by factor: Double) -> PoseConvention {
    let text = String(format: "%.4g", factor)
    return angles(.rotationScale, "\(text) times too large", amount: factor) {
      $0.map { $0 / factor }
    }
  }
}

/// Three numbers along axes in some order, some of them negated.
private struct SignedAxes: Sendable {
  /// The axis (0 is x) each stored number is along.
  var order: [Int]
  /// 1 or -1 for each stored number.
  var signs: [Double]

  /// All 48.
  static let all: [SignedAxes] = [
    [0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0], [2, 0, 1],
  ].flatMap { order in
    (0..<8).map { bits in
      SignedAxes(order: order, signs: (0..<3).map { bits >> $0 & 1 == 1 ? -1 : 1 })
    }
  }

  var isInOrder: Bool { order == [0, 1, 2] }
  var hasSigns: Bool { signs.contains(-1) }
  var isPlain: Bool { isInOrder && !hasSigns }

  var name: String {
    zip(order, signs).map { ($1 < 0 ? "-" : "") + ["x", "y", "z"][$0] }.joined(separator: ", ")
  }

  func putRight(_ stored: [Double]) -> [Double] {
    var right = [0.0, 0, 0]
    for (place, axis) in order.enumerated() { right[axis] = signs[place] * stored[place] }
    return right
  }
}

import CBullet
import Geometry

/// Joint positions that bring a link to a pose: damped least squares with a null-space pull
/// towards a rest posture, bit for bit what `calculateInverseKinematics` with null-space
/// arguments returns.
///
/// Immutable; shared by all workers.
public final class InverseKinematics: @unchecked Sendable {
  /// What pulls the joints where the target leaves them free, one number per movable joint.
  public struct NullSpace: Sendable, Equatable {
    /// Lower limits.
    public var lower: [Double]
    /// Upper limits.
    public var upper: [Double]
    /// Ranges.
    public var range: [Double]
    /// Rest posture.
    public var rest: [Double]

    /// A null space of these parts.
    public init(lower: [Double], upper: [Double], range: [Double], rest: [Double]) {
      self.lower = lower
      self.upper = upper
      self.range = range
      self.rest = rest
    }
  }

  // Never written after creation; the shim only reads it.
  private let handle: OpaquePointer
  /// Movable joints of the body.
  public let degreesOfFreedom: Int

  /// Kinematics of `model` up to `link`, whose centre of mass must be at its frame's origin.
  ///
  /// The chain may have at most 8 movable joints and the whole body 32; the null space needs one
  /// number per movable joint of the body.
  public convenience init(
    model: BodyModel, link: Int, nullSpace: NullSpace
  ) throws(PhysicsError) {
    try self.init(model: model, link: link, nullSpace: nullSpace, isPlain: false)
  }

  /// The same, on request without any instruction that not every x86-64 processor has.
  init(
    model: BodyModel, link target: Int, nullSpace: NullSpace, isPlain: Bool
  ) throws(PhysicsError) {
    let count = model.links.count { $0.kind != .fixed }
    for (name, values) in [
      ("lower", nullSpace.lower), ("upper", nullSpace.upper), ("range", nullSpace.range),
      ("rest", nullSpace.rest),
    ] where values.count != count {
      throw .invalidModel(
        model.name,
        reason: "\(values.count) null-space numbers in `\(name)` for \(count) movable joints")
    }
    guard model.links.indices.contains(target) else {
      throw .invalidModel(
        model.name, reason: "no link \(target) to solve for; it has \(model.links.count)")
    }
    var columns = 0
    var link = target
    while link >= 0 {
      if model.links[link].kind != .fixed { columns += 1 }
      link = model.links[link].parent
    }
    let (mostColumns, mostDegrees) = (
      Int(CBULLET_CHAIN_MOST_COLUMNS), Int(CBULLET_CHAIN_MOST_DEGREES)
    )
    guard columns <= mostColumns, count <= mostDegrees else {
      throw .invalidModel(
        model.name,
        reason: "\(columns) movable joints above link \(target) and \(count) in all; at most "
          + "\(mostColumns) and \(mostDegrees) can be solved")
    }
    let pulls = (0..<count).map { degree in
      cbullet_null_space(
        lower: nullSpace.lower[degree], upper: nullSpace.upper[degree],
        range: nullSpace.range[degree], rest: nullSpace.rest[degree])
    }
    var created: OpaquePointer?
    let status = cbullet_chain_create(
      model.handle, Int32(target), pulls, Int32(count), isPlain, &created)
    guard status == CBULLET_OK, let created else {
      throw .bulletFailed(operation: "creating a chain of \(model.name)")
    }
    handle = created
    degreesOfFreedom = count
  }

  deinit { cbullet_chain_destroy(handle) }

  /// Improves `positions` (one per movable joint of the body, in link order) until the link is at
  /// `worldFromTarget` or 20 iterations are done; `worldFromBase` is the base's centre-of-mass
  /// frame. Nothing is clipped to joint limits. Allocates nothing.
  public func solve(
    worldFromTarget: Pose, worldFromBase: Pose, positions: inout [Double]
  ) {
    precondition(positions.count == degreesOfFreedom)
    var (target, base) = (cbullet_pose(worldFromTarget), cbullet_pose(worldFromBase))
    cbullet_chain_solve(handle, &target, &base, &positions)
  }
}

import Assets
import Geometry
import Glibc

/// Joint positions that bring a link to a pose: damped least squares with a null-space pull
/// towards a rest posture, bit for bit what `calculateInverseKinematics` with null-space
/// arguments returns.
public struct InverseKinematics: Sendable {
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

  /// Numbers PyBullet uses when the caller gives none.
  private enum Default {
    static let iterations = 20
    static let residual = 1e-4
    static let dampingSquared = 0.6 * 0.6
    static let largestStep = 45.0 * (Double.pi / 180.0)
    static let restGain = 0.001
    static let limitGain = 10.0
  }

  /// One link between base and target link.
  private struct ChainLink: Sendable {
    var kind: URDFJointKind
    /// Link from parent rotation at joint position zero.
    var reference: Matrix3
    /// Parent's to this joint's pivot at joint position zero, parent frame.
    var offset: Vector3
    /// Joint axis in the link's frame.
    var axis: Vector3
    /// Joint axis in the parent's frame.
    var parentAxis: Vector3
    /// Index among the body's movable joints, nil for a fixed joint.
    var degree: Int?
    /// Movable joints of the chain below this one: the column of this joint in the Jacobian.
    var column: Int
    /// False for a fixed joint whose rotation is exactly none.
    var turns: Bool
  }

  private let chain: [ChainLink]
  /// For each Jacobian column its index among the body's movable joints.
  private let columns: [Int]
  /// The body's other movable joints.
  private let freeDegrees: [Int]
  private let nullSpace: NullSpace
  /// Movable joints of the body.
  public let degreesOfFreedom: Int

  /// Kinematics of `model` up to `link`, whose centre of mass must be at its frame's origin.
  ///
  /// The chain may have at most 8 movable joints; the null space needs one number per movable
  /// joint of the whole body.
  public init(
    model: BodyModel, link target: Int, nullSpace: NullSpace
  ) throws(PhysicsError) {
    var degrees: [Int?] = []
    var count = 0
    for link in model.links {
      degrees.append(link.kind == .fixed ? nil : count)
      if link.kind != .fixed { count += 1 }
    }
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
    var path: [Int] = []
    var link = target
    while link >= 0 {
      path.append(link)
      link = model.links[link].parent
    }
    var chain: [ChainLink] = []
    var columns: [Int] = []
    for link in path.reversed() {
      let frame = model.jointFrame(link)
      let rotation = Quaternion(
        x: frame.rotation.0, y: frame.rotation.1, z: frame.rotation.2, w: frame.rotation.3)
      var offset = Vector3(frame.pivot.0, frame.pivot.1, frame.pivot.2)
      let parent = model.links[link].parent
      if parent >= 0 {
        let center = model.jointFrame(parent).center_of_mass
        offset += Vector3(center.0, center.1, center.2)
      }
      let axis = Vector3(frame.axis.0, frame.axis.1, frame.axis.2)
      let reference = Matrix3(rotation)
      chain.append(
        ChainLink(
          kind: model.links[link].kind, reference: reference, offset: offset, axis: axis,
          parentAxis: reference.transpose * axis, degree: degrees[link],
          column: columns.count, turns: degrees[link] != nil || reference != .identity))
      if let degree = degrees[link] { columns.append(degree) }
    }
    guard columns.count <= Lanes.scalarCount else {
      throw .invalidModel(
        model.name,
        reason: "\(columns.count) movable joints above link \(target), at most 8 can be solved")
    }
    self.chain = chain
    self.columns = columns
    freeDegrees = (0..<count).filter { !columns.contains($0) }
    self.nullSpace = nullSpace
    degreesOfFreedom = count
  }

  /// Improves `positions` (one per movable joint of the body, in link order) until the link is at
  /// `worldFromTarget` or 20 iterations are done; `worldFromBase` is the base's centre-of-mass
  /// frame. Nothing is clipped to joint limits. Allocates nothing.
  public func solve(
    worldFromTarget: Pose, worldFromBase: Pose, positions: inout [Double]
  ) {
    precondition(positions.count == degreesOfFreedom)
    let target = Self.inBase(worldFromTarget, worldFromBase)
    var scratch = DampedLeastSquares.Scratch()
    scratch.withNumbers { start in
      let solver = DampedLeastSquares(start, columns: columns.count)
      positions.withUnsafeMutableBufferPointer { positions in
        var distance = 1e30
        var iteration = 0
        while iteration < Default.iterations && distance > Default.residual {
          distance = improve(positions, towards: target, solver)
          iteration += 1
        }
      }
    }
  }

  /// The target in the base's frame, its orientation through a matrix as Bullet passes it.
  private static func inBase(_ worldFromTarget: Pose, _ worldFromBase: Pose) -> Pose {
    let baseFromWorld = Matrix3(worldFromBase.orientation).transpose
    let origin = baseFromWorld * -worldFromBase.position
    let rotation = baseFromWorld * Matrix3(worldFromTarget.orientation)
    return Pose(
      position: baseFromWorld * worldFromTarget.position + origin,
      orientation: Quaternion(rotation))
  }

  /// One iteration; returns the distance to the target before it.
  private func improve(
    _ positions: UnsafeMutableBufferPointer<Double>, towards target: Pose,
    _ solver: DampedLeastSquares
  ) -> Double {
    let pose = forward(positions, solver)
    let translation = target.position - pose.position
    let rotation = Self.rotationVector(
      from: Quaternion(Matrix3(pose.orientation)), to: target.orientation)
    var desired = Lanes.zero
    for (column, degree) in columns.enumerated() {
      desired += Lanes.unit(column) * desiredVelocity(degree, positions[degree])
    }
    let step = solver.solve(
      (translation.x, translation.y, translation.z, rotation.x, rotation.y, rotation.z),
      dampingSquared: Default.dampingSquared, desired: desired)
    apply(step, to: positions)
    return (pose.position - target.position).length
  }

  /// Adds the step, scaled down to the largest allowed change; joints off the chain feel only the
  /// null-space pull.
  private func apply(_ step: Lanes, to positions: UnsafeMutableBufferPointer<Double>) {
    var largest = 0.0
    for column in columns.indices { largest = max(largest, abs(step[column])) }
    for degree in freeDegrees {
      largest = max(largest, abs(desiredVelocity(degree, positions[degree])))
    }
    // A factor of 1 changes no bit.
    let scale = largest > Default.largestStep ? Default.largestStep / largest : 1
    for (column, degree) in columns.enumerated() { positions[degree] += step[column] * scale }
    for degree in freeDegrees {
      positions[degree] += desiredVelocity(degree, positions[degree]) * scale
    }
  }

  private func desiredVelocity(_ degree: Int, _ position: Double) -> Double {
    var velocity = Default.restGain * (nullSpace.rest[degree] - position)
    if position > nullSpace.upper[degree] {
      velocity +=
        Default.limitGain * (nullSpace.upper[degree] - position) / nullSpace.range[degree]
    }
    if position < nullSpace.lower[degree] {
      velocity +=
        Default.limitGain * (nullSpace.lower[degree] - position) / nullSpace.range[degree]
    }
    return velocity
  }

  /// The angle (through float32, as PyBullet stores it) times the axis of the rotation between
  /// two orientations.
  private static func rotationVector(from start: Quaternion, to end: Quaternion) -> Vector3 {
    let delta = end * start.inverse
    var angle = Float(2 * acos(min(max(delta.w, -1), 1)))
    if Double(angle) > Double.pi {
      angle = Float(Double(angle) - 2 * Double.pi)
    } else if Double(angle) < -Double.pi {
      angle = Float(Double(angle) + 2 * Double.pi)
    }
    let sineSquared = 1 - delta.w * delta.w
    var axis = Vector3(1, 0, 0)
    if sineSquared >= 10 * Double.ulpOfOne {
      let scale = 1 / sineSquared.squareRoot()
      axis = Vector3(delta.x * scale, delta.y * scale, delta.z * scale)
    }
    axis *= 1 / axis.length
    return axis * Double(angle)
  }

  /// Forward kinematics and the Jacobian (linear rows, then angular), base frame.
  private func forward(
    _ positions: UnsafeMutableBufferPointer<Double>, _ solver: DampedLeastSquares
  ) -> Pose {
    var bodyFromBase = Matrix3.identity
    var origin = Vector3.zero
    // Most of the chain needs the first half of the columns only.
    var first = JacobianColumns.zero
    var second = JacobianColumns.zero
    for link in chain {
      var rotation = link.reference
      var offset = link.offset
      if let degree = link.degree {
        if link.kind == .prismatic {
          offset += link.parentAxis * positions[degree]
        } else {
          rotation = Self.rotation(about: link.axis, by: positions[degree]) * link.reference
        }
      }
      let reachesSecond = link.column > JacobianColumns.count
      origin += offset
      first.move(by: offset)
      if reachesSecond { second.move(by: offset) }
      if link.turns {
        origin = rotation * origin
        bodyFromBase = rotation * bodyFromBase
        first.turn(rotation)
        if reachesSecond { second.turn(rotation) }
      }
      guard link.degree != nil else { continue }
      let isPrismatic = link.kind == .prismatic
      let linear = isPrismatic ? rotation * link.parentAxis : .zero
      let angular = isPrismatic ? .zero : link.axis
      if link.column < JacobianColumns.count {
        first.set(link.column, linear, angular)
      } else {
        second.set(link.column - JacobianColumns.count, linear, angular)
      }
    }
    let baseFromBody = bodyFromBase.transpose
    first.turn(baseFromBody)
    second.turn(baseFromBody)
    solver.setRow(0, Lanes(lowHalf: first.linear.x, highHalf: second.linear.x))
    solver.setRow(1, Lanes(lowHalf: first.linear.y, highHalf: second.linear.y))
    solver.setRow(2, Lanes(lowHalf: first.linear.z, highHalf: second.linear.z))
    solver.setRow(3, Lanes(lowHalf: first.angular.x, highHalf: second.angular.x))
    solver.setRow(4, Lanes(lowHalf: first.angular.y, highHalf: second.angular.y))
    solver.setRow(5, Lanes(lowHalf: first.angular.z, highHalf: second.angular.z))
    return Pose(position: baseFromBody * origin, orientation: Quaternion(baseFromBody))
  }

  /// The rotation from parent to body for a positive joint angle.
  @inline(__always)
  private static func rotation(about axis: Vector3, by angle: Double) -> Matrix3 {
    let c = cos(angle)
    let s = -sin(angle)
    let m = 1 - c
    let (x, y, z) = (axis.x, axis.y, axis.z)
    return Matrix3(
      Vector3(x * x * m + c, x * y * m - z * s, x * z * m + y * s),
      Vector3(x * y * m + z * s, y * y * m + c, y * z * m - x * s),
      Vector3(x * z * m - y * s, y * z * m + x * s, z * z * m + c))
  }
}

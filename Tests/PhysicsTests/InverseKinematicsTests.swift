import Assets
import Geometry
import Testing

@testable import Physics

@Suite struct InverseKinematicsTests {
  private let nullSpace = InverseKinematics.NullSpace(
    lower: [-7, -7, -7], upper: [7, 7, 7], range: [7, 7, 7], rest: [0, 0.5, 0])

  /// Repeated calls converge to a pose the arm can reach.
  @Test func reachesAReachablePose() throws {
    let model = try BodyModel(Models.arm, isFixed: true, meshes: [:])
    let solver = try InverseKinematics(model: model, link: 2, nullSpace: nullSpace)
    let world = try World(gravity: .zero, timeStep: 1)
    let base = Pose(
      position: Vector3(1, 2, 3), orientation: Quaternion(euler: Vector3(0.1, 0.2, 0.3)))
    let arm = try world.add(model, at: base)
    for (link, position) in [0.4, 0.9, -0.3].enumerated() {
      world.resetJoint(body: arm, link: link, position: position)
    }
    let target = world.staleLinkPose(of: arm, link: 2)
    var positions = [0.0, 0.5, 0.0]
    for _ in 0..<20 {
      solver.solve(worldFromTarget: target, worldFromBase: base, positions: &positions)
    }
    for (link, position) in positions.enumerated() {
      world.resetJoint(body: arm, link: link, position: position)
    }
    let reached = world.staleLinkPose(of: arm, link: 2)
    #expect((reached.position - target.position).length < 2e-3)
  }

  @Test func wrongSizesAreErrors() throws {
    let model = try BodyModel(Models.arm, isFixed: true, meshes: [:])
    var short = nullSpace
    short.rest.removeLast()
    #expect(throws: PhysicsError.self) {
      try InverseKinematics(model: model, link: 2, nullSpace: short)
    }
    #expect(throws: PhysicsError.self) {
      try InverseKinematics(model: model, link: 3, nullSpace: nullSpace)
    }
  }

  /// The decomposition inverts symmetric positive definite matrices, also with zeros on the way.
  @Test(arguments: 0..<4)
  func pseudoInverseInverts(kind: Int) {
    // Pairs, because the decomposition reads two numbers at a time.
    let count = SingularValues.scratchCount + Matrix6.count
    withUnsafeTemporaryAllocation(of: SIMD2<Double>.self, capacity: count / 2) { memory in
      memory.initialize(repeating: .zero)
      guard let base = memory.baseAddress else { return }
      let scratch = UnsafeMutableRawPointer(base).assumingMemoryBound(to: Double.self)
      let svd = SingularValues(scratch)
      let inverse = Matrix6(scratch + SingularValues.scratchCount)
      var matrix = Array(repeating: Array(repeating: 0.0, count: 6), count: 6)
      for row in 0..<6 {
        for column in 0..<6 {
          let distance = Double(abs(row - column))
          matrix[row][column] =
            switch kind {
            case 0: row == column ? 2 : 0
            case 1: row == column ? 3 : 1 / (1 + distance)
            case 2: distance < 2 ? 1 - 0.4 * distance : 0
            default: (row < 3) == (column < 3) ? (row == column ? 2 : 0.5) : 0
            }
        }
        for column in 0..<6 { svd.matrix[row, column] = matrix[row][column] }
      }
      svd.decompose()
      svd.writePseudoInverse(to: inverse)
      for row in 0..<6 {
        for column in 0..<6 {
          var sum = 0.0
          for k in 0..<6 { sum += matrix[row][k] * inverse[column, k] }
          #expect(abs(sum - (row == column ? 1 : 0)) < 1e-12)
        }
      }
    }
  }
}

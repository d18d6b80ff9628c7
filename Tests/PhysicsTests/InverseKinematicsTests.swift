import Assets
import CBullet
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

  /// The rounding does not depend on the instruction set, on either side of the joints' limits.
  @Test func instructionSetsAgree() throws {
    let model = try BodyModel(Models.arm, isFixed: true, meshes: [:])
    let narrow = InverseKinematics.NullSpace(
      lower: [-0.5, -0.5, -0.5], upper: [0.5, 0.5, 0.5], range: [1, 1, 1], rest: [0, 0.5, 0])
    for nullSpace in [nullSpace, narrow] {
      let wide = try InverseKinematics(model: model, link: 2, nullSpace: nullSpace)
      let plain = try InverseKinematics(
        model: model, link: 2, nullSpace: nullSpace, isPlain: true)
      var random = Sequence(state: 1)
      for _ in 0..<200 {
        let target = Pose(
          position: Vector3(random.next(), random.next(), random.next()),
          orientation: Quaternion(euler: Vector3(random.next(), random.next(), random.next())))
        let start = [random.next(), random.next(), random.next()]
        var (one, other) = (start, start)
        wide.solve(worldFromTarget: target, worldFromBase: .identity, positions: &one)
        plain.solve(worldFromTarget: target, worldFromBase: .identity, positions: &other)
        #expect(one == other)
      }
    }
  }

  /// The decomposition inverts regular matrices, also with zeros on the way.
  @Test(arguments: 0..<5)
  func pseudoInverseInverts(kind: Int) throws {
    let matrix = Self.matrix(kind)
    for isPlain in [false, true] {
      let inverse = try #require(Self.pseudoInverses([matrix], isPlain: isPlain).first)
      for row in 0..<6 {
        for column in 0..<6 {
          var sum = 0.0
          for k in 0..<6 { sum += matrix[6 * row + k] * inverse[6 * k + column] }
          #expect(abs(sum - (row == column ? 1 : 0)) < 1e-12)
        }
      }
    }
  }

  /// A matrix that loses rank has a pseudoinverse: A · A⁺ · A = A.
  @Test func pseudoInverseOfASingularMatrix() throws {
    for zero in 0..<6 {
      var matrix = Self.matrix(1)
      for k in 0..<6 { (matrix[6 * zero + k], matrix[6 * k + zero]) = (0, 0) }
      let inverse = try #require(Self.pseudoInverses([matrix], isPlain: false).first)
      let product = Self.product(Self.product(matrix, inverse), matrix)
      for (found, expected) in zip(product, matrix) { #expect(abs(found - expected) < 1e-12) }
    }
  }

  /// Decompositions side by side give the bits each gives alone, with any instructions.
  @Test func lanesAreIndependent() throws {
    var random = Sequence(state: 7)
    for round in 0..<50 {
      var matrices = (0..<4).map { lane -> [Double] in
        if (round + lane) % 7 == 0 { return Self.matrix(lane) }
        let factor = (0..<36).map { _ in random.next() }
        var square = Self.product(factor, Self.transpose(factor))
        if lane % 2 == 0 {
          for k in 0..<6 { square[7 * k] += 0.36 }
        }
        return square
      }
      if round % 5 == 0 { matrices.removeLast() }
      let together = Self.pseudoInverses(matrices, isPlain: false)
      #expect(together == Self.pseudoInverses(matrices, isPlain: true))
      for (matrix, inverse) in zip(matrices, together) {
        #expect(Self.pseudoInverses([matrix], isPlain: false) == [inverse])
      }
    }
  }

  // MARK: Matrices by rows

  private static func pseudoInverses(_ matrices: [[Double]], isPlain: Bool) -> [[Double]] {
    var inverses = Array(repeating: 0.0, count: 36 * matrices.count)
    let status = cbullet_pseudo_invert(
      matrices.flatMap(\.self), Int32(matrices.count), isPlain, &inverses)
    #expect(status == CBULLET_OK)
    return matrices.indices.map { Array(inverses[(36 * $0)..<(36 * ($0 + 1))]) }
  }

  private static func matrix(_ kind: Int) -> [Double] {
    (0..<36).map { index in
      let (row, column) = (index / 6, index % 6)
      let distance = Double(abs(row - column))
      return switch kind {
      case 0: row == column ? 2 : 0
      case 1: row == column ? 3 : 1 / (1 + distance)
      case 2: distance < 2 ? 1 - 0.4 * distance : 0
      case 3: (row < 3) == (column < 3) ? (row == column ? 2 : 0.5) : 0
      default: row + column == 5 ? 1 + Double(row) : 0
      }
    }
  }

  private static func product(_ a: [Double], _ b: [Double]) -> [Double] {
    (0..<36).map { index -> Double in
      let (row, column) = (index / 6, index % 6)
      var sum = 0.0
      for k in 0..<6 { sum += a[6 * row + k] * b[6 * k + column] }
      return sum
    }
  }

  private static func transpose(_ a: [Double]) -> [Double] {
    (0..<36).map { a[6 * ($0 % 6) + $0 / 6] }
  }
}

/// Numbers in -1..<1 that repeat from run to run.
private struct Sequence {
  var state: UInt64

  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(Int64(bitPattern: state) >> 11) / Double(1 << 52)
  }
}

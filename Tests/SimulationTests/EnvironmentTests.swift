import Calvin
import Geometry
import Physics
import Testing

@testable import Simulation

@Suite struct EnvironmentTests {
  private static let stay: [Double] = [0, 0, 0, 0, 0, 0, 1]

  // MARK: Resets

  @Test(arguments: ["A", "B", "C", "D"])
  func randomResetPutsBlocksOnSurfacesApart(scene: String) throws {
    let environment = try Environment(models: Embedded.models(scene))
    let blocks = environment.info.blocks
    #expect(blocks.count == 3)
    for block in blocks {
      let contacts = block.contacts.map(\.body)
      #expect(!contacts.contains { (2...4).contains($0) }, "\(block.name) touches a block")
      #expect((0.4...0.5).contains(block.pose.position.z), "\(block.name) is at \(block.pose)")
    }
    #expect(environment.state.robotObservation.count == 15)
    #expect(environment.state.sceneObservation.count == 24)
    #expect(environment.state.robotObservation[14] == 1)
  }

  @Test func resetReproducesAState() throws {
    let environment = try Environment(models: Embedded.models("D"))
    var target = environment.state
    target.sceneObservation[0] = 0.1
    target.sceneObservation[1] = 0.12
    target.sceneObservation[4] = 1
    target.sceneObservation[6] += 0.02
    try environment.reset(to: target)
    let reached = environment.state.sceneObservation
    for (index, value) in target.sceneObservation.enumerated() {
      #expect(abs(reached[index] - value) < 5e-3, "scene_obs[\(index)]")
    }
    for joint in 7..<14 {
      #expect(
        abs(environment.state.robotObservation[joint] - target.robotObservation[joint]) < 1e-3)
    }
    #expect(environment.info.lights.first { $0.name == "lightbulb" }?.state == 1)
    #expect(environment.info.doors.map(\.position) == Array(reached[..<2]))
  }

  @Test func anotherSeedPlacesBlocksElsewhere() throws {
    let models = try Embedded.models("D")
    let first = try Environment(models: models, seed: 0)
    let second = try Environment(models: models, seed: 1)
    #expect(first.loadPoses != second.loadPoses)
    #expect(first.state != second.state)
  }

  @Test func unusableStatesAreErrors() throws {
    let environment = try Environment(models: Embedded.models("D"))
    let good = environment.state
    var bad = good
    bad.sceneObservation.removeLast()
    #expect(throws: SimulationError.self) { try environment.reset(to: bad) }
    bad = good
    bad.robotObservation[9] = .nan
    #expect(throws: SimulationError.self) { try environment.reset(to: bad) }
    bad = good
    bad.sceneObservation[5] = 0.5
    #expect(throws: SimulationError.self) { try environment.reset(to: bad) }
    // Refused resets leave the world where it was.
    let untouched = try Environment(models: environment.models)
    let action = Action.cartesianRelative([1, 0.5, -1, 0, 0, 0, -1])
    try environment.step(action)
    try untouched.step(action)
    #expect(environment.state == untouched.state)
  }

  // MARK: Actions

  @Test func relativeActionsMoveTheTCP() throws {
    let environment = try Environment(models: Embedded.models("D"))
    let start = environment.state.robotObservation
    for _ in 0..<20 { try environment.step(.cartesianRelative([0, 0, 0.5, 0, 0, 0, 1])) }
    for _ in 0..<20 { try environment.step(.cartesianRelative(Self.stay)) }
    let end = environment.state.robotObservation
    #expect(abs(end[2] - start[2] - 0.2) < 0.02)
    #expect(abs(end[0] - start[0]) < 0.02)
  }

  @Test func singlePrecisionActionsAreScaledInSinglePrecision() throws {
    let models = try Embedded.models("D")
    let action = [0.3, -0.7, 0.9, 0.3, -0.1, 0.7].map { Double(Float($0)) } + [1]
    var targets: [[Double]] = []
    for precision in [Action.Precision.double, .single] {
      let environment = try Environment(models: models)
      for _ in 0..<3 { try environment.step(.cartesianRelative(action, precision: precision)) }
      targets.append(environment.state.robotObservation)
    }
    #expect(targets[0] != targets[1])
    for (double, single) in zip(targets[0], targets[1]) { #expect(abs(double - single) < 1e-6) }
  }

  @Test func halfPrecisionActionsAreScaledInHalfPrecision() throws {
    let numbers: [(Double, Double)] = [
      (0, 0), (0.02, 0x1.47cp-6), (0.1, 0x1.998p-4), (1 + 0x1p-11, 1),
      (1 + 0x3p-11, 1 + 0x1p-9), (-0x1.8p-24, -0x1p-23), (0x1p-25, 0), (65519, 65504),
      (65520, .infinity),
    ]
    for (number, half) in numbers { #expect(PandaArm.roundedToHalf(number) == half) }
    let models = try Embedded.models("D")
    let action = [0.3, -0.7, 0.9, 0.3, -0.1, 0.7].map(PandaArm.roundedToHalf) + [1]
    let ends = try [Action.Precision.double, .half].map { precision in
      let environment = try Environment(models: models)
      for _ in 0..<3 { try environment.step(.cartesianRelative(action, precision: precision)) }
      return environment.state.robotObservation
    }
    #expect(ends[0] != ends[1])
    for (double, half) in zip(ends[0], ends[1]) { #expect(abs(double - half) < 1e-3) }
  }

  @Test func everyActionSpaceReachesItsTarget() throws {
    let environment = try Environment(models: Embedded.models("D"))
    let start = environment.state.robotObservation
    let joints = Array(start[7..<14])
    var raised = Array(start[..<6])
    raised[2] += 0.05
    for _ in 0..<40 { try environment.step(.cartesianAbsolute(raised + [-1])) }
    #expect(abs(environment.state.robotObservation[2] - raised[2]) < 0.01)
    #expect(environment.state.robotObservation[6] < 0.01)

    let q = Quaternion(euler: Vector3(start[3], start[4], start[5]))
    let pose = Array(start[..<3]) + [q.x, q.y, q.z, q.w, 1]
    for _ in 0..<40 { try environment.step(.cartesianAbsolute(pose)) }
    #expect(abs(environment.state.robotObservation[2] - start[2]) < 0.01)
    #expect(environment.state.robotObservation[6] > 0.07)

    for _ in 0..<40 { try environment.step(.jointAbsolute(joints + [1])) }
    #expect(abs(environment.state.robotObservation[7] - joints[0]) < 1e-3)
    try environment.step(.jointRelative([0.05, 0, 0, 0, 0, 0, 0, 1]))
    #expect(environment.state.robotObservation[7] > joints[0] + 1e-3)
  }

  // MARK: Faults

  static let badActions: [Action] = [
    .cartesianRelative([0, .nan, 0, 0, 0, 0, 1]),
    .cartesianRelative([0, 0, 0, 0, .infinity, 0, 1]),
    .cartesianRelative([0, 0, 0, 0, 0, 0]),
    .cartesianRelative([0, 0, 0, 0, 0, 0, 0.5]),
    .cartesianRelative([1e9, 0, 0, 0, 0, 0, 1]),
    .cartesianAbsolute([0, 0, 0, 0, 0, 0, 0, 0, 1]),
    .cartesianAbsolute([0, -1e200, 0, 0, 0, 0, 1]),
    .cartesianAbsolute([0, 0, 0.5, 0, 0, 0, 0, 1]),
    .jointRelative([0, 0, 0, 0, 0, 0, 0]),
    .jointAbsolute([0, 0, 0, 1e9, 0, 0, 0, 1]),
    .jointAbsolute([0, 0, 0, 0, 0, 0, 0, -.infinity]),
  ]

  @Test func refusedActionsNameTheComponentAndChangeNothing() throws {
    let models = try Embedded.models("D")
    let actions = Script.actions(count: 10, seed: 2)
    let expected = try hashes(Environment(models: models), actions)
    let environment = try Environment(models: models)
    try environment.reset(to: nil)
    var hash = StateHash()
    hash.add(environment)
    for (step, action) in actions.enumerated() {
      for bad in Self.badActions {
        #expect(throws: SimulationError.self) { try environment.step(bad) }
      }
      try environment.step(action)
      hash.add(environment)
      #expect(hash == expected[step + 1])
    }
    #expect {
      try environment.step(.cartesianRelative([0, .nan, 0, 0, 0, 0, 1]))
    } throws: { error in
      "\(error)" == "cartesian_rel action: position y is nan, expected a finite number"
        && (error as? SimulationError)?.isPolicyFault == true
    }
  }

  @Test func aFlungBlockIsADivergenceUntilTheNextReset() throws {
    let environment = try Environment(models: Embedded.models("D"))
    let good = environment.state
    var far = good
    far.sceneObservation[6] = 10.5
    #expect(throws: SimulationError.self) { try environment.reset(to: far) }
    #expect {
      try environment.step(.cartesianRelative(Self.stay))
    } throws: { error in
      guard case .diverged(let quantity, let value) = error as? SimulationError else {
        return false
      }
      return quantity.contains(environment.info.blocks[0].name) && value > 10
    }
    try environment.reset(to: good)
    try environment.step(.cartesianRelative(Self.stay))
    #expect(environment.state.sceneObservation[6].isFinite)
  }

  // MARK: Lights

  @Test func switchHoldsTheBulbOn() throws {
    let environment = try Environment(models: Embedded.models("D"))
    var target = environment.state
    target.sceneObservation[3] = 0.088
    try environment.reset(to: target)
    try environment.step(.cartesianRelative(Self.stay))
    #expect(environment.state.sceneObservation[4] == 1)
    let lit = environment.drawing.colors
    #expect(lit.contains { $0.rgba != SIMD4(1, 1, 1, 1) })
    target.sceneObservation[3] = 0
    try environment.reset(to: target)
    try environment.step(.cartesianRelative(Self.stay))
    #expect(environment.state.sceneObservation[4] == 0)
    #expect(environment.drawing.colors.allSatisfy { $0.rgba == SIMD4(1, 1, 1, 1) })
  }

  /// Each press toggles; holding and releasing do not.
  @Test func pressesToggleTheLED() throws {
    let models = try Embedded.models("D")
    var table = try PlayTable(models)
    let button = try #require(table.buttons.first).joint
    let led = try #require(table.lights.firstIndex { $0.name == "led" })
    var readings = models.fixedObjects.map { JointReadings(count: $0.links.count) }
    var states: [Bool] = []
    for position in [0, 0.015, 0.019, 0.002, 0.0, 0.012, 0.018, 0.0, 0.011] {
      readings[button.object].positions[button.link] = position
      table.step(readings)
      states.append(table.lights[led].isOn)
    }
    #expect(states == [false, true, true, true, true, false, false, false, true])
  }

  // MARK: Drawing

  @Test func drawingHoldsEveryLinkOfEveryBody() throws {
    let environment = try Environment(models: Embedded.models("D"))
    let drawing = environment.drawing
    #expect(drawing.worldFromLinks.count == 7)
    #expect(drawing.worldFromLinks.map(\.count) == [17, 1, 1, 1, 1, 8, 1])
    #expect(drawing.worldFromLinks[2][0] == environment.info.blocks[0].pose)
    for camera in environment.models.assets.cameras {
      let view = try environment.view(of: camera)
      let isFinite = view.view.allSatisfy { $0.isFinite }
      #expect(isFinite)
    }
    // The gripper camera is one physics step behind what is drawn.
    try environment.step(.cartesianRelative([1, 0, 0, 0, 0, 0, 1]))
    let camera = environment.worldFromGripperCamera.position
    let drawn = environment.drawing.worldFromLinks[0][15].position
    #expect(camera != drawn)
    #expect((camera - drawn).length < 5e-3)
  }
}

import ArgumentParser
import Assets
import Calvin
import Conformance
import Foundation
import Geometry
import NumPy
import Simulation

/// `calvin-eval bench physics`: control steps, inverse kinematics, resets, memory.
struct PhysicsBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "physics",
    abstract: "Measure control steps, inverse kinematics, resets and memory; nothing is drawn.",
    discussion: """
      A control step is inverse kinematics, motors, 8 physics steps, state and contact read-out.
        calvin-eval bench physics
        calvin-eval bench physics --calvin-env ../shared/calvin_env \
      --episode ../shared/reference/physics/D_100_long
      --against runs the same steps and the same inverse kinematics in PyBullet straight \
      afterwards, compares every joint position bit for bit, and prints how many times as long \
      PyBullet takes; the ratios are of processor time, which other load disturbs least.
        calvin-eval bench physics --calvin-env ../shared/calvin_env --against venv/bin/python
      """)

  @OptionGroup var scene: SceneOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "A recorded episode (path without .json/.npz) to replay instead of random motion.")
  var episode: String?

  @Option(help: "A folder of recorded inverse-kinematics cases to solve instead of random ones.")
  var cases: String?

  @Option(
    help: ArgumentHelp(
      "A Python with pybullet to compare with; needs the scene's files on disk.",
      valueName: "python"))
  var against: String?

  @Option(help: "Control steps of random motion.")
  var steps = 400

  @Option(help: "Resets to measure.")
  var resets = 100

  func validate() throws {
    guard steps > 0, resets > 0 else {
      throw ValidationError("--steps and --resets must be at least 1")
    }
  }

  func run() throws {
    do {
      try measure()
    } catch {
      FileHandle.standardError.write(Data("error: bench physics: \(error)\n".utf8))
      throw ExitCode.badInput
    }
  }

  private func measure() throws {
    let recording = try episode.map { path in
      let url = URL(fileURLWithPath: path)
      return try PhysicsRecording(
        name: url.lastPathComponent, folder: url.deletingLastPathComponent().path)
    }
    let root =
      try scene.calvinEnv.map { try AssetRoot(calvinEnv: $0) } ?? AssetRoot.embedded()
    let assets = try SceneAssets.load(root: root, scene: recording?.scene ?? scene.scene)

    var conversion = Measurement()
    let models = try conversion.measure { try SceneModels(assets) }
    let environment = try Environment(models: models)
    let actions =
      try recording.map { recording in
        try (0..<recording.stepCount).map { try recording.action($0) }
      } ?? Self.randomMotion(steps)

    try environment.reset(to: recording?.resetState)
    // A random reset is repeated from the state it found.
    let start = recording?.resetState ?? environment.state
    let (control, joints) = try measureSteps(environment, actions, from: start)
    let problems = try readProblems() ?? Self.nearbyTargets(environment.state.robotObservation)
    let (kinematics, solutions) = measureKinematics(environment, problems)
    let duringSteps = try measureKinematicsDuringSteps(environment, actions, from: start)
    let (reset, growth) = try measureResets(environment)
    var lines = [
      ("scene", assets.scene.name, ""),
      ("steps", "\(actions.count)", recording?.name ?? "random motion"),
      ("control step", Self.text(control.medianMilliseconds), "ms median"),
      ("control step, processor", Self.text(control.medianProcessorMilliseconds), "ms median"),
      ("control step, slow", Self.text(control.slowMilliseconds), "ms 95th percentile"),
      ("inverse kinematics", Self.text(kinematics.medianMilliseconds), "ms median"),
      (
        "inverse kinematics, processor", Self.text(kinematics.medianProcessorMilliseconds),
        "ms median"
      ),
      (
        "inverse kinematics during steps, processor",
        Self.text(duringSteps.medianProcessorMilliseconds), "ms median"
      ),
      ("reset", Self.text(reset.medianMilliseconds), "ms median"),
      ("convert models", Self.text(conversion.medianMilliseconds), "ms once per scene"),
      ("memory growth", growth.map { Self.text($0) } ?? "unknown", "MiB in \(resets) resets"),
      ("memory", residentMebibytes().map { Self.text($0) } ?? "unknown", "MiB resident"),
    ]
    var differences = 0
    if let against {
      let task = try PyBulletComparison.Task(
        data: "\(root.path)/data", environment, start: start, actions: actions,
        problems: problems.map { target, joints in
          let (p, q) = (target.position, target.orientation)
          return .init(
            position: [p.x, p.y, p.z], orientation: [q.x, q.y, q.z, q.w], joints: joints)
        }, rounds: Self.rounds)
      let other = try PyBulletComparison(python: against).run(task)
      let equalSteps = zip(joints, other.joints).count { $0 == $1 }
      let equalSolutions = zip(solutions, other.solutions).count { $0 == $1 }
      differences = joints.count - equalSteps + solutions.count - equalSolutions
      lines += [
        ("PyBullet step", Self.text(other.step[0]), "ms median"),
        ("PyBullet step, processor", Self.text(other.step[1]), "ms median"),
        ("PyBullet inverse kinematics", Self.text(other.kinematics[0]), "ms median"),
        (
          "PyBullet inverse kinematics, processor", Self.text(other.kinematics[1]), "ms median"
        ),
        (
          "step ratio", Self.text(other.step[1] / control.medianProcessorMilliseconds),
          "times our processor time"
        ),
        (
          "inverse kinematics ratio",
          Self.text(other.kinematics[1] / kinematics.medianProcessorMilliseconds),
          "times our processor time"
        ),
        (
          "PyBullet inverse kinematics during steps, processor",
          Self.text(other.kinematicsDuringSteps[1]), "ms median"
        ),
        (
          "inverse kinematics ratio during steps",
          Self.text(other.kinematicsDuringSteps[1] / duringSteps.medianProcessorMilliseconds),
          "times our processor time"
        ),
        ("equal steps", "\(equalSteps)", "of \(joints.count) bit for bit"),
        ("equal solutions", "\(equalSolutions)", "of \(solutions.count) bit for bit"),
      ]
    }
    print(lines.formatted(asJSON: output.json))
    if differences > 0 { throw ExitCode.mismatch }
  }

  private static let rounds = 3

  /// Durations of all rounds, and the joint positions after each step of the last.
  private func measureSteps(
    _ environment: Environment, _ actions: [Action], from state: EnvironmentState
  ) throws -> (Measurement, [[Double]]) {
    var measurement = Measurement()
    var joints: [[Double]] = []
    let robot = environment.models.assets.robot
    let links = robot.armJointIDs + robot.gripperJointIDs
    for _ in 0..<Self.rounds {
      try environment.reset(to: state)
      joints = []
      for action in actions {
        try measurement.measure { try environment.step(action) }
        joints.append(links.map { environment.robotJoints.positions[$0] })
      }
    }
    return (measurement, joints)
  }

  private func readProblems() throws -> [(Pose, [Double])]? {
    try cases.map { folder in
      let recording = try IKRecording(folder: folder)
      return (0..<recording.count).map { (recording.target($0), recording.start($0)) }
    }
  }

  private func measureKinematics(
    _ environment: Environment, _ problems: [(Pose, [Double])]
  ) -> (Measurement, [[Double]]) {
    let worldFromBase = environment.worldFromRobot
    var measurement = Measurement()
    let solutions = problems.map { target, start in
      var positions = start
      measurement.measure {
        environment.models.inverseKinematics.solve(
          worldFromTarget: target, worldFromBase: worldFromBase, positions: &positions)
      }
      return positions
    }
    return (measurement, solutions)
  }

  /// Inverse kinematics as control steps call it: straight after the last step's physics.
  private func measureKinematicsDuringSteps(
    _ environment: Environment, _ actions: [Action], from state: EnvironmentState
  ) throws -> Measurement {
    let worldFromBase = environment.worldFromRobot
    var measurement = Measurement()
    try environment.reset(to: state)
    for action in actions {
      if let problem = try environment.kinematicsProblem(of: action) {
        var positions = problem.positions
        measurement.measure {
          environment.models.inverseKinematics.solve(
            worldFromTarget: problem.worldFromTarget, worldFromBase: worldFromBase,
            positions: &positions)
        }
      }
      try environment.step(action)
    }
    return measurement
  }

  /// Targets around the pose in `robot_obs`, with the joint positions to start from.
  private static func nearbyTargets(_ observation: [Double]) -> [(Pose, [Double])] {
    var random = RandomState(seed: 0)
    let start = Array(observation[7..<14]) + [observation[6] / 2, observation[6] / 2]
    return (0..<2000).map { _ in
      let step = random.uniform(
        [Double](repeating: -1, count: 6), [Double](repeating: 1, count: 6))
      let target = Pose(
        position: Vector3(
          observation[0] + 0.05 * step[0], observation[1] + 0.05 * step[1],
          observation[2] + 0.05 * step[2]),
        orientation: Quaternion(
          euler: Vector3(
            observation[3] + 0.2 * step[3], observation[4] + 0.2 * step[4],
            observation[5] + 0.2 * step[5])))
      return (target, start)
    }
  }

  private func measureResets(
    _ environment: Environment
  ) throws -> (time: Measurement, growth: Double?) {
    let target = environment.state
    // The allocator settles first.
    for _ in 0..<20 { try environment.reset(to: target) }
    let before = residentMebibytes()
    var measurement = Measurement()
    for _ in 0..<resets { try measurement.measure { try environment.reset(to: target) } }
    let after = residentMebibytes()
    guard let before, let after else { return (measurement, nil) }
    return (measurement, after - before)
  }

  /// Random relative actions that hold a direction for ten steps.
  static func randomMotion(_ count: Int) -> [Action] {
    var random = RandomState(seed: 1)
    var values: [Double] = []
    return (0..<count).map { step in
      if step % 10 == 0 {
        values = random.uniform(
          [Double](repeating: -1, count: 6), [Double](repeating: 1, count: 6))
        values.append(random.uniform(-1, 1) < 0 ? -1 : 1)
      }
      return .cartesianRelative(values)
    }
  }

  private static func text(_ value: Double) -> String { String(format: "%.4f", value) }
}

extension [(String, String, String)] {
  /// One line per figure, or one JSON object.
  func formatted(asJSON: Bool) -> String {
    if asJSON {
      let members = map { name, value, _ in
        let key = name.replacing(", ", with: "_").replacing(" ", with: "_")
        return "\"\(key)\": " + (Double(value) == nil ? "\"\(value)\"" : value)
      }
      return "{" + members.joined(separator: ", ") + "}"
    }
    return map { name, value, unit in
      name.padding(toLength: 40, withPad: " ", startingAt: 0) + " \(value) \(unit)"
    }.joined(separator: "\n")
  }
}

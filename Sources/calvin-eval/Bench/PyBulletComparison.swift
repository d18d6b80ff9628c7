import Assets
import Calvin
import Foundation
import Geometry
import Simulation

/// The same control steps and inverse kinematics in PyBullet, run by a Python that has it.
///
/// Timed are the calls calvin_env makes, as Python makes them: inverse kinematics, motors, 8 steps,
/// and reading states, poses, velocities and contacts; what calvin_env computes around them is not.
struct PyBulletComparison {
  /// What to replay, as the script reads it.
  struct Task: Encodable {
    var data: String
    var robot: RobotPart
    var blocks: [BlockPart]
    var table: TablePart
    var actions: [ActionPart]
    var problems: [Problem]
    var rounds: Int
  }

  struct RobotPart: Encodable {
    var file: String
    var position: [Double]
    var orientation: [Double]
    var initial: [Double]
    var arm: [Int]
    var fingers: [Int]
    var fingerLimits: [Double]
    var lower: [Double]
    var upper: [Double]
    var force: Double
    var fingerForce: Double
    var velocity: Double
    var tcp: Int
    var targetPose: Bool
    var positionStep: Double
    var angleStep: Double
    /// Joints, gripper width last.
    var start: [Double]
  }

  struct BlockPart: Encodable {
    var file: String
    var loadPose: [[Double]]
    /// Position and Euler angles.
    var start: [Double]
  }

  struct TablePart: Encodable {
    var file: String
    var position: [Double]
    var orientation: [Double]
    var scaling: Double
    var doors: [String]
    var buttons: [String]
    var switches: [String]
    /// Positions of doors, buttons, switches.
    var start: [Double]
  }

  struct ActionPart: Encodable {
    var kind: String
    var values: [Double]
  }

  struct Problem: Encodable {
    var position: [Double]
    var orientation: [Double]
    var joints: [Double]
  }

  /// What the script measured and computed.
  struct Outcome: Decodable {
    var version: String
    /// Milliseconds, wall and processor time, medians.
    var step: [Double]
    var kinematics: [Double]
    var kinematicsDuringSteps: [Double]
    /// Per step the arm's and fingers' joint positions.
    var joints: [[Double]]
    /// Per problem the solution.
    var solutions: [[Double]]
  }

  var python: String

  func run(_ task: Task) throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("calvin-eval-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (input, output) = (
      folder.appendingPathComponent("task.json"), folder.appendingPathComponent("outcome.json")
    )
    try JSONEncoder().encode(task).write(to: input)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, "-c", Self.script, input.path, output.path]
    process.standardOutput = FileHandle.standardError
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ComparisonError(
        description: "--against \(python): ended with status \(process.terminationStatus); "
          + "expected a Python that can import pybullet (pip install pybullet)")
    }
    return try JSONDecoder().decode(Outcome.self, from: Data(contentsOf: output))
  }

  struct ComparisonError: Error, CustomStringConvertible {
    var description: String
  }

  private static let script = #"""
    import json, statistics, sys, time
    import pybullet as p

    task = json.load(open(sys.argv[1]))
    robot, table = task["robot"], task["table"]
    data = task["data"] + "/"
    arm, fingers = robot["arm"], robot["fingers"]

    p.connect(p.DIRECT)
    p.resetSimulation()
    p.setPhysicsEngineParameter(deterministicOverlappingPairs=1)
    p.setTimeStep(1 / 240)

    def reset_robot(body, joints, opening):
        for link, position in zip(arm, joints):
            p.resetJointState(body, link, position)
            p.setJointMotorControl2(body, link, p.POSITION_CONTROL, force=robot["force"],
                                    targetPosition=position, maxVelocity=robot["velocity"])
        for link in fingers:
            p.resetJointState(body, link, opening)
            p.setJointMotorControl2(body, link, p.POSITION_CONTROL, force=robot["fingerForce"],
                                    targetPosition=opening, maxVelocity=1)
        position, orientation = p.getLinkState(body, robot["tcp"])[:2]
        return list(position), list(p.getEulerFromQuaternion(orientation))

    def load():
        p.resetSimulation()
        p.setGravity(0, 0, -9.8)
        body = p.loadURDF(data + robot["file"], basePosition=robot["position"],
                          baseOrientation=p.getQuaternionFromEuler(robot["orientation"]),
                          useFixedBase=True)
        shape = p.createVisualShape(p.GEOM_CYLINDER, radius=0.13, length=robot["position"][2])
        p.createMultiBody(baseVisualShapeIndex=shape)
        gear = p.createConstraint(body, fingers[0], body, fingers[1], p.JOINT_GEAR,
                                  [1, 0, 0], [0, 0, 0], [0, 0, 0])
        p.changeConstraint(gear, gearRatio=-1, erp=0.1, maxForce=50)
        reset_robot(body, robot["initial"], robot["fingerLimits"][1])
        blocks = [p.loadURDF(data + block["file"], *block["loadPose"],
                             globalScaling=table["scaling"]) for block in task["blocks"]]
        desk = p.loadURDF(data + table["file"], table["position"],
                          p.getQuaternionFromEuler(table["orientation"]),
                          globalScaling=table["scaling"])
        links = {p.getJointInfo(desk, k)[1].decode(): k for k in range(p.getNumJoints(desk))}
        for name in table["doors"]:
            p.setJointMotorControl2(desk, links[name], p.VELOCITY_CONTROL, force=4)
        for name in table["buttons"]:
            p.setJointMotorControl2(desk, links[name], p.POSITION_CONTROL, targetPosition=0, force=4)
        for name in table["switches"]:
            p.setJointMotorControl2(desk, links[name], p.VELOCITY_CONTROL, force=4)
        p.loadURDF(data + "plane/plane.urdf")
        movable = [links[k] for k in table["doors"] + table["buttons"] + table["switches"]]
        for link, position in zip(movable, table["start"]):
            p.resetJointState(desk, link, position)
        for body_id, block in zip(blocks, task["blocks"]):
            start = block["start"]
            p.resetBasePositionAndOrientation(body_id, start[:3],
                                              p.getQuaternionFromEuler(start[3:]))
        target = reset_robot(body, robot["start"][:7], robot["start"][7] / 2)
        p.stepSimulation()
        return body, blocks, desk, movable, target

    limits = [7] * 9
    rest = robot["initial"] + [robot["fingerLimits"][1]] * 2

    def solve(body, position, orientation):
        return p.calculateInverseKinematics(body, robot["tcp"], position, orientation,
                                            [-7] * 9, limits, limits, rest)

    # What steps call; timed in a round of its own.
    solver = solve

    def act(body, action, target):
        kind, values = action["kind"], action["values"]
        opens = int(values[-1]) == 1
        if kind.startswith("cartesian"):
            if kind == "cartesian_rel":
                steps = [robot["positionStep"]] * 3 + [robot["angleStep"]] * 3
                if not robot["targetPose"]:
                    position, orientation = p.getLinkState(body, robot["tcp"])[:2]
                    target[:] = [list(position), list(p.getEulerFromQuaternion(orientation))]
                target[:] = [[t + v * s for t, v, s in zip(part, values[k:], steps[k:])]
                             for k, part in zip((0, 3), target)]
                position, orientation = target
            else:
                position, orientation = values[:3], values[3:-1]
            if len(orientation) == 3:
                orientation = p.getQuaternionFromEuler(orientation)
            found = solver(body, position, orientation)
            joints = [min(max(v, low), high)
                      for v, low, high in zip(found, robot["lower"], robot["upper"])]
        elif kind == "joint_rel":
            joints = [p.getJointState(body, k)[0] + v for k, v in zip(arm, values)]
        else:
            joints = values[:7]
        for link, position in zip(arm, joints):
            p.setJointMotorControl2(body, link, p.POSITION_CONTROL, force=robot["force"],
                                    targetPosition=position, maxVelocity=robot["velocity"])
        for link in fingers:
            p.setJointMotorControl2(body, link, p.POSITION_CONTROL,
                                    targetPosition=robot["fingerLimits"][1 if opens else 0],
                                    force=robot["fingerForce"] / (100 if opens else 1),
                                    maxVelocity=1)

    def read(body, blocks, desk, movable):
        orientation = p.getLinkState(body, robot["tcp"])[1]
        p.getEulerFromQuaternion(orientation)
        joints = [p.getJointState(body, k)[0] for k in arm + fingers]
        p.getContactPoints(bodyA=body)
        for link in movable:
            p.getJointState(desk, link)
        for block in blocks:
            p.getEulerFromQuaternion(p.getBasePositionAndOrientation(block)[1])
            p.getBaseVelocity(block)
            p.getContactPoints(bodyA=block)
        return joints

    class Clock:
        def __init__(self):
            self.wall, self.processor = [], []

        def time(self, work, *arguments):
            wall, processor = time.perf_counter(), time.thread_time()
            result = work(*arguments)
            self.processor.append(time.thread_time() - processor)
            self.wall.append(time.perf_counter() - wall)
            return result

        def medians(self):
            return [1e3 * statistics.median(k or [0]) for k in (self.wall, self.processor)]

    def control_step(body, blocks, desk, movable, action, target):
        act(body, action, target)
        for _ in range(8):
            p.stepSimulation()
        return read(body, blocks, desk, movable)

    steps, kinematics, during_steps = Clock(), Clock(), Clock()
    for _ in range(task["rounds"]):
        body, blocks, desk, movable, target = load()
        target = list(target)
        joints = [steps.time(control_step, body, blocks, desk, movable, action, target)
                  for action in task["actions"]]
    solver = lambda *arguments: during_steps.time(solve, *arguments)
    body, blocks, desk, movable, target = load()
    target = list(target)
    for action in task["actions"]:
        control_step(body, blocks, desk, movable, action, target)
    solutions = []
    for problem in task["problems"]:
        for link, position in zip(arm + fingers, problem["joints"]):
            p.resetJointState(body, link, position)
        solutions.append(kinematics.time(
            solve, body, problem["position"], problem["orientation"]))
    json.dump({"version": str(p.getAPIVersion()), "step": steps.medians(),
               "kinematics": kinematics.medians(),
               "kinematicsDuringSteps": during_steps.medians(), "joints": joints,
               "solutions": solutions}, open(sys.argv[2], "w"))
    """#
}

extension PyBulletComparison.Task {
  /// The scene as the environment loaded it from the files in `data`, reset to `start`.
  init(
    data: String, _ environment: Environment, start: EnvironmentState, actions: [Action],
    problems: [PyBulletComparison.Problem], rounds: Int
  ) throws {
    let assets = environment.models.assets
    let (scene, robot) = (assets.scene, assets.robot)
    guard scene.fixedObjects.count == 1, let object = scene.fixedObjects.first else {
      throw PyBulletComparison.ComparisonError(
        description: "--against: expected a scene with one fixed object, the table")
    }
    self.data = data
    self.actions = actions.map { .init(kind: $0.kind, values: $0.values) }
    self.problems = problems
    self.rounds = rounds
    self.robot = .init(
      file: robot.file, position: scene.robotBasePosition.numbers,
      orientation: scene.robotBaseOrientation.numbers,
      initial: scene.robotInitialJointPositions, arm: robot.armJointIDs,
      fingers: robot.gripperJointIDs, fingerLimits: robot.gripperJointLimits,
      lower: robot.lowerJointLimits, upper: robot.upperJointLimits, force: robot.maxJointForce,
      fingerForce: robot.gripperForce, velocity: robot.maxVelocity, tcp: robot.tcpLink,
      targetPose: robot.usesTargetPose, positionStep: 0.02 * robot.positionScaling,
      angleStep: 0.05 * robot.orientationScaling,
      start: Array(start.robotObservation[7..<14]) + [start.robotObservation[6]])
    let fixed = start.sceneObservation.count - 6 * scene.movableObjects.count
    blocks = scene.movableObjects.enumerated().map { index, block in
      let pose = environment.loadPoses[index]
      let (q, first) = (pose.orientation, fixed + 6 * index)
      return .init(
        file: block.file, loadPose: [pose.position.numbers, [q.x, q.y, q.z, q.w]],
        start: Array(start.sceneObservation[first..<(first + 6)]))
    }
    let joints = (object.joints + object.buttons + object.switches).count
    table = .init(
      file: object.file, position: object.position.numbers,
      orientation: object.orientation.numbers, scaling: scene.globalScaling,
      doors: object.joints.map(\.joint), buttons: object.buttons.map(\.joint),
      switches: object.switches.map(\.joint), start: Array(start.sceneObservation[..<joints]))
  }
}

extension Action {
  fileprivate var kind: String {
    switch self {
    case .cartesianRelative: "cartesian_rel"
    case .cartesianAbsolute: "cartesian_abs"
    case .jointRelative: "joint_rel"
    case .jointAbsolute: "joint_abs"
    }
  }
}

extension Vector3 {
  fileprivate var numbers: [Double] { [x, y, z] }
}

import Calvin
import Datasets
import Foundation
import Geometry
import NumPy
import Policies
import Results

/// Writes what an attempt at a demonstration does, frame by frame. An observation is recorded before
/// the action that answers it, as in the official datasets.
final class DemonstrationRecorder: CameraSource {
  /// Metres and radians that a relative action of 1 stands for.
  static let translation = 0.02
  static let rotation = 0.05

  private let world: any RolloutWorld
  private let folder: String
  private let encoder: FrameEncoder
  private var frames: [String: Frame] = [:]
  private var state = EnvironmentState(robotObservation: [], sceneObservation: [])
  /// What was recorded of this attempt.
  private(set) var demonstration = Demonstration()

  /// Records the world into numbered files of an existing folder.
  init(world: any RolloutWorld, folder: String, encoder: FrameEncoder) {
    self.world = world
    self.folder = folder
    self.encoder = encoder
  }

  /// Number of the frame to be recorded next.
  var nextFrame: Int { demonstration.sizes.count }

  /// Begins again after a start that was refused, or a failed attempt.
  func restart(afterFailure isFailure: Bool) {
    demonstration.restart()
    if isFailure { demonstration.failures += 1 } else { demonstration.redraws += 1 }
  }

  /// Gives up: nothing but the counts is left.
  func giveUp() { demonstration.restart() }

  /// Looks at the world: both cameras with depth, and the state.
  func observe() throws {
    state = world.state
    let names = ["static", "gripper"]
    do {
      for (name, frame) in zip(names, try world.frames(names, depth: true)) { frames[name] = frame }
    } catch {
      throw InfrastructureFailure("rendering: \(error)")
    }
  }

  /// What `observe()` saw.
  func frame(_ camera: String, depth: Bool) throws -> Frame {
    guard let frame = frames[camera] else {
      throw InfrastructureFailure("the dataset has no camera '\(camera)', only static and gripper")
    }
    return frame
  }

  /// Records what was observed together with the action about to be made.
  func record(_ action: Action) throws {
    let (absolute, relative) = try Self.both(action, at: state.robotObservation)
    let number = nextFrame
    let frame = DatasetFrame(
      number: number, staticCamera: frames["static"], gripperCamera: frames["gripper"],
      action: absolute, relativeAction: relative, state: state)
    let bytes = try encoder.file(of: frame)
    try writeFileAtomically(bytes, to: Self.file(number, in: folder))
    demonstration.sizes.append(bytes.count)
    demonstration.robot.add(state.robotObservation)
    demonstration.scene.add(state.sceneObservation)
    demonstration.actions.add(absolute)
  }

  /// Annotates the frames from `first` to the one to be recorded next.
  func annotate(from first: Int, task: String, instruction: String) {
    demonstration.spans.append(
      .init(first: first, last: nextFrame, task: task, instruction: instruction))
  }

  /// Path of a frame's file.
  static func file(_ number: Int, in folder: String) -> String {
    "\(folder)/\(number.padded(to: 4)).npz"
  }

  /// `actions` and `rel_actions` of an action.
  ///
  /// A relative action is recorded as it was made; the absolute one is the pose it asks for, seen
  /// from the TCP's present one. Upstream's formula leads from either to the other.
  static func both(
    _ action: Action, at robot: [Double]
  ) throws -> (absolute: [Double], relative: [Double]) {
    switch action {
    case .cartesianRelative(let relative, _):
      var absolute = relative
      for axis in 0..<3 {
        absolute[axis] = robot[axis] + translation * relative[axis]
        absolute[3 + axis] = wrapped(robot[3 + axis] + rotation * relative[3 + axis])
      }
      return (absolute, relative)
    case .cartesianAbsolute(let values) where values.count == 7:
      var relative = values
      for axis in 0..<3 {
        let (way, turn) = (
          values[axis] - robot[axis], wrapped(values[3 + axis] - robot[3 + axis])
        )
        relative[axis] = min(max(way / translation, -1), 1)
        relative[3 + axis] = min(max(turn / rotation, -1), 1)
      }
      return (values, relative)
    case .cartesianAbsolute, .jointRelative, .jointAbsolute:
      throw InfrastructureFailure(
        "datasets hold poses of the TCP as 7 numbers; this policy acts otherwise")
    }
  }

  private static func wrapped(_ angle: Double) -> Double { remainder(angle, 2 * .pi) }
}

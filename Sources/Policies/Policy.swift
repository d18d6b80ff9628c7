import Calvin

/// What a policy is given at each control step.
public struct Observation {
  /// `robot_obs` (15) and `scene_obs` (24).
  public var state: EnvironmentState
  /// Privileged scene information (poses, contacts); only scripted policies may look.
  public var info: SceneInfo
  /// Cameras; a frame is rendered only when asked for, and at most once per step and camera.
  public var cameras: any CameraSource
  /// Env steps taken since the subtask began.
  public var step: Int

  /// An observation of these parts.
  public init(
    state: EnvironmentState, info: SceneInfo, cameras: any CameraSource, step: Int
  ) {
    self.state = state
    self.info = info
    self.cameras = cameras
    self.step = step
  }
}

/// Renders the current state on demand.
public protocol CameraSource: AnyObject {
  /// The named camera's picture of the current state.
  func frame(_ camera: String, depth: Bool) throws -> Frame
}

/// The subtask a policy is reset for.
public struct SubtaskContext: Sendable, Equatable {
  /// Task name, e.g. `open_drawer`.
  public var task: String
  /// The instruction in natural language.
  public var instruction: String
  /// Chain index (or episode number in skill runs); seeds of stochastic policies derive from it.
  public var chain: Int
  /// Position in the chain, 0-4.
  public var position: Int

  /// A context of these parts.
  public init(task: String, instruction: String, chain: Int, position: Int) {
    self.task = task
    self.instruction = instruction
    self.chain = chain
    self.position = position
  }
}

/// A robot policy as the rollout loop sees it. One instance serves one worker; what it does must
/// depend only on its configuration, the subtask context and the observations since the reset.
public protocol Policy: AnyObject {
  /// Called before every subtask, as `model.reset()` upstream.
  func reset(for subtask: SubtaskContext) throws
  /// The action for this step. The rollout binarises the gripper as upstream's wrapper does.
  func act(_ observation: Observation) throws -> Action
}

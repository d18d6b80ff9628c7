/// The two vectors that define a CALVIN state, as `reset(robot_obs, scene_obs)` takes them.
public struct EnvironmentState: Sendable, Equatable {
  /// 15: TCP position (m), TCP Euler (rad), gripper opening width (m), 7 arm joints (rad),
  /// gripper action (+1 open, -1 closed).
  public var robotObservation: [Double]
  /// 24: slider, drawer, button, switch (m, m, m, rad), lightbulb, LED (0/1), then per block in
  /// scene-file order position (m) and Euler angles (rad).
  public var sceneObservation: [Double]

  /// A state of these vectors.
  public init(robotObservation: [Double], sceneObservation: [Double]) {
    self.robotObservation = robotObservation
    self.sceneObservation = sceneObservation
  }
}

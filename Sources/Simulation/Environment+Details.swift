import Calvin
import Geometry
import Physics

/// What calvin_env's `get_info()` tells beyond what the oracle reads.
extension Environment {
  /// A button or switch of the scene.
  public struct Control: Sendable, Equatable {
    /// Joint name.
    public var joint: String
    /// Metres or radians.
    public var position: Double
    /// True while it is on.
    public var isOn: Bool
  }

  /// Buttons in the scene file's order.
  public var buttons: [Control] {
    table.buttons.map { control($0.joint, isOn: $0.isOn) }
  }

  /// Switches in the scene file's order.
  public var switches: [Control] {
    table.switches.map { control($0.joint, isOn: $0.isOn) }
  }

  /// Every contact point of the last physics step, in Bullet's order.
  public var contactPoints: [ContactPoint] { world.contactPoints }

  /// The TCP pose an action would lead inverse kinematics to now, and the positions of the robot's
  /// movable joints it would start from; nil for actions that name joints.
  public func kinematicsProblem(
    of action: Action
  ) throws(SimulationError) -> (worldFromTarget: Pose, positions: [Double])? {
    try arm.kinematicsProblem(of: action, jointPositions: robotJoints.positions, in: world)
  }

  private func control(_ joint: PlayTable.Joint, isOn: Bool) -> Control {
    Control(
      joint: joint.name, position: fixedJoints[joint.object].positions[joint.link], isOn: isOn)
  }
}

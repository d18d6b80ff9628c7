import Geometry

/// CALVIN's relative action: seven numbers, translation in units of 0.02 m, Euler rotation in units
/// of 0.05 rad, gripper ±1, arm clipped to ±1. The frame is the world's unless a name says TCP.
/// `robot` is `robot_obs`: TCP position (m) and Euler angles (rad) in the world come first.
public enum RelativeAction {
  /// Relative units per metre: 1 / 0.02.
  public static let perMetre = 50.0
  /// Relative units per radian: 1 / 0.05.
  public static let perRadian = 20.0

  /// From the TCP pose now to an absolute action (position m, Euler rad, gripper): differences,
  /// angles wrapped, scaled, and clipped to ±1.
  public static func from(absolute action: [Double], robot: [Double]) -> [Double] {
    let translation = (position(action) - position(robot)) * perMetre
    let rotation = wrappedAngles(angles(action) - angles(robot)) * perRadian
    return joined(
      translation.clamped(lowerBound: -.one, upperBound: .one),
      rotation.clamped(lowerBound: -.one, upperBound: .one), action)
  }

  /// The absolute action a relative one asks for, from the TCP pose now; angles wrapped.
  public static func absolute(from action: [Double], robot: [Double]) -> [Double] {
    let translation = position(action).clamped(lowerBound: -.one, upperBound: .one)
    let rotation = angles(action).clamped(lowerBound: -.one, upperBound: .one)
    return joined(
      position(robot) + translation / perMetre,
      wrappedAngles(angles(robot) + rotation / perRadian), action)
  }

  /// `tcp_rel` data: a world-frame relative action written in the TCP frame. Rotations pass through
  /// matrices in units of 0.01 rad, and the delta is inverse(new) · old as in RoboVLMs, whose sign
  /// is flipped against the naive one; `worldFromTCP` undoes exactly this.
  public static func tcpFromWorld(_ action: [Double], robot: [Double]) -> [Double] {
    let now = angles(robot)
    let worldFromTCP = Matrix3(intrinsicXYZ: now)
    let target = Matrix3(intrinsicXYZ: now + rotationUnit * angles(action))
    let delta = (target.transpose * worldFromTCP).intrinsicXYZ
    return joined(
      worldFromTCP.transpose * position(action), wrappedAngles(delta) / rotationUnit, action)
  }

  /// The inverse of `tcpFromWorld`.
  public static func worldFromTCP(_ action: [Double], robot: [Double]) -> [Double] {
    let now = angles(robot)
    let worldFromTCP = Matrix3(intrinsicXYZ: now)
    let delta = Matrix3(intrinsicXYZ: rotationUnit * angles(action))
    let target = (worldFromTCP * delta.transpose).intrinsicXYZ
    return joined(
      worldFromTCP * position(action), wrappedAngles(target - now) / rotationUnit, action)
  }

  private static let rotationUnit = 0.01

  /// A displacement in the TCP frame in metres and radians, as a relative action in the world frame
  /// (RoboVLMs' `raw_calvin=False`). Upstream subtracts Euler angles without wrapping;
  /// `wrapsAngles: false` reproduces that.
  public static func fromTCPDisplacement(
    _ action: [Double], robot: [Double], wrapsAngles: Bool
  ) -> [Double] {
    let now = angles(robot)
    let worldFromTCP = Matrix3(extrinsicXYZ: now)
    let target = (worldFromTCP * Matrix3(extrinsicXYZ: angles(action))).extrinsicXYZ
    let change = wrapsAngles ? wrappedAngles(target - now) : target - now
    return joined(worldFromTCP * position(action) * perMetre, change * perRadian, action)
  }

  private static func position(_ numbers: [Double]) -> Vector3 {
    Vector3(numbers[0], numbers[1], numbers[2])
  }

  private static func angles(_ numbers: [Double]) -> Vector3 {
    Vector3(numbers[3], numbers[4], numbers[5])
  }

  /// Six arm numbers and whatever follows them in `action`.
  private static func joined(_ a: Vector3, _ b: Vector3, _ action: [Double]) -> [Double] {
    [a.x, a.y, a.z, b.x, b.y, b.z] + action[6...]
  }
}

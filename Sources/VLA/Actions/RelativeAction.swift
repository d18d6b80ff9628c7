/// CALVIN's relative action: seven numbers, translation in units of 0.02 m, Euler rotation in units
/// of 0.05 rad, gripper ±1, arm clipped to ±1. The frame is the world's unless a name says TCP.
public enum RelativeAction {
  /// Relative units per metre: 1 / 0.02.
  public static let perMetre = 50.0
  /// Relative units per radian: 1 / 0.05.
  public static let perRadian = 20.0

  /// From the TCP pose now (`robot_obs`) to an absolute action (position m, Euler rad, gripper):
  /// differences, angles wrapped, scaled and clipped to ±1.
  public static func from(absolute: [Double], robot: [Double]) -> [Double] {
    let translation = (0..<3).map { (absolute[$0] - robot[$0]) * perMetre }
    let rotation = (3..<6).map { wrappedAngle(absolute[$0] - robot[$0]) * perRadian }
    return (translation + rotation).map { min(1, max(-1, $0)) } + [absolute[6]]
  }

  /// The absolute action a relative one asks for, from the TCP pose now; angles wrapped.
  public static func absolute(from relative: [Double], robot: [Double]) -> [Double] {
    let clipped = relative.prefix(6).map { min(1, max(-1, $0)) }
    return (0..<3).map { robot[$0] + clipped[$0] / perMetre }
      + (3..<6).map { wrappedAngle(robot[$0] + clipped[$0] / perRadian) } + [relative[6]]
  }

  /// `tcp_rel` data: a world-frame relative action written in the TCP frame of `robot`. Rotations
  /// pass through matrices in units of 0.01 rad, and the delta is inverse(new) · old as in
  /// RoboVLMs, whose sign is flipped against the naive one; `worldFromTCP` undoes exactly this.
  public static func tcpFromWorld(_ action: [Double], robot: [Double]) -> [Double] {
    let now = Array(robot[3..<6])
    let worldFromTCP = RotationMatrix(intrinsicXYZ: now)
    let target = RotationMatrix(
      intrinsicXYZ: (0..<3).map { now[$0] + rotationUnit * action[3 + $0] })
    let delta = (target.transposed * worldFromTCP).intrinsicXYZ
    return worldFromTCP.transposed * action[0..<3]
      + delta.map { wrappedAngle($0) / rotationUnit } + Array(action[6...])
  }

  /// The inverse of `tcpFromWorld`.
  public static func worldFromTCP(_ action: [Double], robot: [Double]) -> [Double] {
    let now = Array(robot[3..<6])
    let worldFromTCP = RotationMatrix(intrinsicXYZ: now)
    let delta = RotationMatrix(intrinsicXYZ: (3..<6).map { rotationUnit * action[$0] })
    let target = (worldFromTCP * delta.transposed).intrinsicXYZ
    return worldFromTCP * action[0..<3]
      + (0..<3).map { wrappedAngle(target[$0] - now[$0]) / rotationUnit } + Array(action[6...])
  }

  private static let rotationUnit = 0.01

  /// A displacement in the TCP frame in metres and radians, as a relative action in the world frame
  /// (RoboVLMs' `raw_calvin=False`). Upstream subtracts Euler angles without wrapping;
  /// `wrapsAngles: false` reproduces that.
  public static func fromTCPDisplacement(
    _ action: [Double], robot: [Double], wrapsAngles: Bool
  ) -> [Double] {
    let now = Array(robot[3..<6])
    let worldFromTCP = RotationMatrix(extrinsicXYZ: now)
    let target = (worldFromTCP * RotationMatrix(extrinsicXYZ: Array(action[3..<6]))).extrinsicXYZ
    let translation = (worldFromTCP * action[0..<3]).map { $0 * perMetre }
    let rotation = (0..<3).map { index in
      let change = target[index] - now[index]
      return (wrapsAngles ? wrappedAngle(change) : change) * perRadian
    }
    return translation + rotation + Array(action[6...])
  }
}

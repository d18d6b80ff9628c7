/// A recorded array that shows what a camera saw.
public enum Channel: String, Sendable, CaseIterable {
  /// The static camera's picture.
  case rgbStatic = "rgb_static"
  /// The wrist camera's picture.
  case rgbGripper = "rgb_gripper"
  /// The static camera's depth.
  case depthStatic = "depth_static"
  /// The wrist camera's depth.
  case depthGripper = "depth_gripper"

  /// 0 for the static camera, 1 for the wrist camera.
  var camera: Int { self == .rgbStatic || self == .depthStatic ? 0 : 1 }
  /// True for depth.
  var isDepth: Bool { self == .depthStatic || self == .depthGripper }
}

import Calvin
import NumPy

/// One recorded step: what was observed, and the action taken next.
public struct DatasetFrame: Sendable {
  /// What of a frame is read; everything left out costs nothing.
  public struct Fields: OptionSet, Sendable {
    /// Bits of the set.
    public let rawValue: Int
    /// A set of these bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// `rgb_static`.
    public static let rgbStatic = Fields(rawValue: 1)
    /// `rgb_gripper`.
    public static let rgbGripper = Fields(rawValue: 2)
    /// `depth_static` and `depth_gripper`.
    public static let depth = Fields(rawValue: 4)
    /// `actions` and `rel_actions`.
    public static let actions = Fields(rawValue: 8)
    /// `robot_obs` and `scene_obs`.
    public static let state = Fields(rawValue: 16)
    /// Both pictures.
    public static let pictures: Fields = [.rgbStatic, .rgbGripper]
  }

  /// Frame number.
  public var number: Int
  /// The static camera's picture, with depth when both were asked for.
  public var staticCamera: Frame?
  /// The wrist camera's picture, with depth when both were asked for.
  public var gripperCamera: Frame?
  /// Absolute TCP target and gripper (7): position m, Euler angles rad, ±1.
  public var action: [Double]
  /// Relative action (7) in units of 0.02 m and 0.05 rad, gripper ±1.
  public var relativeAction: [Double]
  /// `robot_obs` (15) and `scene_obs` (24).
  public var state: EnvironmentState

  /// A frame of these parts.
  public init(
    number: Int, staticCamera: Frame?, gripperCamera: Frame?, action: [Double],
    relativeAction: [Double], state: EnvironmentState
  ) {
    self.number = number
    self.staticCamera = staticCamera
    self.gripperCamera = gripperCamera
    self.action = action
    self.relativeAction = relativeAction
    self.state = state
  }

  // A file cannot make a reader unpack a gigabyte for seven numbers.
  private static let vectorLimit = 1 << 16
  private static let pictureLimit = 1 << 28

  /// Reads a frame's file; what is damaged or missing names the file and the array.
  public init(file: String, number: Int, fields: Fields) throws(DatasetError) {
    self = try reading { () throws(NumPyError) in
      try DatasetFrame(archive: try NPZArchive(path: file), number: number, fields: fields)
    }
  }

  init(archive: NPZArchive, number: Int, fields: Fields) throws(NumPyError) {
    func vector(_ name: String, _ count: Int, _ field: Fields) throws(NumPyError) -> [Double] {
      guard fields.contains(field) else { return [] }
      return try archive.array(name, limit: Self.vectorLimit).expectingShape([count]).doubles()
    }
    func picture(_ camera: String, _ field: Fields) throws(NumPyError) -> Frame? {
      guard fields.contains(field) else { return nil }
      let pixels = try archive.array("rgb_\(camera)", limit: Self.pictureLimit)
        .expectingShape([nil, nil, 3])
      let (height, width) = (pixels.shape[0], pixels.shape[1])
      var depth: [Float] = []
      if fields.contains(.depth) {
        depth = try archive.array("depth_\(camera)", limit: Self.pictureLimit)
          .expectingShape([height, width]).floats()
      }
      return Frame(width: width, height: height, rgb: try pixels.elements(), depth: depth)
    }
    self.number = number
    staticCamera = try picture("static", .rgbStatic)
    gripperCamera = try picture("gripper", .rgbGripper)
    action = try vector("actions", 7, .actions)
    relativeAction = try vector("rel_actions", 7, .actions)
    state = EnvironmentState(
      robotObservation: try vector("robot_obs", 15, .state),
      sceneObservation: try vector("scene_obs", 24, .state))
  }
}

extension DatasetSplit {
  /// Reads one frame.
  public func frame(
    _ number: Int, fields: DatasetFrame.Fields
  ) throws(DatasetError) -> DatasetFrame {
    try DatasetFrame(file: file(of: number), number: number, fields: fields)
  }
}

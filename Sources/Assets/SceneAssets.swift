/// Everything a world and its cameras are built from, read once and shared by all workers.
public struct SceneAssets: Sendable {
  /// The scene file.
  public var scene: SceneDescription
  /// The robot file.
  public var robot: RobotDescription
  /// Cameras by the order they are rendered in (static, gripper, then others).
  public var cameras: [CameraDescription]
  /// The robot's URDF.
  public var robotModel: URDFModel
  /// URDFs of `scene.fixedObjects`, same order.
  public var fixedModels: [URDFModel]
  /// URDFs of `scene.movableObjects`, same order.
  public var movableModels: [URDFModel]
  /// The floor's URDF (`plane/plane.urdf`).
  public var planeModel: URDFModel
  /// Contents of every mesh file the models name, by resolved path.
  public var meshes: [String: MeshFile]
  /// Decoded textures (RGB) of the meshes' materials, by resolved path.
  public var textures: [String: Bitmap]
  /// First 12 hex digits of SHA-256 over every file read, with relative names: no absolute path enters.
  public var digest: String

  /// Assets of these parts.
  public init(
    scene: SceneDescription, robot: RobotDescription, cameras: [CameraDescription],
    robotModel: URDFModel, fixedModels: [URDFModel], movableModels: [URDFModel],
    planeModel: URDFModel, meshes: [String: MeshFile], textures: [String: Bitmap],
    digest: String
  ) {
    self.scene = scene
    self.robot = robot
    self.cameras = cameras
    self.robotModel = robotModel
    self.fixedModels = fixedModels
    self.movableModels = movableModels
    self.planeModel = planeModel
    self.meshes = meshes
    self.textures = textures
    self.digest = digest
  }
}

/// A mesh file of either format.
public enum MeshFile: Sendable {
  /// Wavefront OBJ.
  case obj(OBJModel)
  /// Stereolithography.
  case stl(STLModel)
}

/// Where scenes come from: our own `Scenes/` or a user's calvin_env checkout. Both have the layout
/// `conf/{scene,robot,cameras,...}` and `data/...`.
public struct AssetRoot: Sendable, Equatable {
  /// The folder holding `conf` and `data`.
  public var path: String
  /// True for the embedded scenes (their floor and robot are ours).
  public var isEmbedded: Bool

  /// The root at this path.
  public init(path: String, isEmbedded: Bool) {
    self.path = path
    self.isEmbedded = isEmbedded
  }
}

/// What is wrong with an asset file.
public struct AssetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  public var file: String
  /// One-based line, when known.
  public var line: Int?
  /// What was found and what was expected.
  public var message: String

  /// An error about `file`.
  public init(file: String, line: Int? = nil, message: String) {
    self.file = file
    self.line = line
    self.message = message
  }

  /// `FILE:LINE: MESSAGE`.
  public var description: String {
    line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)"
  }
}

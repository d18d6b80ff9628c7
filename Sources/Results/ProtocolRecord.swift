import Digests

/// Everything that decides what a result means, and nothing else: two runs with equal records
/// measured the same thing. Never paths, workers, shards, machine, GL strings or the policy.
public struct ProtocolRecord: Codable, Sendable, Equatable {
  /// Version of the harness's rules; raised when the same record would mean something else.
  public var harness: Int
  /// Scene name, A-D.
  public var scene: String
  /// Digest of every asset file read.
  public var assets: String
  /// Digest of the tasks file.
  public var tasks: String
  /// Digest of the language annotations.
  public var annotations: String
  /// Digest of the sequence list used, with initial states.
  public var sequences: String
  /// Number of chains.
  public var chains: Int
  /// Env steps allowed per subtask.
  public var stepsPerSubtask: Int
  /// Action mode the policy's answers are given in, e.g. `cartesian_rel`.
  public var actionMode: String
  /// Physics steps of 1/240 s per env step.
  public var substeps: Int
  /// Cameras in rendering order.
  public var cameras: [Camera]
  /// Renderer kind: `egl` or `cpu`.
  public var renderer: String
  /// Bits of the depth buffer.
  public var depthBits: Int
  /// True when shadows are drawn.
  public var shadows: Bool
  /// What of the talk with a policy server changes scores (wire protocol, rows executed per answer,
  /// image codec, resets); nil for policies in the process.
  public var remote: [String: String]?

  /// A camera as far as it decides what a policy sees.
  public struct Camera: Codable, Sendable, Equatable {
    /// Name, e.g. `static`.
    public var name: String
    /// Pixels per row.
    public var width: Int
    /// Rows.
    public var height: Int
    /// Vertical field of view in degrees.
    public var fieldOfViewDegrees: Double

    /// A camera with these settings.
    public init(name: String, width: Int, height: Int, fieldOfViewDegrees: Double) {
      self.name = name
      self.width = width
      self.height = height
      self.fieldOfViewDegrees = fieldOfViewDegrees
    }

    enum CodingKeys: String, CodingKey {
      case name, width, height
      case fieldOfViewDegrees = "field_of_view_degrees"
    }
  }

  /// The version of the rules this program implements.
  public static let currentHarness = 1

  /// A record of these parts.
  public init(
    harness: Int = Self.currentHarness, scene: String, assets: String, tasks: String,
    annotations: String, sequences: String, chains: Int, stepsPerSubtask: Int,
    actionMode: String, substeps: Int, cameras: [Camera], renderer: String, depthBits: Int,
    shadows: Bool, remote: [String: String]? = nil
  ) {
    self.harness = harness
    self.scene = scene
    self.assets = assets
    self.tasks = tasks
    self.annotations = annotations
    self.sequences = sequences
    self.chains = chains
    self.stepsPerSubtask = stepsPerSubtask
    self.actionMode = actionMode
    self.substeps = substeps
    self.cameras = cameras
    self.renderer = renderer
    self.depthBits = depthBits
    self.shadows = shadows
    self.remote = remote
  }

  enum CodingKeys: String, CodingKey {
    case harness = "harness_protocol"
    case scene, assets, tasks, annotations, sequences, chains
    case stepsPerSubtask = "steps_per_subtask"
    case actionMode = "action_mode"
    case substeps, cameras, renderer
    case depthBits = "depth_bits"
    case shadows, remote
  }
}

extension ProtocolRecord {
  /// The protocol id: the first 12 hex digits of SHA-256 over the record as canonical JSON.
  public func id() throws -> String {
    String(hexadecimal(sha256(try JSONValue(encoding: self).canonical)).prefix(12))
  }
}

import Foundation

/// Where an openpi server expects each part of an observation; a preset or a JSON file.
///
///     {"name": "mine", "images": [{"key": "observation/image", "camera": "static", "size": 224}],
///      "stateKey": "observation/state", "state": "robot_obs", "promptKey": "prompt",
///      "executionHorizon": 5, "actionMode": "rel"}
public struct OpenPIKeyMap: Sendable, Equatable, Codable {
  /// The numbers sent as the state.
  public enum State: String, Sendable, Codable {
    /// The 15 numbers of CALVIN's `robot_obs`, float64.
    case robotObservation = "robot_obs"
    /// 8 float64 numbers: TCP position, axis-angle, and the two finger positions (half the
    /// opening width, second negated), LIBERO's layout.
    case libero
  }

  /// One image of the observation.
  public struct Image: Sendable, Equatable, Codable {
    /// Key in the message.
    public var key: String
    /// Camera name.
    public var camera: String
    /// Edge in pixels after resizing with padding; nil sends the frame as rendered.
    public var size: Int?

    /// An entry of these parts.
    public init(key: String, camera: String, size: Int? = nil) {
      self.key = key
      self.camera = camera
      self.size = size
    }
  }

  /// Name in protocol records.
  public var name: String
  /// Images, in message order.
  public var images: [Image]
  /// Key of the state, nil to send none.
  public var stateKey: String?
  /// The numbers sent as the state.
  public var state: State
  /// Key of the instruction.
  public var promptKey: String
  /// Rows executed of each answer.
  public var executionHorizon: Int
  /// Meaning of a row.
  public var actionMode: ActionMode

  /// openpi's former CALVIN example: unresized frames, 15 numbers, 5 of 10 rows, relative actions.
  public static let calvin = OpenPIKeyMap(
    name: "calvin",
    images: [
      Image(key: "observation/rgb_static", camera: "static"),
      Image(key: "observation/rgb_gripper", camera: "gripper"),
    ],
    stateKey: "observation/state", state: .robotObservation, promptKey: "prompt",
    executionHorizon: 5, actionMode: .relative)

  /// openpi's LIBERO layout with CALVIN's frames (never rotated).
  public static let libero = OpenPIKeyMap(
    name: "libero",
    images: [
      Image(key: "observation/image", camera: "static", size: 224),
      Image(key: "observation/wrist_image", camera: "gripper", size: 224),
    ],
    stateKey: "observation/state", state: .libero, promptKey: "prompt", executionHorizon: 5,
    actionMode: .relative)

  /// The preset of this name, or the map read from the JSON file of this path.
  public init(presetOrFile text: String) throws {
    switch text {
    case "calvin": self = .calvin
    case "libero": self = .libero
    default:
      guard FileManager.default.fileExists(atPath: text) else {
        throw PolicyClientError.badKeyMap(
          file: text, reason: "no such file; expected calvin, libero or a JSON file")
      }
      let data = try Data(contentsOf: URL(fileURLWithPath: text))
      do {
        self = try JSONDecoder().decode(OpenPIKeyMap.self, from: data)
      } catch {
        throw PolicyClientError.badKeyMap(file: text, reason: "\(error)")
      }
      guard executionHorizon >= 1 else {
        throw PolicyClientError.badKeyMap(
          file: text, reason: "executionHorizon is \(executionHorizon), expected 1 or more")
      }
    }
  }

  /// A map of these parts.
  public init(
    name: String, images: [Image], stateKey: String?, state: State, promptKey: String,
    executionHorizon: Int, actionMode: ActionMode
  ) {
    self.name = name
    self.images = images
    self.stateKey = stateKey
    self.state = state
    self.promptKey = promptKey
    self.executionHorizon = executionHorizon
    self.actionMode = actionMode
  }
}

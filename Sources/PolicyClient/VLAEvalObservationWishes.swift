import Assets
import Calvin

/// What a vla-eval server's `observation_params` ask for: vla-eval's own four, and with
/// `calvin_eval.serve` what calvin_env's observations hold besides.
///
/// | parameter | observation key | content |
/// |---|---|---|
/// | `send_wrist_image` (true) | `images/rgb_gripper` | uint8, enlarged to 200 x 200 |
/// | `send_state` (true) | `states` | float32 `[8]` |
/// | `native_images` | `images/rgb_gripper` | as rendered, not enlarged |
/// | `send_robot_obs` | `robot_obs` | float64 `[15]` |
/// | `send_scene_obs` | `scene_obs` | float64 `[24]` |
/// | `send_depth` | `depth/depth_static`, `depth/depth_gripper` | float32 metres |
///
/// `absolute_action` and `action_mode` (a name of `--action-mode`, which wins) say what actions mean.
struct VLAEvalObservationWishes {
  private let wrist: Bool
  private let state: Bool
  private let robotObservation: Bool
  private let sceneObservation: Bool
  private let depth: Bool
  private let nativeImages: Bool

  /// What actions mean unless the user says otherwise.
  let actionMode: ActionMode
  /// Parameters that are not followed, one line each.
  let remarks: [String]

  /// What is sent beyond vla-eval's own keys, by parameter name.
  var extras: [String] {
    [
      ("robot_obs", robotObservation), ("scene_obs", sceneObservation), ("depth", depth),
      ("native_images", nativeImages),
    ].filter(\.1).map(\.0)
  }

  /// Reads the parameters of a HELLO; nil and null stand for vla-eval's defaults.
  init(_ parameters: MessagePack?) throws(PolicyClientError) {
    func given(_ name: String) -> MessagePack? {
      parameters?[name].flatMap { $0 == .null ? nil : $0 }
    }
    func flag(_ name: String, _ standard: Bool) throws(PolicyClientError) -> Bool {
      switch given(name) {
      case nil: return standard
      case .bool(let value): return value
      case .integer(0): return false
      case .integer(1): return true
      case .some(let value):
        throw .protocolViolation("HELLO's \(name) is \(value), expected true or false")
      }
    }
    switch parameters {
    case nil, .null, .map: break
    case .some(let value):
      throw .protocolViolation("HELLO's observation_params is \(value), expected a map")
    }
    wrist = try flag("send_wrist_image", true)
    state = try flag("send_state", true)
    robotObservation = try flag("send_robot_obs", false)
    sceneObservation = try flag("send_scene_obs", false)
    depth = try flag("send_depth", false)
    nativeImages = try flag("native_images", false)
    let isAbsolute = try flag("absolute_action", false)
    if let value = given("action_mode") {
      guard let mode = value.stringValue.flatMap(ActionMode.init) else {
        let known = ActionMode.allCases.map(\.rawValue).joined(separator: ", ")
        throw .protocolViolation(
          "HELLO asks for action_mode \(value.stringValue ?? "\(value)"), known are \(known)")
      }
      actionMode = mode
    } else {
      actionMode = isAbsolute ? .vlaAbsolute : .vlaDelta
    }
    var lines: [String] = []
    if let length = parameters?["ep_len"]?.integerValue, length != 360 {
      lines.append("ep_len: server asks for \(length) steps per subtask, this protocol has 360")
    }
    if case .map(let pairs)? = parameters {
      for case .string(let name) in pairs.map(\.key) where !Self.known.contains(name) {
        lines.append("observation parameter \(name): unknown here, ignored")
      }
    }
    remarks = lines
  }

  private static let known: Set = [
    "send_wrist_image", "send_state", "absolute_action", "ep_len", "send_robot_obs",
    "send_scene_obs", "send_depth", "native_images", "action_mode",
  ]

  /// The entries of an observation message in vla-eval's order, extras behind them.
  func payload(
    for observation: RemoteObservation, codec: ImageCodec
  ) throws -> [(String, MessagePack)] {
    let fixed = try observation.frame("static", depth)
    var images = [("rgb_static", try packedImage(Bitmap(fixed), codec: codec, keys: .text))]
    var depths = [("depth_static", Self.packed(depthOf: fixed))]
    if wrist {
      let frame = try observation.frame("gripper", depth)
      let image = nativeImages ? Bitmap(frame) : Bitmap(frame).enlargedBilinear(edge: 200)
      images.append(("rgb_gripper", try packedImage(image, codec: codec, keys: .text)))
      depths.append(("depth_gripper", Self.packed(depthOf: frame)))
    }
    var payload: [(String, MessagePack)] = [
      ("images", .object(images)), ("task_description", .string(observation.instruction)),
    ]
    if state {
      let robot = observation.robotObservation
      let numbers = (robot[0..<7] + robot[14..<15]).map { Float($0) }
      payload.append(("states", WireArray(floats: numbers).packed(keys: .text)))
    }
    if robotObservation {
      let numbers = WireArray(doubles: observation.robotObservation)
      payload.append(("robot_obs", numbers.packed(keys: .text)))
    }
    if sceneObservation {
      let numbers = WireArray(doubles: observation.sceneObservation)
      payload.append(("scene_obs", numbers.packed(keys: .text)))
    }
    if depth { payload.append(("depth", .object(depths))) }
    return payload
  }

  private static func packed(depthOf frame: Frame) -> MessagePack {
    var array = WireArray(floats: frame.depth)
    array.shape = [frame.height, frame.width]
    return array.packed(keys: .text)
  }
}

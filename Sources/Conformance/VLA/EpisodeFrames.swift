import Calvin
import NeuralNetworks
import VLA

/// The frames a fixture's episodes are made of.
struct EpisodeFrames {
  let file: TensorComparison.File
  private let statics: StoredTensor
  private let grippers: StoredTensor
  private let robots: [Double]

  init(_ file: TensorComparison.File) throws {
    guard let statics = file.tensors["static_u8"], let grippers = file.tensors["gripper_u8"],
      statics.shape.count == 4, grippers.shape.count == 4
    else { throw ConformanceError("\(file.path): static_u8 or gripper_u8 is missing") }
    self.file = file
    self.statics = statics
    self.grippers = grippers
    robots = try file.numbers("robot_obs")
  }

  func frames(_ index: Int) -> (static: Frame, gripper: Frame) {
    (Self.frame(index, of: statics), Self.frame(index, of: grippers))
  }

  /// `robot_obs` of a frame.
  func robot(_ index: Int) -> [Double] {
    let width = file.shape("robot_obs").last ?? 15
    return Array(robots[(index * width)..<((index + 1) * width)])
  }

  /// Picture `index` of a `[n, height, width, 3]` tensor of bytes.
  static func frame(_ index: Int, of tensor: StoredTensor) -> Frame {
    let (height, width) = (tensor.shape[1], tensor.shape[2])
    let size = height * width * 3
    return Frame(
      width: width, height: height, rgb: Array(tensor.bytes[(index * size)..<((index + 1) * size)]))
  }
}

/// What running a model over frames gave, flattened over steps.
struct EpisodeResult {
  var executed: [Double] = []
  /// Chunks of the newest frame, `[steps, C, 7]`.
  var raw: [Double] = []
  var hidden: [Double] = []
}

extension VLAConformance {
  /// Steps a stream through frames, as the control loop does.
  func episode(
    _ model: VLAModel, _ stream: VLAStream, ids: [Int], _ frames: EpisodeFrames, _ order: [Int]
  ) throws -> EpisodeResult {
    var result = EpisodeResult()
    let decoder = ActionDecoder(model)
    stream.ids = ids
    for index in order {
      let pictures = frames.frames(index)
      let prediction = try model.step([(stream, pictures.static, pictures.gripper)], pass)[0]
      result.executed += decoder.actions(prediction, robot: frames.robot(index))[0]
      result.raw += prediction.chunk.joined().map { Double($0) }
      result.hidden += prediction.hidden.map { Double($0) }
    }
    return result
  }

  /// Compares one episode's three tensors; `suffix` is `_last` for single-change variants, and
  /// `perMetre` what the arm's numbers, and with them their noise, were multiplied by.
  func check(
    _ result: EpisodeResult, _ file: TensorComparison.File, _ prefix: String,
    suffix: String = "", comparesAction: Bool = true, perMetre: Double = 1
  ) {
    if comparesAction {
      comparison.check(
        file, "\(prefix).executed_action", result.executed, .action(arm: 2e-5 * perMetre))
    }
    comparison.check(file, "\(prefix).head_raw\(suffix)", result.raw, .absolute(5e-5))
    comparison.check(
      file, "\(prefix).action_token_hidden\(suffix)", result.hidden, .absolute(5e-5))
  }
}

import Foundation
import NeuralNetworks

/// How a head is built, from RoboVLMs' `act_head`.
public struct HeadConfiguration: Sendable, Equatable {
  /// The decoder classes of RoboVLMs.
  public enum Kind: String, Sendable, CaseIterable {
    /// Recurrent, history of hidden states.
    case lstm = "LSTMDecoder"
    /// No history.
    case fc = "FCDecoder"
    /// Transformer over the window.
    case gpt = "GPTDecoder"
    /// Action tokens of the language model.
    case discrete = "DiscreteDecoder"
  }

  /// Which decoder.
  public var kind: Kind
  /// `hidden_size`
  public var hiddenSize = 1024
  /// `num_layers` of the LSTM.
  public var layers = 4
  /// Numbers of an action, the gripper last.
  public var actionSize = 7
  /// Action tokens per frame.
  public var latent = 1
  /// C, actions per prediction (`fwd_pred_next_n` of the whole config).
  public var chunk: Int
  /// Attention mask of the action token is 0 (`fill_zero`).
  public var fillsZero = false
  /// Edges of the discrete bins.
  public var bins = 256
  /// Least discrete action.
  public var least = -1.0
  /// Greatest discrete action.
  public var greatest = 1.0
}

/// A RoboVLMs training config with the backbone's own config beside it.
public struct VLAConfiguration: Sendable {
  /// The vision-language models we have.
  public enum BackboneKind: String, Sendable, CaseIterable {
    /// KosMos-2.
    case kosmos
    /// PaliGemma.
    case paligemma

    /// Entries of the tokenizer's special-token map, which place a discrete head's action ids: bos,
    /// eos, unk, sep, pad, cls, mask of XLM-R; bos, eos, unk, pad, image of PaliGemma.
    var specialTokenNames: Int {
      switch self {
      case .kosmos: 7
      case .paligemma: 5
      }
    }

    /// The text a tokenizer is given for an instruction, and whether it adds its special tokens.
    public func prompt(for instruction: String) -> (text: String, addsSpecialTokens: Bool) {
      let instruction = instruction.strippedLikePython
      return switch self {
      case .kosmos: ("<grounding>An image of a robot \(instruction)", true)
      // The *eos* token leads and a newline ends; nothing else is added.
      case .paligemma: ("<eos>\(instruction)\n", false)
      }
    }
  }

  /// When frames are fused.
  public enum History: String, Sendable, CaseIterable {
    /// Each frame is a sequence; the head remembers.
    case post
    /// The last frames form one sequence.
    case pre
  }

  /// Whose surprising behaviour is reproduced; `docs/vla.md` lists the differences.
  public enum Compatibility: String, Sendable, CaseIterable {
    /// Nobody's: the documented intent.
    case none
    /// RoboVLMs at the commit the reference was recorded with.
    case robovlms
  }

  /// Where it was read from.
  public var file: String?
  /// Which backbone.
  public var backbone: BackboneKind
  /// The backbone's Hugging Face config; empty means the published sizes.
  public var backboneConfig: ExactJSON
  /// `image_size`, pixels per side; nil takes the backbone's.
  public var imageSize: Int?
  /// `window_size`, frames a head or sequence looks back, the current one included.
  public var window: Int
  /// The action head.
  public var head: HeadConfiguration
  /// `act_head.history_type`
  public var history: History
  /// `use_hand_rgb`
  public var usesGripperCamera: Bool
  /// `norm_action`: outputs are in -1...1 of `normLow...normHigh`.
  public var normalizesActions: Bool
  /// `norm_min`
  public var normLow: Double
  /// `norm_max`
  public var normHigh: Double
  /// `mu_val` when `use_mu_law`.
  public var mu: Double?
  /// `x_mean` and `x_std` when `regular_action`.
  public var regularization: (mean: Double, deviation: Double)?
  /// `tcp_rel`: actions are in the TCP frame.
  public var isTCPRelative: Bool
  /// `train_setup.lora_alpha`, for checkpoints that hold adapters unmerged.
  public var loraAlpha: Float?
  /// The official script's `--raw_calvin`: actions are CALVIN's own relative actions.
  public var isRawCalvin = true
  /// Which actions of a chunk are executed (`chunk_execution`).
  public var chunkExecution = ChunkExecution.first
  /// How weights are kept and multiplied (`weights_precision`).
  public var weightPrecision = WeightPrecision.f32
  /// Whose quirks are reproduced.
  public var compatibility = Compatibility.none

  /// Reads a config, as RoboVLMs wrote it. `backboneConfig` is the Hugging Face config of the VLM.
  public init(_ json: ExactJSON, backboneConfig: ExactJSON, file: String?) throws(VLAError) {
    func missing(_ key: String) -> VLAError {
      VLAError(file, key, "is missing or of the wrong type in the RoboVLMs config")
    }
    self.file = file
    self.backboneConfig = backboneConfig
    let name = json["model"]?.string ?? json["vlm"]?["name"]?.string ?? "missing"
    guard let kind = BackboneKind(rawValue: name) else {
      throw VLAError(file, "model", Self.choices(name, BackboneKind.allCases.map(\.rawValue)))
    }
    backbone = kind
    imageSize = json["image_size"]?.int
    guard let window = json["window_size"]?.int, window > 0 else { throw missing("window_size") }
    guard let chunk = json["fwd_pred_next_n"]?.int, chunk > 0 else {
      throw missing("fwd_pred_next_n")
    }
    self.window = window
    guard let act = json["act_head"] else { throw missing("act_head") }
    head = try Self.head(act, chunk: chunk, file)
    let historyName = act["history_type"]?.string ?? "post"
    guard let history = History(rawValue: historyName) else {
      throw VLAError(
        file, "act_head.history_type",
        Self.choices(historyName, History.allCases.map(\.rawValue)))
    }
    self.history = history
    for (key, value) in [("use_vision_resampler", json["use_vision_resampler"]?.bool)]
    where value == true {
      throw VLAError(file, key, "is not supported, expected false")
    }
    usesGripperCamera = json["use_hand_rgb"]?.bool ?? false
    normalizesActions = json["norm_action"]?.bool ?? false
    normLow = json["norm_min"]?.double ?? -1
    normHigh = json["norm_max"]?.double ?? 1
    guard normLow < normHigh else {
      throw VLAError(file, "norm_min", "is \(normLow), not below norm_max \(normHigh)")
    }
    mu = json["use_mu_law"]?.bool == true ? json["mu_val"]?.double ?? 255 : nil
    regularization =
      json["regular_action"]?.bool == true
      ? (json["x_mean"]?.double ?? 0, json["x_std"]?.double ?? 1) : nil
    isTCPRelative = json["tcp_rel"]?.bool ?? false
    loraAlpha = json["train_setup"]?["lora_alpha"]?.float
    if let name = json["compatibility"]?.string {
      guard let value = Compatibility(rawValue: name) else {
        throw VLAError(
          file, "compatibility", Self.choices(name, Compatibility.allCases.map(\.rawValue)))
      }
      compatibility = value
    }
    if let name = json["weights_precision"]?.string {
      guard let value = WeightPrecision(rawValue: name) else {
        throw VLAError(
          file, "weights_precision", Self.choices(name, WeightPrecision.allCases.map(\.rawValue)))
      }
      weightPrecision = value
    }
    chunkExecution = try ChunkExecution(json, chunk: chunk, file: file)
    if let raw = json["raw_calvin"]?.bool { isRawCalvin = raw }
  }

  private static func head(
    _ json: ExactJSON, chunk: Int, _ file: String?
  ) throws(VLAError) -> HeadConfiguration {
    let name = json["type"]?.string ?? "missing"
    guard let kind = HeadConfiguration.Kind(rawValue: name) else {
      throw VLAError(
        file, "act_head.type", choices(name, HeadConfiguration.Kind.allCases.map(\.rawValue)))
    }
    var head = HeadConfiguration(kind: kind, chunk: chunk)
    head.hiddenSize = json["hidden_size"]?.int ?? head.hiddenSize
    head.layers = json["num_layers"]?.int ?? head.layers
    head.actionSize = json["action_dim"]?.int ?? head.actionSize
    head.latent = json["latent"]?.int ?? head.latent
    head.fillsZero = json["fill_zero"]?.bool ?? head.fillsZero
    head.bins = json["n_bin"]?.int ?? head.bins
    head.least = json["min_action"]?.double ?? head.least
    head.greatest = json["max_action"]?.double ?? head.greatest
    // Pooling the action tokens of a frame to as many as there are leaves them as they are.
    let sampling = json["down_sample"]?.string ?? "none"
    guard ["none", "pooling"].contains(sampling) else {
      throw VLAError(file, "act_head.down_sample", choices(sampling, ["none", "pooling"]))
    }
    let space = json["action_space"]?.string ?? "continuous"
    guard ["continuous", "discrete"].contains(space) else {
      throw VLAError(file, "act_head.action_space", choices(space, ["continuous", "discrete"]))
    }
    guard head.actionSize == 7 else {
      throw VLAError(file, "act_head.action_dim", "is \(head.actionSize), expected 7")
    }
    guard head.hiddenSize > 0, head.layers > 0, head.latent > 0, head.bins > 1,
      head.least < head.greatest
    else {
      throw VLAError(file, "act_head", "has a size that is not positive")
    }
    return head
  }

  private static func choices(_ found: String, _ valid: [String]) -> String {
    "is \(found), expected one of \(valid.joined(separator: ", "))"
  }
}

extension VLAConfiguration {
  /// Reads `config.json` of a model folder, its `parent` files merged below it. The backbone's own
  /// config is `vlm/config.json`, else the file `model_config` names inside the folder, else a
  /// `kosmos_config` / `paligemma_config` key, else the published sizes.
  public init(folder: String) throws(VLAError) {
    try self.init(file: "\(folder)/config.json")
  }

  /// As `init(folder:)`, for a config of any name.
  public init(file path: String) throws(VLAError) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let json = try Self.merged(path, depth: 0)
    let named = json["model_config"]?.string.map { "\(folder)/\($0)" }
    let candidates = ["\(folder)/vlm/config.json", named].compactMap { $0 }
    var backbone = json["kosmos_config"] ?? json["paligemma_config"] ?? .object([])
    if let file = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) {
      backbone = try ExactJSON(path: file)
    }
    try self.init(json["robovlms_config"] ?? json, backboneConfig: backbone, file: path)
  }

  private static func merged(_ path: String, depth: Int) throws(VLAError) -> ExactJSON {
    let json = try ExactJSON(path: path)
    guard let parent = json["parent"]?.string, !parent.isEmpty else { return json }
    guard depth < 8 else { throw VLAError(path, "parent", "is nested more than 8 deep") }
    let base =
      parent.hasPrefix("/")
      ? parent : URL(fileURLWithPath: path).deletingLastPathComponent().path + "/" + parent
    return json.overlaying(try merged(base, depth: depth + 1))
  }
}

extension ExactJSON {
  /// The members of both objects, recursively; this one's win.
  public func overlaying(_ base: ExactJSON) -> ExactJSON {
    guard case .object(let above) = self, case .object(let below) = base else { return self }
    var members = below.map { member in
      (
        member.key,
        above.first { $0.key == member.key }?.value.overlaying(member.value)
          ?? member.value
      )
    }
    members += above.filter { new in !below.contains { $0.key == new.key } }
    return .object(members)
  }
}

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

  /// Which rows of a frame's sequence a head without action tokens is given, pooled to `latent`
  /// rows (`action_space: down_sample`).
  public enum TokenSource: String, Sendable, CaseIterable {
    /// Every row.
    case all
    /// The images' rows.
    case vision
    /// The words' rows, without the first and the last token.
    case text
  }

  /// Which decoder.
  public var kind: Kind
  /// `token_source` when there are no action tokens; nil when there are.
  public var pooledTokens: TokenSource?
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
  /// True when action tokens are put into the sequence.
  package var hasActionTokens: Bool { kind != .discrete && pooledTokens == nil }
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

    /// RoboVLMs' class, `robovlm_name`.
    var className: String {
      switch self {
      case .kosmos: "RoboKosMos"
      case .paligemma: "RoboPaligemma"
      }
    }

    /// The ids of an instruction's prompt, at most 512 of them: words too many are left out.
    public func ids(for instruction: String, _ tokenizer: Tokenizer) -> [Int] {
      let prompt = prompt(for: instruction)
      return tokenizer.encode(
        prompt.text, addsSpecialTokens: prompt.addsSpecialTokens, limit: 512)
    }

    /// The text a tokenizer is given for an instruction, and whether it adds its special tokens.
    func prompt(for instruction: String) -> (text: String, addsSpecialTokens: Bool) {
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
  /// Where that was read from, when it is a file of its own.
  public var backboneFile: String?
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
  /// `use_vision_resampler`: images are compressed once more.
  public var usesVisionResampler: Bool
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
  public var isRawCalvin: Bool
  /// Which actions of a chunk are executed (`chunk_execution`).
  public var chunkExecution: ChunkExecution
  /// How weights are kept and multiplied (`weights_precision`).
  public var weightPrecision: WeightPrecision
  /// Whose quirks are reproduced.
  public var compatibility: Compatibility

  /// Reads a config, as RoboVLMs wrote it. `backboneConfig` is the Hugging Face config of the VLM.
  /// What would change the model and is not supported is refused by name.
  public init(_ json: ExactJSON, backboneConfig: ExactJSON, file: String?) throws(VLAError) {
    let config = ConfigReader(json, file: file)
    self.file = file
    self.backboneConfig = backboneConfig
    backbone = try Self.backbone(config)
    window = try config.required("window_size", try config.int("window_size"))
    imageSize = try config.int("image_size")
    let act = try config.object("act_head")
    head = try HeadConfiguration(
      act, chunk: try config.required("fwd_pred_next_n", try config.int("fwd_pred_next_n")))
    history = try act.choice("history_type") ?? .post
    guard head.kind != .discrete || history == .post else {
      throw act.error("history_type", "is pre, expected post for a DiscreteDecoder")
    }
    compatibility = try config.choice("compatibility") ?? .none
    try Self.refuseUnsupported(config, compatibility)
    usesVisionResampler = try config.bool("use_vision_resampler") ?? false
    usesGripperCamera = try config.bool("use_hand_rgb") ?? false
    normalizesActions = try config.bool("norm_action") ?? false
    normLow = try config.double("norm_min") ?? -1
    normHigh = try config.double("norm_max") ?? 1
    guard normLow < normHigh else {
      throw config.error("norm_min", "is \(normLow), not below norm_max \(normHigh)")
    }
    if try config.bool("use_mu_law") == true {
      let value = try config.double("mu_val") ?? 255
      guard value > 0 else { throw config.error("mu_val", "is \(value), expected more than 0") }
      mu = value
    }
    if try config.bool("regular_action") == true {
      regularization = (try config.double("x_mean") ?? 0, try config.double("x_std") ?? 1)
    }
    isTCPRelative = try config.bool("tcp_rel") ?? false
    loraAlpha = try config.object("train_setup").float("lora_alpha")
    weightPrecision = try config.choice("weights_precision") ?? .f32
    chunkExecution = try ChunkExecution(config, chunk: head.chunk)
    isRawCalvin = try config.bool("raw_calvin") ?? true
  }

  private static func backbone(_ config: ConfigReader) throws(VLAError) -> BackboneKind {
    let vlm = try config.object("vlm")
    let kind: BackboneKind =
      if let named: BackboneKind = try config.choice("model") {
        named
      } else {
        try config.required("model", try vlm.choice("name"))
      }
    if let name = try config.string("robovlm_name"), name != kind.className {
      throw config.error("robovlm_name", "is \(name), expected \(kind.className) for \(kind)")
    }
    return kind
  }

  private static func refuseUnsupported(
    _ config: ConfigReader, _ compatibility: Compatibility
  ) throws(VLAError) {
    guard !config.has("fwd_head") else {
      throw config.error("fwd_head", "is given, expected null: RoboVLMs has no such head")
    }
    guard try config.object("train_setup").bool("predict_action") != false else {
      throw config.error("train_setup.predict_action", "is false, expected true")
    }
    // Upstream reads another key, so that no model it trained has ever seen a state.
    for key in ["use_state", "use_state, False"]
    where try config.bool(key) == true && compatibility == .none {
      throw config.error(key, "is true, expected false: RoboVLMs never gives the model a state")
    }
  }
}

extension HeadConfiguration {
  /// Where a head's input comes from, as configs name it.
  private enum ActionSpace: String, CaseIterable {
    case continuous, discrete
    case downSample = "down_sample"
  }

  /// How a head brings a frame's rows to `latent` rows.
  private enum DownSample: String, CaseIterable { case none, pooling }

  /// Reads `act_head`.
  fileprivate init(_ config: ConfigReader, chunk: Int) throws(VLAError) {
    kind = try config.required("type", try config.choice("type"))
    self.chunk = chunk
    hiddenSize = try config.int("hidden_size", 1...(1 << 16)) ?? hiddenSize
    layers = try config.int("num_layers", 1...256) ?? layers
    actionSize = try config.int("action_dim", 7...7) ?? actionSize
    latent = try config.int("latent", 1...1024) ?? latent
    fillsZero = try config.bool("fill_zero") ?? fillsZero
    bins = try config.int("n_bin", 2...(1 << 20)) ?? bins
    least = try config.double("min_action") ?? least
    greatest = try config.double("max_action") ?? greatest
    guard least < greatest else {
      throw config.error("min_action", "is \(least), not below max_action \(greatest)")
    }
    let space: ActionSpace =
      try config.choice("action_space") ?? (kind == .discrete ? .discrete : .continuous)
    guard (space == .discrete) == (kind == .discrete) else {
      throw config.error("action_space", "is \(space.rawValue), not what \(kind.rawValue) takes")
    }
    // Pooling the action tokens of a frame to as many as there are leaves them as they are.
    let sampling: DownSample = try config.choice("down_sample") ?? .none
    if space == .downSample {
      guard sampling == .pooling else {
        throw config.error("down_sample", "is none, expected pooling for action_space down_sample")
      }
      pooledTokens = try config.choice("token_source") ?? .all
    }
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
    let file = candidates.first { FileManager.default.fileExists(atPath: $0) }
    if let file { backbone = try ExactJSON(path: file) }
    try self.init(json["robovlms_config"] ?? json, backboneConfig: backbone, file: path)
    backboneFile = file
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

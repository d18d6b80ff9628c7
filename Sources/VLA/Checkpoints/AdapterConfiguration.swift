import Foundation

/// A PEFT `adapter_config.json`. Keys that would change the adapter and are not followed are refused
/// by name, and so are unknown ones unless they say nothing (null, false, empty).
struct AdapterConfiguration {
  private let file: String
  private let alpha: Float
  private let rank: Int?
  private let isRankStabilized: Bool
  private var patterns: [Pattern] = []

  /// Layers whose adapters have a rank or an alpha of their own.
  private struct Pattern {
    var layers: NSRegularExpression
    var rank: Int?
    var alpha: Float?
  }

  private enum Kind: String, CaseIterable { case lora = "LORA" }
  private enum Bias: String, CaseIterable {
    case none, all
    case loraOnly = "lora_only"
  }

  /// Keys that say where the adapter came from, how it was trained, or what its tensors show.
  private static let harmless: Set<String> = [
    "auto_mapping", "base_model_name_or_path", "corda_config", "ensure_weight_tying", "eva_config",
    "exclude_modules", "inference_mode", "layers_pattern", "layers_to_transform", "loftq_config",
    "lora_dropout", "megatron_core", "peft_version", "qalora_group_size", "revision",
    "runtime_config", "target_modules", "task_type",
  ]
  private static let followed: Set<String> = [
    "peft_type", "r", "lora_alpha", "use_rslora", "use_dora", "rank_pattern", "alpha_pattern",
    "bias", "modules_to_save", "init_lora_weights",
  ]

  init(path: String) throws(VLAError) {
    file = path
    let json = try ExactJSON(path: path)
    guard let members = json.members else { throw VLAError(path, nil, "is no JSON object") }
    let config = ConfigReader(json, file: path)
    _ = try config.choice("peft_type", of: Kind.self)
    for (key, value) in members
    where !Self.harmless.contains(key) && !Self.followed.contains(key) && !value.saysNothing {
      throw config.error(key, "is not supported, expected it to be absent")
    }
    // Some initialisations also change the weights the adapter is added to.
    if case .string(let name)? = json["init_lora_weights"], name != "gaussian" {
      throw config.error("init_lora_weights", "is \(name), expected true, false or gaussian")
    }
    alpha = try config.required("lora_alpha", try config.float("lora_alpha"))
    rank = try config.int("r")
    isRankStabilized = try config.bool("use_rslora") ?? false
    _ = try config.bool("use_dora")
    _ = try config.choice("bias", of: Bias.self)
    try readPatterns(config, json)
  }

  /// A key is a regular expression for the end of a layer's name; of several that match the first
  /// counts, ranks before alphas, as in PEFT.
  private mutating func readPatterns(
    _ config: ConfigReader, _ json: ExactJSON
  ) throws(VLAError) {
    let ranks = try config.object("rank_pattern"), alphas = try config.object("alpha_pattern")
    let keys = ["rank_pattern", "alpha_pattern"].flatMap { json[$0]?.members?.map(\.key) ?? [] }
    for key in keys {
      guard let layers = try? NSRegularExpression(pattern: #"^(.*\.)?(\#(key))$"#) else {
        throw config.error(key, "is no regular expression we understand")
      }
      patterns.append(
        Pattern(layers: layers, rank: try ranks.int(key), alpha: try alphas.float(key)))
    }
  }

  /// What an adapter of this rank on a layer is multiplied with.
  func scale(of layer: String, rank: Int) throws(VLAError) -> Float {
    let prefix = "model.backbone."
    let text = layer.hasPrefix(prefix) ? String(layer.dropFirst(prefix.count)) : layer
    let pattern = patterns.first {
      $0.layers.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count)) != nil
    }
    if let expected = pattern?.rank ?? self.rank, expected != rank {
      throw VLAError(file, layer, "has an adapter of rank \(rank), expected \(expected)")
    }
    let divisor = isRankStabilized ? Float(rank).squareRoot() : Float(rank)
    return (pattern?.alpha ?? alpha) / divisor
  }
}

extension ExactJSON {
  /// Null, false, and empty texts, lists and objects.
  fileprivate var saysNothing: Bool {
    switch self {
    case .null, .bool(false): true
    case .string(let text): text.isEmpty
    case .array(let elements): elements.isEmpty
    case .object(let members): members.isEmpty
    default: false
    }
  }
}

import Foundation
import NeuralNetworks
import VLA

/// `conformance vla`: runs our models on the fixtures' inputs and compares every stage. Fixtures are
/// recognised by what their `config.json` holds, and every size is read from there. Runs under
/// `compatibility: robovlms`, which the fixtures were recorded with.
public struct VLAConformance {
  let comparison: TensorComparison
  let pass: ForwardPass
  let root: String

  /// Compares everything below `reference`; what was computed goes to `dump` when given.
  public static func run(
    reference: String, dump: String? = nil, threads: Int
  ) throws -> ConformanceReport {
    let run = VLAConformance(
      comparison: TensorComparison(root: reference), pass: ForwardPass(threads: threads),
      root: reference)
    for folder in try run.folders() { try run.compare(folder) }
    return try run.comparison.finish(dump: dump)
  }

  private func folders() throws -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: root) else {
      throw ConformanceError("\(root): cannot be listed; expected the folder of VLA fixtures")
    }
    let folders = names.sorted().filter { has("\($0)/config.json") }
    guard !folders.isEmpty else {
      throw ConformanceError("\(root): no folder with a config.json; expected VLA fixtures")
    }
    return folders
  }

  private func compare(_ folder: String) throws {
    let config = try ExactJSON(path: "\(root)/\(folder)/config.json")
    if config["kosmos_config"] != nil {
      try compareKosmos(folder, config)
    } else if config["paligemma_config"] != nil {
      try comparePaliGemma(folder, config)
    } else if config["lora"] != nil {
      try compareLoRA(folder, config)
    } else if let kind = config["act_head"]?["type"]?.string {
      if kind == HeadConfiguration.Kind.discrete.rawValue {
        try compareDiscrete(folder, config)
      } else {
        try compareHead(folder, config)
      }
    } else if has("\(folder)/preprocess.safetensors") {
      try comparePreprocessing(folder, config)
    } else if has("\(folder)/actions.safetensors") {
      try compareActions(folder, config)
    } else if has("\(folder)/windows.safetensors") {
      try compareWindows(folder, config)
    } else {
      comparison.skip(folder, "no comparison for a fixture of this kind")
    }
  }

  func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(root)/\(path)") }
}

extension VLAConformance {
  /// A KosMos fixture other fixtures build on: its config, weights and recorded frames.
  struct Base {
    var config: ExactJSON
    var weights: [String: StoredTensor]
    var folder: String
    var tokenizer: Tokenizer?
  }

  /// The fixture whose weights `base_weights` names (`../kosmos_tiny/weights.safetensors`).
  func base(of config: ExactJSON, in folder: String) throws -> Base {
    guard
      let path = config["base_weights"]?.string ?? config["base_weights_for_heads"]?.string
    else { throw ConformanceError("\(folder)/config.json: base_weights is missing") }
    let parts = path.split(separator: " ")[0].split(separator: "/")
    guard parts.count == 3, parts[0] == ".." else {
      throw ConformanceError("\(folder)/config.json: base_weights is \(path), not ../NAME/FILE")
    }
    return try base(folder: String(parts[1]), weights: String(parts[2]))
  }

  func base(folder: String, weights: String = "weights.safetensors") throws -> Base {
    let tokenizer = "\(root)/\(folder)/tokenizer"
    return Base(
      config: try ExactJSON(path: "\(root)/\(folder)/config.json"),
      weights: try SafeTensors(path: "\(root)/\(folder)/\(weights)").tensors, folder: folder,
      tokenizer: FileManager.default.fileExists(atPath: tokenizer)
        ? try Tokenizer.load(folder: tokenizer) : nil)
  }

  /// A model from a RoboVLMs config with some keys replaced.
  func model(
    _ config: ExactJSON, backbone: ExactJSON, changes: [(key: String, value: ExactJSON)] = [],
    checkpoint: Checkpoint, rawCalvin: Bool = true, mergesAdapters: Bool = true,
    discreteVocabulary: (size: Int, specialTokens: Int)? = nil
  ) throws -> VLAModel {
    var configuration = try VLAConfiguration(
      config.replacing(changes), backboneConfig: backbone, file: nil)
    configuration.compatibility = .robovlms
    configuration.isRawCalvin = rawCalvin
    return try VLAModel(
      configuration, checkpoint, mergesAdapters: mergesAdapters,
      discreteVocabulary: discreteVocabulary)
  }

  /// Base tensors, replaced and completed by an overlay, without those of another head.
  func checkpoint(
    _ base: [String: StoredTensor], overlay: [String: StoredTensor] = [:], without: [String] = []
  ) -> Checkpoint {
    var tensors = base.merging(overlay) { $1 }
    for key in without { tensors[key] = nil }
    return Checkpoint(source: root, stored: tensors)
  }

  /// The overlay file of a fixture.
  func overlay(_ folder: String) throws -> [String: StoredTensor] {
    try SafeTensors(path: "\(root)/\(folder)/weights_overlay.safetensors").tensors
  }
}

extension ExactJSON {
  /// The same object with some members replaced, whole.
  func replacing(_ changes: [(key: String, value: ExactJSON)]) -> ExactJSON {
    guard case .object(let members) = self else { return self }
    let kept = members.filter { member in !changes.contains { $0.key == member.key } }
    return .object(kept + changes)
  }

  /// A list of integers.
  var integers: [Int] { (array ?? []).compactMap(\.int) }
}

import Foundation
import NeuralNetworks

/// The named tensors of a model, from one or more files, under RoboVLMs' canonical names
/// (`model.backbone...`, `model.act_head...`, `model.action_token`).
public struct Checkpoint: Sendable {
  /// A LoRA adapter as stored: the two factors and their scale.
  public struct StoredAdapter: Sendable {
    /// `[r, in]`
    public var a: StoredTensor
    /// `[out, r]`
    public var b: StoredTensor
    /// `[out]`, the lengths a DoRA gives the rows of the corrected weight.
    public var magnitude: StoredTensor?
    /// α / r
    public var scale: Float
  }

  /// The folder or file, for messages.
  public var source: String
  /// Tensors by canonical name.
  public var tensors: [String: StoredTensor]
  /// Adapters by the canonical name of the layer they correct (without `.weight`).
  public var adapters: [String: StoredAdapter] = [:]

  /// A checkpoint of tensors under names as stored; each is brought to its canonical form.
  public init(source: String, stored: [String: StoredTensor]) {
    self.source = source
    tensors = [:]
    add(stored)
  }

  /// Adds tensors, replacing those of the same canonical name.
  public mutating func add(_ stored: [String: StoredTensor]) {
    // PEFT registers the backbone twice; the copies under `model.model.` count only when alone.
    let names = stored.keys.sorted {
      (Self.isDuplicate($0) ? 0 : 1) < (Self.isDuplicate($1) ? 0 : 1)
    }
    for key in names {
      guard let tensor = stored[key] else { continue }
      tensors[Self.canonicalName(key)] = tensor
    }
  }

  /// RoboVLMs' canonical form of a stored name: wrappers' prefixes (`_forward_module.`, `module.`,
  /// PEFT's `base_model.model.`, `base_layer.`) are removed and `model.` is put in front.
  public static func canonicalName(_ key: String) -> String {
    var name = key
    if name.hasPrefix("_forward_module.") { name.removeFirst("_forward_module.".count) }
    if name.hasPrefix("module.") { name = name.replacing("module.", with: "") }
    for wrapper in [
      "model.model.base_model.model.", "model.base_model.model.", "base_model.model.",
    ]
    where name.hasPrefix(wrapper) {
      let rest = name.dropFirst(wrapper.count)
      let isInside = rest.hasPrefix("model.") || rest.hasPrefix("backbone.")
      name = (isInside ? "" : "model.backbone.") + rest
    }
    name = name.replacing(".base_layer.", with: ".")
    return name.hasPrefix("model.") ? name : "model." + name
  }

  private static func isDuplicate(_ key: String) -> Bool { key.contains("model.base_model.model.") }

  /// Moves every `X.lora_A[.default].weight` / `X.lora_B[.default].weight` pair out of the tensors
  /// into `adapters`, with scale `alpha` / r.
  public mutating func separateAdapters(alpha: Float?) throws(VLAError) {
    let source = source
    try separateAdapters { (layer: String, rank: Int) throws(VLAError) -> Float in
      guard let alpha else {
        throw VLAError(source, layer, "has an adapter, but lora_alpha is given nowhere")
      }
      return alpha / Float(rank)
    }
  }

  private mutating func separateAdapters(
    scale: (_ layer: String, _ rank: Int) throws(VLAError) -> Float
  ) throws(VLAError) {
    var factors: [String: [String: StoredTensor]] = [:]
    for (name, tensor) in tensors {
      guard let mark = name.range(of: ".lora_") else { continue }
      let part = String(name[mark.upperBound...]).replacing(".default", with: "")
        .replacing(".weight", with: "")
      guard ["A", "B", "magnitude_vector"].contains(part) else {
        throw VLAError(
          tensor.file, tensor.name,
          "this kind of adapter is not supported (lora_A, lora_B and lora_magnitude_vector are)")
      }
      factors[String(name[..<mark.lowerBound]), default: [:]][part] = tensor
      tensors[name] = nil
    }
    for layer in factors.keys.sorted() {
      guard let a = factors[layer]?["A"], let b = factors[layer]?["B"] else {
        throw VLAError(source, layer, "has only one of lora_A and lora_B")
      }
      guard let rank = a.shape.first, rank > 0 else {
        throw VLAError(a.file, a.name, "has shape \(a.shape), expected [rank, inputs]")
      }
      adapters[layer] = StoredAdapter(
        a: a, b: b, magnitude: factors[layer]?["magnitude_vector"],
        scale: try scale(layer, rank))
    }
  }
}

extension Checkpoint {
  /// Opens the weights in a folder: `*.safetensors` (with `*.safetensors.index.json` when sharded),
  /// else one `.pt`, `.ckpt`, `.bin` or `.pth` file; and a PEFT adapter when the folder or its
  /// `adapter` subfolder has an `adapter_config.json`. `loraAlpha` is the training config's, for
  /// checkpoints that hold adapters unmerged.
  public static func open(folder: String, loraAlpha: Float? = nil) throws(VLAError) -> Checkpoint {
    var checkpoint = Checkpoint(source: folder, stored: [:])
    for file in try weightFiles(in: folder) {
      let stored = try tensors(in: file)
      for name in stored.keys.sorted() {
        if let other = checkpoint.tensors[canonicalName(name)], other.name == name {
          throw VLAError(file, name, "is also in \(other.file), expected it once")
        }
      }
      checkpoint.add(stored)
    }
    try checkpoint.separateAdapters(alpha: loraAlpha)
    for place in [folder, "\(folder)/adapter"]
    where FileManager.default.fileExists(atPath: "\(place)/adapter_config.json") {
      try checkpoint.addAdapter(folder: place)
    }
    return checkpoint
  }

  /// The tensors of one file of any supported format, under their stored names.
  public static func tensors(in path: String) throws(VLAError) -> [String: StoredTensor] {
    path.hasSuffix(".safetensors")
      ? try SafeTensors(path: path).tensors : try TorchFile(path: path).stateDictionary()
  }

  /// Adds the adapter in a PEFT folder (`adapter_config.json` and `adapter_model.*`).
  public mutating func addAdapter(folder: String) throws(VLAError) {
    let config = try AdapterConfiguration(path: "\(folder)/adapter_config.json")
    let files = ["adapter_model.safetensors", "adapter_model.bin"].map { "\(folder)/\($0)" }
    guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      throw VLAError(folder, nil, "has neither adapter_model.safetensors nor adapter_model.bin")
    }
    var adapter = Checkpoint(source: folder, stored: try Self.tensors(in: file))
    adapter.tensors = Dictionary(
      uniqueKeysWithValues: adapter.tensors.map { name, tensor in
        let inside = name.hasPrefix("model.backbone.") || name.hasPrefix("model.act_head.")
        return (inside ? name : "model.backbone." + name.dropFirst("model.".count), tensor)
      })
    try adapter.separateAdapters(scale: config.scale(of:rank:))
    // What was trained beside the adapters (`modules_to_save`, biases, embeddings) replaces the
    // base's; what belongs nowhere is listed when the model is built.
    tensors.merge(adapter.tensors) { $1 }
    adapters.merge(adapter.adapters) { $1 }
  }

  private static func weightFiles(in folder: String) throws(VLAError) -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw VLAError(folder, nil, "cannot be listed: is it a folder?")
    }
    let files = names.sorted().filter { !$0.hasPrefix("adapter_model.") }
    let indices = files.filter { $0.hasSuffix(".safetensors.index.json") }
    if let index = indices.first {
      guard indices.count == 1 else {
        throw VLAError(
          folder, nil, "has several indices, expected one: \(indices.joined(separator: ", "))")
      }
      return try shards(folder: folder, index: index)
    }
    let safe = files.filter { $0.hasSuffix(".safetensors") }
    if !safe.isEmpty { return safe.map { "\(folder)/\($0)" } }
    let torch = files.filter { name in
      [".pt", ".ckpt", ".pth", ".bin"].contains { name.hasSuffix($0) }
    }
    guard torch.count <= 1 else {
      throw VLAError(
        folder, nil,
        "has several PyTorch checkpoints, expected one: \(torch.joined(separator: ", "))")
    }
    guard let only = torch.first else {
      throw VLAError(folder, nil, "has no weights, expected .safetensors, .pt, .ckpt, .pth or .bin")
    }
    return ["\(folder)/\(only)"]
  }

  private static func shards(folder: String, index: String) throws(VLAError) -> [String] {
    let path = "\(folder)/\(index)"
    guard let map = try ExactJSON(path: path)["weight_map"]?.members else {
      throw VLAError(path, "weight_map", "is missing")
    }
    var files: Set<String> = []
    for (name, file) in map {
      guard let file = file.string, !file.contains("/") else {
        throw VLAError(path, name, "expected the name of a file in the same folder")
      }
      files.insert(file)
    }
    let paths = files.sorted().map { "\(folder)/\($0)" }
    var present: Set<String> = []
    for shard in paths { present.formUnion(try SafeTensors(path: shard).tensors.keys) }
    if let absent = map.map(\.key).first(where: { !present.contains($0) }) {
      throw VLAError(path, absent, "is listed, but no shard holds it")
    }
    return paths
  }
}

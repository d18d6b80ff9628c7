import Foundation
import NeuralNetworks
import NumPy
import Testing

@testable import VLA

@Suite struct CheckpointTests {
  @Test(arguments: [
    ("module.model.backbone.x", "model.backbone.x"), ("backbone.x", "model.backbone.x"),
    ("module.backbone.module.x", "model.backbone.x"),
    ("_forward_module.model.act_head.y", "model.act_head.y"),
    ("model.backbone.a.q_proj.base_layer.weight", "model.backbone.a.q_proj.weight"),
    ("model.model.base_model.model.a.weight", "model.backbone.a.weight"),
    ("base_model.model.text_model.a.lora_A.weight", "model.backbone.text_model.a.lora_A.weight"),
  ])
  func canonicalNames(_ stored: String, _ expected: String) {
    #expect(Checkpoint.canonicalName(stored) == expected)
  }

  static func tinyCheckpoint(_ change: (inout [String: StoredTensor]) -> Void = { _ in }) throws
    -> Checkpoint
  {
    let folder = try Fixtures.temporaryFolder()
    for (name, bytes) in try TinyModel.files() where name == "model.safetensors" {
      try writeFileAtomically(bytes, to: "\(folder)/\(name)")
    }
    var tensors = try SafeTensors(path: "\(folder)/model.safetensors").tensors
    change(&tensors)
    return Checkpoint(source: folder, stored: tensors)
  }

  @Test func everyProblemIsListed() throws {
    let configuration = try TinyModel.configuration()
    _ = try VLAModel(configuration, try Self.tinyCheckpoint())
    let broken = try Self.tinyCheckpoint { tensors in
      tensors["model.act_head.rnn.weight_hh_l0"] = nil
      tensors["model.action_token"] = tensors["model.act_head.rnn.bias_hh_l0"]
      tensors["model.surprise"] = tensors["model.act_head.rnn.bias_hh_l0"]
    }
    let error = #expect(throws: VLAError.self) { try VLAModel(configuration, broken) }
    let text = error?.description ?? ""
    #expect(text.contains("1 missing tensors:\n  model.act_head.rnn.weight_hh_l0 [256, 64]"))
    #expect(text.contains("model.action_token has [256], expected [64]"))
    #expect(text.contains("1 unexpected tensors:\n  model.surprise"))
  }

  /// A PEFT folder beside the weights, merged and applied, against the product written out.
  @Test func adapters() throws {
    let layer = "model.backbone.text_model.model.layers.0.self_attn.q_proj"
    var random = SeededGenerator(1)
    let a = (0..<(4 * 64)).map { _ in Float.random(in: -1...1, using: &random) }
    let b = (0..<(64 * 4)).map { _ in Float.random(in: -1...1, using: &random) }
    let folder = try Fixtures.temporaryFolder()
    for (name, bytes) in try TinyModel.files() where name == "model.safetensors" {
      try writeFileAtomically(bytes, to: "\(folder)/\(name)")
    }
    func config(_ text: String) throws {
      try writeFileAtomically(Array(text.utf8), to: "\(folder)/adapter_config.json")
    }
    let prefix = "base_model.model.text_model.model.layers.0.self_attn.q_proj"
    try writeFileAtomically(
      SafeTensors.encode([
        .init("\(prefix).lora_A.weight", [4, 64], a), .init("\(prefix).lora_B.weight", [64, 4], b),
      ]), to: "\(folder)/adapter_model.safetensors")
    try config(#"{"r": 4, "lora_alpha": 2, "bias": "none"}"#)
    let checkpoint = try Checkpoint.open(folder: folder)
    let merged = try WeightLoader(checkpoint).linear(layer, in: 64, out: 64)
    let mergedWeight = try #require(merged.weight.tensor)
    let plain = try #require(try checkpoint.tensors["\(layer).weight"]?.weights())
    for (row, column) in [(0, 0), (63, 5), (17, 63)] {
      let delta = (0..<4).reduce(Float(0)) { $0 + b[row * 4 + $1] * a[$1 * 64 + column] }
      let expected = plain.values[row * 64 + column] + 0.5 * delta
      #expect(abs(mergedWeight.values[row * 64 + column] - expected) < 1e-6)
    }
    let applied = try WeightLoader(checkpoint, mergesAdapters: false).linear(layer, in: 64, out: 64)
    let pass = ForwardPass(threads: 1)
    let x = pass.workspace.matrix(3, 64)
    for index in 0..<(3 * 64) { x.start[index] = Float.random(in: -1...1, using: &random) }
    for (one, other) in zip(merged(x, pass).array, applied(x, pass).array) {
      #expect(abs(one - other) < 2e-5)
    }
    func scale(_ text: String) throws -> Float? {
      try config(text)
      return try Checkpoint.open(folder: folder).adapters[layer]?.scale
    }
    #expect(try scale(#"{"lora_alpha": 2, "use_rslora": true}"#) == 1)
    #expect(try scale(#"{"lora_alpha": 2, "alpha_pattern": {"q_proj": 8}}"#) == 2)
    #expect(try scale(#"{"lora_alpha": 2, "alpha_pattern": {"layers\\.1\\..*q_proj": 8}}"#) == 0.5)
    // The first key that matches decides, and a rank says nothing of alpha.
    let both = #""rank_pattern": {"self_attn.q_proj": 4}, "alpha_pattern": {"q_proj": 8}"#
    #expect(try scale(#"{"lora_alpha": 2, \#(both)}"#) == 0.5)
    #expect(
      try scale(#"{"lora_alpha": 2, "alpha_pattern": {"^text_model\\..*\\.q_proj": 8}}"#) == 2)
    for bad in [
      #"{"lora_alpha": 2, "alpha_pattern": {"(": 8}}"#,
      #"{"lora_alpha": 2, "alpha_pattern": {"q_proj": "x"}}"#, #"{"r": 4}"#,
      #"{"lora_alpha": 2, "r": 8}"#, #"{"lora_alpha": 2, "peft_type": "IA3"}"#,
      #"{"lora_alpha": 2, "init_lora_weights": "pissa"}"#,
      #"{"lora_alpha": 2, "bias": "some"}"#, #"{"lora_alpha": 2, "lora_bias": true}"#,
      #"{"lora_alpha": 1e300}"#, #"{"lora_alpha": 2, "use_rslora": 1}"#, "[]",
    ] {
      try config(bad)
      #expect(throws: VLAError.self, "\(bad)") { try Checkpoint.open(folder: folder) }
    }
  }

  /// DoRA's rows have the lengths the adapter gives; tensors trained beside it replace the base's.
  @Test func magnitudesAndWholeTensors() throws {
    let folder = try Fixtures.temporaryFolder()
    for (name, bytes) in try TinyModel.files() where name == "model.safetensors" {
      try writeFileAtomically(bytes, to: "\(folder)/\(name)")
    }
    var random = SeededGenerator(2)
    func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: 0.1...1, using: &random) }
    }
    let prefix = "base_model.model.text_model.model.layers.1.ffn.fc1"
    let (magnitude, norm) = (floats(128), floats(64))
    try writeFileAtomically(
      SafeTensors.encode([
        .init("\(prefix).lora_A.weight", [2, 64], floats(128)),
        .init("\(prefix).lora_B.weight", [128, 2], floats(256)),
        .init("\(prefix).lora_magnitude_vector", [128], magnitude),
        .init("base_model.model.text_model.model.layer_norm.weight", [64], norm),
      ]), to: "\(folder)/adapter_model.safetensors")
    func open(_ config: String) throws -> Checkpoint {
      try writeFileAtomically(Array(config.utf8), to: "\(folder)/adapter_config.json")
      return try Checkpoint.open(folder: folder)
    }
    #expect(throws: VLAError.self) { try open(#"{"lora_alpha": 4, "r": 3}"#) }
    let checkpoint = try open(#"{"lora_alpha": 4, "r": 2, "modules_to_save": ["layer_norm"]}"#)
    let merged = try #require(
      try WeightLoader(checkpoint).linear(
        "model.backbone.text_model.model.layers.1.ffn.fc1", in: 64, out: 128
      ).weight.tensor)
    for row in 0..<128 {
      let length = merged.row(row).reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(length - magnitude[row]) < 1e-5)
    }
    let replaced = checkpoint.tensors["model.backbone.text_model.model.layer_norm.weight"]
    #expect(try replaced?.weights().array == norm)
  }

  /// A tensor in two files, and a pipe for a file, are refused.
  @Test func doubtfulFolders() throws {
    let folder = try Fixtures.temporaryFolder()
    let bytes = SafeTensors.encode([.init("x", [1], [1])])
    for name in ["a.safetensors", "b.safetensors"] {
      try writeFileAtomically(bytes, to: "\(folder)/\(name)")
    }
    let error = #expect(throws: VLAError.self) { try Checkpoint.open(folder: folder) }
    #expect(error?.file == "\(folder)/b.safetensors" && error?.item == "x")
    for name in ["a", "b"] {
      try writeFileAtomically(
        Array(#"{"weight_map": {}}"#.utf8), to: "\(folder)/\(name).safetensors.index.json")
    }
    let several = #expect(throws: VLAError.self) { try Checkpoint.open(folder: folder) }
    #expect(several?.message.contains("several indices") == true)
    #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
    #expect(throws: VLAError.self) { try MappedFile(path: "\(folder)/pipe") }
  }

  /// A random model written tensor by tensor is the one built in memory.
  @Test func randomModelFiles() throws {
    let configuration = try TinyModel.configuration()
    let model = try RandomModel(configuration, seed: 5)
    var bytes: [UInt8] = []
    try model.write { bytes += Array($0) }
    let path = try Fixtures.temporaryFolder() + "/model.safetensors"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let checkpoint = Checkpoint(source: path, stored: try Checkpoint.tensors(in: path))
    _ = try VLAModel(configuration, checkpoint)
    var drawn = 0
    _ = try VLAModel(
      configuration,
      WeightLoader(random: RandomWeights(seed: 5)) { name, tensor in
        drawn += 1
        let isSame = (try? checkpoint.tensors[name]?.weights())?.array == tensor.array
        #expect(isSame, "\(name)")
      })
    #expect(drawn == checkpoint.tensors.count)
  }

  /// `lm_head` is the word embedding unless both the model and its language model say otherwise.
  @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
  func outputLayerIsTiedUnlessBothSayOtherwise(_ outer: Bool, _ inner: Bool) throws {
    let text = """
      {"tie_word_embeddings": \(outer), "latent_query_num": 2, "text_config": {
        "tie_word_embeddings": \(inner), "vocab_size": 11, "embed_dim": 8, "ffn_dim": 8,
        "layers": 1, "attention_heads": 2}, "vision_config": {"hidden_size": 8,
        "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
        "image_size": 4, "patch_size": 2}}
      """
    let json = try Fixtures.json(Array(text.utf8))
    var drawn: [String: Tensor] = [:]
    let model = try Kosmos2(
      Kosmos2.Configuration(json, file: nil),
      WeightLoader(random: RandomWeights(seed: 3)) { drawn[$0] = $1 })
    let head = drawn["model.backbone.text_model.lm_head.weight"]
    #expect((head == nil) == (outer || inner))
    let rows = try #require(head ?? drawn["model.backbone.text_model.model.embed_tokens.weight"])
    let pass = ForwardPass(threads: 1)
    let x = pass.workspace.matrix(1, 8)
    for index in 0..<8 { x.start[index] = Float(index) - 3 }
    for (word, logit) in model.logits(x, pass).array.enumerated() {
      let expected = (0..<8).reduce(Float(0)) { $0 + rows.values[8 * word + $1] * x.start[$1] }
      #expect(abs(logit - expected) < 1e-5)
    }
  }

  @Test func configurationErrorsNameTheKey() throws {
    func error(_ text: String) throws -> VLAError? {
      #expect(throws: VLAError.self) {
        try VLAConfiguration(
          try Fixtures.json(Array(text.utf8)), backboneConfig: .object([]), file: "config.json")
      }
    }
    #expect(try error(#"{"model": "qwen"}"#)?.message.contains("kosmos, paligemma") == true)
    #expect(try error(#"{"model": "kosmos"}"#)?.item == "window_size")
    let start = #"{"model": "kosmos", "window_size": 2, "fwd_pred_next_n": 3, "#
    #expect(try error(start + #""act_head": {"type": "X"}}"#)?.item == "act_head.type")
    #expect(
      try error(start + #""act_head": {"type": "FCDecoder", "history_type": "video"}}"#)?.item
        == "act_head.history_type")
    let fc = #""act_head": {"type": "FCDecoder"}"#
    for (members, item) in [
      (#""compatibility": "x", \#(fc)"#, "compatibility"),
      (#""use_hand_rgb": "true", \#(fc)"#, "use_hand_rgb"),
      (#""norm_min": 1, "norm_max": -1, \#(fc)"#, "norm_min"),
      (#""image_size": 9223372036854775807, \#(fc)"#, "image_size"),
      (#""fwd_head": {}, \#(fc)"#, "fwd_head"), (#""use_state": true, \#(fc)"#, "use_state"),
      (#""robovlm_name": "RoboPaligemma", \#(fc)"#, "robovlm_name"),
      (#""train_setup": {"predict_action": false}, \#(fc)"#, "train_setup.predict_action"),
      (#""use_mu_law": true, "mu_val": 0, \#(fc)"#, "mu_val"),
      (#""act_head": {"type": "FCDecoder", "action_dim": 8}"#, "act_head.action_dim"),
      (#""act_head": {"type": "FCDecoder", "latent": 1e18}"#, "act_head.latent"),
      (
        #""act_head": {"type": "FCDecoder", "action_space": "discrete"}"#, "act_head.action_space"
      ),
      (
        #""act_head": {"type": "FCDecoder", "action_space": "down_sample"}"#, "act_head.down_sample"
      ),
      (#""act_head": {"type": "FCDecoder", "down_sample": "resampler"}"#, "act_head.down_sample"),
      (
        #""act_head": {"type": "DiscreteDecoder", "history_type": "pre"}"#, "act_head.history_type"
      ),
    ] {
      #expect(try error(start + members + "}")?.item == item)
    }
  }

  @Test func backboneErrorsNameTheKey() throws {
    func item(_ text: String) throws -> String? {
      let json = try Fixtures.json(Array(text.utf8))
      do throws(VLAError) {
        _ = try Kosmos2.Configuration(json, file: "c")
        _ = try PaliGemma.Configuration(json, file: "c")
      } catch {
        return error.item
      }
      return nil
    }
    #expect(try item("{}") == nil)
    #expect(try item(#"{"text_config": []}"#) == "text_config")
    #expect(try item(#"{"text_config": {"attention_heads": 3}}"#) == "text_config.attention_heads")
    #expect(try item(#"{"text_config": {"layers": 1e9}}"#) == "text_config.layers")
    #expect(
      try item(#"{"text_config": {"activation_function": "x"}}"#)
        == "text_config.activation_function")
    #expect(try item(#"{"vision_config": {"image_size": 9}}"#) == "vision_config.patch_size")
    #expect(try item(#"{"text_config": {"head_dim": 3}}"#) == "text_config.head_dim")
    #expect(try item(#"{"text_config": {"rope_theta": 0}}"#) == "text_config.rope_theta")
    #expect(try item(#"{"tie_word_embeddings": "no"}"#) == "tie_word_embeddings")
    // A config of its own is named in the error.
    let folder = try Fixtures.temporaryFolder()
    try FileManager.default.createDirectory(
      atPath: "\(folder)/vlm", withIntermediateDirectories: true)
    for (name, bytes) in try TinyModel.files() where name == "config.json" {
      try writeFileAtomically(bytes, to: "\(folder)/\(name)")
    }
    try writeFileAtomically(
      Array(#"{"text_config": {"layers": 0}}"#.utf8), to: "\(folder)/vlm/config.json")
    let configuration = try VLAConfiguration(folder: folder)
    let error = #expect(throws: VLAError.self) {
      try VLAModel(configuration, Checkpoint(source: folder, stored: [:]))
    }
    #expect(error?.file == "\(folder)/vlm/config.json" && error?.item == "text_config.layers")
  }
}

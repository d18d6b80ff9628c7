import Calvin
import NeuralNetworks
import VLA

extension VLAConformance {
  /// FC and GPT fixtures: another head on a KosMos fixture's backbone.
  func compareHead(_ folder: String, _ config: ExactJSON) throws {
    let base = try base(of: config, in: folder)
    let model = try model(overlaid: config, folder, base)
    let inputs = try comparison.open("\(base.folder)/episode_inputs.safetensors")
    let outputs = try comparison.open("\(folder)/outputs.safetensors")
    let frames = try EpisodeFrames(inputs)
    try compareSteps(model, outputs, frames, config, inputs)
    try compareWindow(model, outputs)
  }

  /// Episodes A and, after a reset, B of a fixture that names its frames in the config.
  func compareSteps(
    _ model: VLAModel, _ outputs: TensorComparison.File, _ frames: EpisodeFrames,
    _ config: ExactJSON, _ inputs: TensorComparison.File, ids: [String: [Int]] = [:]
  ) throws {
    for episode in ["A", "B"] {
      let order = config["steps_\(episode)"]?.integers ?? []
      let tokens = try ids[episode] ?? inputs.integers("input_ids_\(episode)")
      let result = try self.episode(model, VLAStream(), ids: tokens, frames, order)
      check(result, outputs, episode)
    }
  }

  /// The head alone, called on a whole window as in training.
  private func compareWindow(_ model: VLAModel, _ outputs: TensorComparison.File) throws {
    guard let input = outputs.tensors["window.head_in"] else { return }
    comparison.inputs(outputs) { $0 == "window.head_in" }
    try compareHeadOutputs(model, input, outputs, prefix: "window.head_")
  }

  /// Decodes every step of `[batch, time, latent, D]` hidden states.
  private func compareHeadOutputs(
    _ model: VLAModel, _ input: StoredTensor, _ outputs: TensorComparison.File, prefix: String
  ) throws {
    let (batch, time) = (input.shape[0], input.shape[1])
    let result = model.decodeWindows(
      try input.floats().array, lengths: Array(repeating: time, count: batch), pass)
    comparison.check(outputs, "\(prefix)arm", result.arm.map { Double($0) }, .absolute(5e-5))
    comparison.check(
      outputs, "\(prefix)gripper", result.gripper.map { Double($0) }, .absolute(5e-5))
  }

  /// Tokens written by the language model.
  func compareDiscrete(_ folder: String, _ config: ExactJSON) throws {
    let base = try base(of: config, in: folder)
    let vocabulary = config["action_tokenizer"]
    let model = try model(
      overlaid: config, folder, base,
      discreteVocabulary: (
        vocabulary?["vocab_size"]?.int ?? 0, vocabulary?["special_tokens_count"]?.int ?? 0
      ))
    let frames = try EpisodeFrames(
      try comparison.open("\(base.folder)/episode_inputs.safetensors"))
    let outputs = try comparison.open("\(folder)/outputs.safetensors")
    let decoder = ActionDecoder(model)
    for (index, step) in (config["steps"]?.array ?? []).enumerated() {
      let expected = step["input_ids"]?.integers ?? []
      if let tokenizer = base.tokenizer, let prompt = step["prompt"]?.string {
        let ids = tokenizer.encode(prompt, addsSpecialTokens: true).dropLast()
        comparison.checkExact("\(folder) step\(index).input_ids", Array(ids), expected)
      }
      let stream = VLAStream()
      stream.ids = expected
      let frame = step["frame_index"]?.int ?? 0
      let pictures = frames.frames(frame)
      let prediction = try model.step([(stream, pictures.static, pictures.gripper)], pass)[0]
      comparison.checkExact(
        "\(folder) step\(index).generated_ids", prediction.tokens,
        step["generated_ids"]?.integers ?? [])
      comparison.check(
        outputs, "step\(index).logits_last", prediction.tokenLogits.map { Double($0) },
        .absolute(5e-5))
      comparison.check(
        outputs, "step\(index).decoded", decoder.decoded(prediction), .absolute(1e-9))
      comparison.check(
        outputs, "step\(index).executed",
        decoder.actions(prediction, robot: frames.robot(frame))[0], .action(arm: 2e-5))
    }
    skipTraining(outputs, "train.")
  }

  /// A fixture that replaces the head and some weights of a base fixture.
  private func model(
    overlaid config: ExactJSON, _ folder: String, _ base: Base,
    discreteVocabulary: (size: Int, specialTokens: Int)? = nil
  ) throws -> VLAModel {
    guard let robovlms = base.config["robovlms_config"],
      let backbone = base.config["kosmos_config"], let head = config["act_head"]
    else { throw ConformanceError("\(base.folder)/config.json: robovlms_config is missing") }
    let absent = config["absent_vs_base"]?.array?.compactMap(\.string) ?? []
    return try model(
      robovlms, backbone: backbone, changes: [("act_head", head)],
      checkpoint: checkpoint(base.weights, overlay: try overlay(folder), without: absent),
      discreteVocabulary: discreteVocabulary)
  }

  func skipTraining(_ file: TensorComparison.File, _ prefix: String) {
    for key in file.tensors.keys.sorted() where key.hasPrefix(prefix) {
      comparison.skip("\(file.path) \(key)", "training")
    }
    comparison.inputs(file) { $0.hasPrefix(prefix) }
  }

  /// PaliGemma: the same outputs and stages through the other backbone.
  func comparePaliGemma(_ folder: String, _ config: ExactJSON) throws {
    let base = try base(of: config, in: folder)
    guard let robovlms = config["robovlms_config"], let backbone = config["paligemma_config"] else {
      throw ConformanceError("\(folder)/config.json: robovlms_config is missing")
    }
    let heads = base.weights.filter {
      $0.key.hasPrefix("model.act_head.actions.") || $0.key.hasPrefix("model.act_head.gripper.")
    }
    let model = try model(
      robovlms, backbone: backbone, checkpoint: checkpoint(heads, overlay: try overlay(folder)))
    let inputs = try comparison.open("\(base.folder)/episode_inputs.safetensors")
    let outputs = try comparison.open("\(folder)/outputs.safetensors")
    let frames = try EpisodeFrames(inputs)
    let own = Base(
      config: config, weights: [:], folder: folder,
      tokenizer: try Tokenizer.load(folder: "\(root)/\(folder)/tokenizer"))
    try compareText(folder, config, own, nil)
    let instructions = config["instructions"]?.array?.compactMap(\.string) ?? []
    guard instructions.count >= 2, let texts = config["text_to_ids"]?.members else {
      throw ConformanceError("\(folder)/config.json: instructions or text_to_ids are missing")
    }
    func ids(_ text: String) -> [Int] {
      texts.first { $0.key == text }?.value.integers ?? []
    }
    let (a, b) = (ids(instructions[0]), ids(instructions[1]))
    try compareSteps(model, outputs, frames, config, inputs, ids: ["A": a, "B": b])
    try compareStages(
      model, outputs, frames, ids: a, order: config["steps_A"]?.integers ?? [])
    try comparePadding(model, outputs, frames)
  }

  /// Adapters: base alone, adapters applied, adapters merged; gradients belong to training.
  func compareLoRA(_ folder: String, _ config: ExactJSON) throws {
    let base = try base(of: config, in: folder)
    guard let robovlms = base.config["robovlms_config"],
      let backbone = base.config["kosmos_config"]
    else { throw ConformanceError("\(base.folder)/config.json: robovlms_config is missing") }
    let batch = try comparison.open("\(folder)/batch.safetensors")
    let forward = try comparison.open("\(folder)/forward.safetensors")
    let frames = try EpisodeFrames(
      try comparison.open("\(base.folder)/episode_inputs.safetensors"))
    var adapted = checkpoint(
      base.weights,
      overlay: try SafeTensors(path: "\(root)/\(folder)/lora_weights.safetensors").tensors)
    try adapted.separateAdapters(alpha: config["lora"]?["lora_alpha"]?.float)
    let window = config["train_window"]?.int ?? 1
    let changes: [(key: String, value: ExactJSON)] = [
      ("window_size", .number(Double(window), exact: window))
    ]
    let cases: [(name: String, checkpoint: Checkpoint, merges: Bool)] = [
      ("base", checkpoint(base.weights), true), ("lora_unmerged", adapted, false),
      ("lora_merged", adapted, true),
    ]
    comparison.inputs(batch) { ["frame_index", "text", "text_mask"].contains($0) }
    for item in cases {
      let model = try model(
        robovlms, backbone: backbone, changes: changes, checkpoint: item.checkpoint,
        mergesAdapters: item.merges)
      try compareForward(model, batch, forward, frames, item.name)
      if item.name == "lora_merged", has("\(folder)/merged_example.safetensors") {
        try compareMerged(
          item.checkpoint, try comparison.open("\(folder)/merged_example.safetensors"))
      }
    }
    for key in batch.tensors.keys.sorted() where key.hasPrefix("action") || key.hasPrefix("chunck")
    {
      comparison.skip("\(batch.path) \(key)", "training")
    }
    comparison.inputs(batch) { $0.hasPrefix("action") || $0.hasPrefix("chunck") }
    for file in ["fft_grads", "fft_after", "lora_grads", "lora_after"]
    where has("\(folder)/\(file).safetensors") {
      comparison.skip("\(folder)/\(file).safetensors", "training")
    }
  }

  private func compareForward(
    _ model: VLAModel, _ batch: TensorComparison.File, _ forward: TensorComparison.File,
    _ frames: EpisodeFrames, _ name: String
  ) throws {
    let index = try batch.integers("frame_index")
    let rows = batch.shape("frame_index")[0]
    let time = index.count / rows
    let texts = try paddedBatch(
      model, ids: batch.integers("text"), mask: batch.integers("text_mask"), rows: rows)
    try pass.workspace.scope {
      let features = try model.encode(index.map(frames.frames), pass)
      let size = features.rows / index.count
      let inputs = index.indices.map { frame in
        VLAModel.SequenceInput(
          ids: texts[frame / time].ids,
          frames: [features.rows((frame * size)..<((frame + 1) * size))],
          keyMask: texts[frame / time].keyMask)
      }
      let hidden = model.actionHidden(inputs, pass).array
      let output = model.decodeWindows(
        hidden, lengths: Array(repeating: time, count: rows), pass)
      comparison.check(forward, "\(name).hs", hidden.map { Double($0) }, .absolute(5e-5))
      comparison.check(forward, "\(name).arm", output.arm.map { Double($0) }, .absolute(5e-5))
      comparison.check(
        forward, "\(name).gripper", output.gripper.map { Double($0) }, .absolute(5e-5))
    }
    if name == "base" { try compareChecksums(model, batch, frames, index) }
  }

  private func compareChecksums(
    _ model: VLAModel, _ batch: TensorComparison.File, _ frames: EpisodeFrames, _ index: [Int]
  ) throws {
    let preprocessor = ImagePreprocessor(
      size: model.backbone.imageSize, normalization: model.backbone.imageNormalization)
    func sums(_ pick: (Int) -> Calvin.Frame) throws -> [Double] {
      try index.map { frame in
        let size = 3 * preprocessor.size * preprocessor.size
        let numbers = try preprocessor.numbers(pick(frame))
        return numbers.prefix(size).reduce(0) { $0 + abs(Double($1)) }
      }
    }
    comparison.check(
      batch, "rgb_checksum_sum_abs", try sums { frames.frames($0).static }, .absolute(1e-2))
    comparison.check(
      batch, "hand_rgb_checksum_sum_abs", try sums { frames.frames($0).gripper }, .absolute(1e-2))
  }

  /// `text_lK_NAME_merged`: a merged matrix of text layer K.
  private func compareMerged(
    _ checkpoint: Checkpoint, _ file: TensorComparison.File
  ) throws {
    for key in file.tensors.keys {
      let parts = key.split(separator: "_", maxSplits: 2)
      guard parts.count == 3, parts[0] == "text", key.hasSuffix("_merged"),
        let layer = Int(parts[1].dropFirst())
      else { continue }
      let name = parts[2].dropLast("_merged".count)
      let prefix = "model.backbone.text_model.model.layers.\(layer).self_attn.\(name)"
      guard let merged = try WeightLoader.mergedWeight(prefix, of: checkpoint) else { continue }
      comparison.check(file, key, merged.array.map { Double($0) }, .absolute(5e-5))
    }
  }
}

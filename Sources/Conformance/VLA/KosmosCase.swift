import NeuralNetworks
import VLA

extension VLAConformance {
  /// A complete KosMos fixture: episodes, single-change variants, stages, padding, text.
  func compareKosmos(_ folder: String, _ config: ExactJSON) throws {
    let base = try base(folder: folder)
    guard let robovlms = config["robovlms_config"], let backbone = config["kosmos_config"] else {
      throw ConformanceError("\(folder)/config.json: robovlms_config is missing")
    }
    let inputs = try comparison.open("\(folder)/episode_inputs.safetensors")
    let outputs = try comparison.open("\(folder)/episode_outputs.safetensors")
    comparison.inputs(inputs) { !$0.hasPrefix("input_ids") && !$0.hasPrefix("padded_") }
    let frames = try EpisodeFrames(inputs)
    let weights = checkpoint(base.weights)
    try compareText(folder, config, base, inputs)

    let (idsA, idsB) = (try inputs.integers("input_ids_A"), try inputs.integers("input_ids_B"))
    let orderA = try inputs.integers("frame_index_A")
    let orderB = try inputs.integers("frame_index_B")
    let model = try model(robovlms, backbone: backbone, checkpoint: weights)
    let stream = VLAStream()
    check(try episode(model, stream, ids: idsA, frames, orderA), outputs, "A")
    let noReset = try episode(model, stream, ids: idsB, frames, orderB)
    check(noReset, outputs, "B_after_A_noreset")
    stream.reset()
    check(try episode(model, stream, ids: idsB, frames, orderB), outputs, "B")

    let pre = (robovlms["act_head"] ?? .object([])).replacing([("history_type", .string("pre"))])
    let variants: [(name: String, changes: [(key: String, value: ExactJSON)], raw: Bool)] = [
      ("no_norm", [("norm_action", .bool(false))], true),
      ("mu_law", [("use_mu_law", .bool(true))], true),
      ("raw_calvin_false", [], false),
      ("no_hand", [("use_hand_rgb", .bool(false))], true),
      ("history_pre", [("act_head", pre)], true),
    ]
    for variant in variants {
      guard let steps = outputs.shape("\(variant.name).executed_action").first else { continue }
      let changed = try self.model(
        robovlms, backbone: backbone, changes: variant.changes, checkpoint: weights,
        rawCalvin: variant.raw)
      let result = try episode(
        changed, VLAStream(), ids: idsA, frames, Array(orderA.prefix(steps)))
      // With history `pre` another chunk is executed than the recorded newest one.
      let convertsRecording = !variant.raw && changed.configuration.history == .post
      if convertsRecording {
        try checkConversion(changed, result, outputs, variant.name, frames, orderA)
      }
      check(
        result, outputs, variant.name, suffix: "_last", comparesAction: !convertsRecording,
        perMetre: variant.raw ? 1 : RelativeAction.perMetre)
    }
    if has("\(folder)/stages.safetensors") {
      let stages = try comparison.open("\(folder)/stages.safetensors")
      try compareStages(model, stages, frames, ids: idsA, order: orderA)
      try comparePadding(model, stages, frames)
      if let rows = stages.shape("sinusoid_weights").first {
        let table = (model.backbone as? Kosmos2)?.sinusoidTable(rows: rows) ?? []
        comparison.check(stages, "sinusoid_weights", table, .absolute(5e-5))
      }
    }
  }

  /// `raw_calvin=False` multiplies metres by 50, and with them the float32 noise of the reference's
  /// own forward pass (2e-6 in the arm, as much as ours): the conversion is therefore compared on
  /// the reference's recorded head outputs, and the whole path within 50 times the arm's limit.
  private func checkConversion(
    _ model: VLAModel, _ result: EpisodeResult, _ outputs: TensorComparison.File, _ name: String,
    _ frames: EpisodeFrames, _ order: [Int]
  ) throws {
    let chunk = model.configuration.head.chunk
    let raw = try outputs.numbers("\(name).head_raw_last").map { Float($0) }
    let decoder = ActionDecoder(model)
    let steps = raw.count / (chunk * 7)
    let converted = (0..<steps).flatMap { step in
      let first = step * chunk * 7
      let prediction = RawPrediction(chunk: [Array(raw[first..<(first + 7)])])
      return decoder.actions(prediction, robot: frames.robot(order[step]))[0]
    }
    let key = "\(name).executed_action"
    comparison.check(outputs, key, converted, .action(arm: 1e-4))
    comparison.check(
      outputs, key, result.executed, .action(arm: 2e-5 * RelativeAction.perMetre),
      note: "end to end")
  }

  /// Instructions to ids, alone and as a padded batch.
  func compareText(
    _ folder: String, _ config: ExactJSON, _ base: Base, _ inputs: TensorComparison.File?
  ) throws {
    guard let tokenizer = base.tokenizer, let texts = config["text_to_ids"]?.members else {
      return comparison.skip("\(folder) text_to_ids", "the fixture has no tokenizer")
    }
    let kind = config["kosmos_config"] == nil ? VLAConfiguration.BackboneKind.paligemma : .kosmos
    func ids(_ instruction: String) -> [Int] { kind.ids(for: instruction, tokenizer) }
    for (text, expected) in texts {
      comparison.checkExact(
        "\(folder)/config.json text_to_ids '\(text)'", ids(text), expected.integers)
    }
    guard let inputs, let instructions = config["instructions"]?.array?.compactMap(\.string),
      instructions.count >= 2
    else { return }
    comparison.check(inputs, "input_ids_A", ids(instructions[0]).map { Double($0) }, .exact)
    comparison.check(inputs, "input_ids_B", ids(instructions[1]).map { Double($0) }, .exact)
    let batch = instructions.map(ids)
    let longest = batch.map(\.count).max() ?? 0
    let pad = tokenizer.id(of: "<pad>") ?? 1
    comparison.check(
      inputs, "padded_input_ids",
      batch.flatMap { $0 + Array(repeating: pad, count: longest - $0.count) }.map { Double($0) },
      .exact)
    comparison.check(
      inputs, "padded_attention_mask",
      batch.flatMap { row in (0..<longest).map { $0 < row.count ? 1 : 0 } }, .exact)
  }
}

import NeuralNetworks
import VLA

/// Intermediate results by probe name; of a name seen several times the last counts, except for
/// attention, which is kept only while the resampler runs.
final class StageRecorder {
  private(set) var matrices: [String: (rows: Int, numbers: [Float])] = [:]
  private var isInResampler = false

  func listen(_ name: String, _ matrix: Matrix) {
    if name == "projector.in" { isInResampler = true }
    if name == "projector.out" { isInResampler = false }
    if name.hasPrefix("attention."), !isInResampler { return }
    matrices[name] = (matrix.rows, matrix.array)
  }

  /// Part `index` of `parts` equal row ranges.
  func part(_ name: String, _ index: Int, of parts: Int) -> [Double]? {
    guard let (_, numbers) = matrices[name] else { return nil }
    let size = numbers.count / parts
    return numbers[(index * size)..<((index + 1) * size)].map { Double($0) }
  }
}

extension VLAConformance {
  /// Every intermediate result of single steps: keys `stepK.NAME`.
  func compareStages(
    _ model: VLAModel, _ file: TensorComparison.File, _ frames: EpisodeFrames, ids: [Int],
    order: [Int]
  ) throws {
    let steps = Set(
      file.tensors.keys.compactMap { key -> Int? in
        guard key.hasPrefix("step"), let dot = key.firstIndex(of: ".") else { return nil }
        return Int(key[key.index(key.startIndex, offsetBy: 4)..<dot])
      })
    for step in steps.sorted() {
      guard order.indices.contains(step) else {
        throw ConformanceError("\(file.path): step\(step) has no frame")
      }
      let recorder = StageRecorder()
      pass.probe = recorder.listen
      defer { pass.probe = nil }
      try pass.workspace.scope {
        let features = try model.encode([frames.frames(order[step])], pass)
        let input = VLAModel.SequenceInput(ids: ids, frames: [features])
        let hidden = model.actionHidden([input], pass)
        comparison.check(
          file, "step\(step).attention_mask",
          model.attentionMask(input).map { $0 ? 1 : 0 }, .exact)
        comparison.check(
          file, "step\(step).action_token_hidden", hidden.array.map { Double($0) },
          .absolute(5e-5))
        let last = recorder.matrices.keys.filter {
          $0.hasPrefix("decoder.") && $0 != "decoder.inputs"
        }
        .max { (Int($0.dropFirst(8)) ?? 0) < (Int($1.dropFirst(8)) ?? 0) }
        if let last, let (rows, numbers) = recorder.matrices[last] {
          let row = pass.workspace.matrix(1, numbers.count / rows)
          Array(numbers.suffix(row.columns)).withUnsafeBufferPointer { row.setRow(0, $0) }
          comparison.check(
            file, "step\(step).lm_logits_last",
            model.backbone.logits(row, pass).array.map { Double($0) }, .absolute(5e-5))
        }
      }
      checkVision(recorder, file, step, cameras: model.configuration.usesGripperCamera ? 2 : 1)
      checkDecoder(recorder, file, step)
    }
  }

  private func checkVision(
    _ recorder: StageRecorder, _ file: TensorComparison.File, _ step: Int, cameras: Int
  ) {
    let names = [
      ("pixels", "pixel_values", 1e-6), ("vision.embeddings", "vision_embeddings", 5e-5),
      ("vision.preNorm", "vision_pre_layrnorm", 5e-5),
      ("vision.last", "vision_last_hidden", 5e-5), ("projector.in", "projector_in", 5e-5),
      ("projector.out", "projector_out", 5e-5),
    ]
    let layers = recorder.matrices.keys.filter { $0.hasPrefix("vision.layer.") }
      .map { ($0, "vision_layer\($0.dropFirst("vision.layer.".count))", 5e-5) }
    for (index, camera) in ["static", "gripper"].prefix(cameras).enumerated() {
      for (probe, name, limit) in names + layers.sorted(by: { $0.0 < $1.0 }) {
        guard let numbers = recorder.part(probe, index, of: cameras) else { continue }
        comparison.check(file, "step\(step).\(name)_\(camera)", numbers, .absolute(limit))
      }
      let heads = recorder.matrices.keys.count { $0.hasPrefix("attention.\(index).") }
      let attention = (0..<heads).flatMap {
        recorder.part("attention.\(index).\($0)", 0, of: 1) ?? []
      }
      if heads > 0 {
        comparison.check(
          file, "step\(step).projector_attn_\(camera)", attention, .absolute(5e-5))
      }
    }
  }

  private func checkDecoder(
    _ recorder: StageRecorder, _ file: TensorComparison.File, _ step: Int
  ) {
    if let numbers = recorder.part("decoder.inputs", 0, of: 1) {
      comparison.check(file, "step\(step).inputs_embeds", numbers, .absolute(5e-5))
    }
    for index in 0... {
      guard let numbers = recorder.part("decoder.\(index)", 0, of: 1) else { break }
      comparison.check(file, "step\(step).text_hidden_states_\(index)", numbers, .absolute(5e-5))
    }
  }

  /// Two instructions in one right-padded batch, with upstream's place for the action token.
  func comparePadding(
    _ model: VLAModel, _ file: TensorComparison.File, _ frames: EpisodeFrames
  ) throws {
    guard file.tensors["padbatch.input_ids"] != nil else { return }
    comparison.inputs(file) {
      ["padbatch.input_ids", "padbatch.text_mask", "padbatch.frame_index"].contains($0)
    }
    let batch = try paddedBatch(
      model, ids: file.integers("padbatch.input_ids"), mask: file.integers("padbatch.text_mask"),
      rows: file.shape("padbatch.input_ids")[0])
    let recorder = StageRecorder()
    pass.probe = recorder.listen
    defer { pass.probe = nil }
    try pass.workspace.scope {
      let pictures = try file.integers("padbatch.frame_index").map(frames.frames)
      let features = try model.encode(pictures, pass)
      let rows = features.rows / batch.count
      let inputs = batch.enumerated().map { index, row in
        VLAModel.SequenceInput(
          ids: row.ids, frames: [features.rows((index * rows)..<((index + 1) * rows))],
          keyMask: row.keyMask)
      }
      let hidden = model.actionHidden(inputs, pass)
      comparison.check(
        file, "padbatch.action_token_hidden", hidden.array.map { Double($0) }, .absolute(5e-5))
      comparison.check(
        file, "padbatch.attention_mask_full",
        inputs.flatMap { model.attentionMask($0).map { $0 ? 1 : 0 } }, .exact)
    }
    let last = (0...).prefix { recorder.matrices["decoder.\($0)"] != nil }.last ?? 0
    if let numbers = recorder.part("decoder.\(last)", 0, of: 1) {
      comparison.check(file, "padbatch.hidden_last", numbers, .absolute(5e-5))
    }
  }

  /// Rows of a padded batch with the mask over the assembled sequence: images and action tokens
  /// count as present.
  func paddedBatch(
    _ model: VLAModel, ids: [Int], mask: [Int], rows: Int
  ) -> [(ids: [Int], keyMask: [Bool])] {
    let width = ids.count / rows
    return (0..<rows).map { row in
      let own = Array(ids[(row * width)..<((row + 1) * width)])
      let text = mask[(row * width)..<((row + 1) * width)].map { $0 != 0 }
      let present = model.sequenceLength(textLength: width) - width
      let head = model.configuration.head
      let latent = head.hasActionTokens ? head.latent : 0
      let keyMask =
        text.prefix(1) + Array(repeating: true, count: present - latent)
        + text.dropFirst().dropLast() + Array(repeating: true, count: latent) + text.suffix(1)
      return (own, Array(keyMask))
    }
  }
}

import Datasets
import NeuralNetworks
import VLA

extension VLAConformance {
  /// Training windows: which frames, which are padded, action chunks and masks.
  func compareWindows(_ folder: String, _ config: ExactJSON) throws {
    let file = try comparison.open("\(folder)/windows.safetensors")
    comparison.inputs(file) {
      ["rel_actions", "robot_obs"].contains($0) || $0.hasSuffix(".sel")
    }
    guard let first = config["first_frame_id"]?.int,
      let spans = config["spans_inclusive_as_stored"]?.array?.map(\.integers),
      spans.allSatisfy({ $0.count == 2 }), let cases = config["cases"]?.array
    else { throw ConformanceError("\(folder)/config.json: lacks spans, first frame or cases") }
    let annotated = spans.map {
      LanguageAnnotations.Span(first: $0[0], last: $0[1], task: "", instruction: "")
    }
    let actions = try file.numbers("rel_actions")
    for example in cases {
      guard let name = example["case"]?.string else { continue }
      let mask = file.shape("\(name).chunck_mask")
      guard mask.count == 3 else { continue }
      let windows = TrainingWindows(spans: annotated, length: mask[1], chunk: mask[2])
      let all = (0..<windows.count).map { windows[$0] }
      comparison.check(file, "\(name).episode_lookup", all.map { Double($0.first) }, .exact)
      comparison.check(file, "\(name).lang_lookup", all.map { Double($0.span) }, .exact)
      comparison.check(
        file, "\(name).right_pad_lookup",
        all.map { Double(min(0, $0.end - $0.first - windows.length - windows.chunk)) }, .exact)

      let chosen = try file.integers("\(name).sel").filter(all.indices.contains).map { all[$0] }
      let vectors = chosen.map { window in
        windows.frames(of: window).map { frame in
          Array(actions[(7 * (frame - first))..<(7 * (frame - first + 1))])
        }
      }
      comparison.check(
        file, "\(name).action",
        vectors.flatMap { $0.dropLast().flatMap { TrainingWindows.supervised($0) } }
          .map(Double.init), .absolute(1e-6))
      comparison.check(
        file, "\(name).action_chunck",
        zip(chosen, vectors).flatMap { windows.actionChunks(of: $0.0, relativeActions: $0.1) }
          .map(Double.init), .absolute(1e-6))
      comparison.check(
        file, "\(name).chunck_mask",
        chosen.flatMap(windows.actionMask).map { $0 ? 1 : 0 }, .exact)
      comparison.check(
        file, "\(name).fwd_mask",
        chosen.flatMap(windows.futureMask).map { $0 ? 1 : 0 }, .exact)
    }
  }

  /// The random-shift augmentation at the recorded offsets.
  func compareShift(
    _ file: TensorComparison.File, _ config: ExactJSON, _ camera: String
  ) throws {
    guard let padding = config["shift_pads"]?[camera]?.int else { return }
    for key in file.tensors.keys.sorted() where key.hasPrefix("\(camera).shift_aug_out_") {
      let rest = String(key.dropFirst("\(camera).shift_aug_out_".count))
      let shape = file.shape(key)
      let pictures = try file.numbers("\(camera).clip_pixel_values_\(rest)").map(Float.init)
      let offsetsKey = "\(camera).shift_aug_xy_" + rest.drop { $0 != "_" }.dropFirst()
      let offsets = try file.integers(offsetsKey)
      guard shape.count == 4, offsets.count == 2 * shape[0],
        pictures.count == shape.reduce(1, *), offsets.allSatisfy((0...2 * padding).contains)
      else { throw ConformanceError("\(file.path): \(key): has another shape than its inputs") }
      let size = pictures.count / shape[0]
      let shift = RandomShift(padding: padding)
      var shifted: [Float] = []
      for image in 0..<shape[0] {
        let picture = Array(pictures[(image * size)..<((image + 1) * size)])
        let offset = RandomShift.Offset(x: offsets[2 * image], y: offsets[2 * image + 1])
        shifted += shift(picture, width: shape[3], height: shape[2], by: offset)
      }
      // Upstream samples bilinearly at whole offsets, which costs it some last bits.
      comparison.check(file, key, shifted.map(Double.init), .absolute(2e-5))
    }
  }
}

import Calvin
import NeuralNetworks
import Synchronization

/// A backbone, an action token and a head: RoboVLMs' model, read-only and shared by all workers.
/// Shapes: D backbone width, Q rows per image, T tokens, C chunk.
public final class VLAModel: Sendable {
  /// What comes after the backbone.
  enum Head: Sendable {
    case continuous(any ActionHead)
    case discrete(DiscreteHead)
  }

  /// The config it was built from.
  public let configuration: VLAConfiguration
  /// The vision-language model.
  public let backbone: any Backbone
  let resampler: VisionResampler?
  let head: Head
  /// `[D]`; empty for heads without action tokens.
  let actionToken: Tensor
  let preprocessor: ImagePreprocessor

  /// Builds the model from a checkpoint. Every tensor that is missing, mis-shaped or unexpected is
  /// listed in the error.
  public convenience init(
    _ configuration: VLAConfiguration, _ checkpoint: Checkpoint, mergesAdapters: Bool = true,
    discreteVocabulary: (size: Int, specialTokens: Int)? = nil
  ) throws(VLAError) {
    let weights = WeightLoader(checkpoint, mergesAdapters: mergesAdapters)
    try self.init(configuration, weights, discreteVocabulary: discreteVocabulary)
  }

  /// Builds the model from a loader's weights. `discreteVocabulary` is the tokenizer's base size and
  /// its number of special-token names, which place a discrete head's action ids.
  public init(
    _ configuration: VLAConfiguration, _ weights: WeightLoader,
    discreteVocabulary: (size: Int, specialTokens: Int)? = nil
  ) throws(VLAError) {
    self.configuration = configuration
    weights.precision = configuration.weightPrecision
    backbone = try Self.makeBackbone(configuration, weights)
    if let size = configuration.imageSize, size != backbone.imageSize {
      throw VLAError(
        configuration.file, "image_size",
        "is \(size), but the vision tower takes \(backbone.imageSize)")
    }
    preprocessor = ImagePreprocessor(
      size: backbone.imageSize, normalization: backbone.imageNormalization)
    resampler =
      configuration.usesVisionResampler
      ? try VisionResampler(width: backbone.width, weights) : nil
    let settings = configuration.head
    let inputs = backbone.width * settings.latent
    switch settings.kind {
    case .lstm: head = .continuous(try LSTMHead(settings, inputs: inputs, weights))
    case .fc: head = .continuous(try FCHead(settings, inputs: inputs, weights))
    case .gpt:
      head = .continuous(
        try GPTHead(
          settings, window: configuration.window, inputs: inputs, weights,
          file: configuration.file))
    case .discrete:
      let vocabulary = discreteVocabulary ?? (backbone.vocabularySize, 0)
      head = .discrete(
        DiscreteHead(
          tokenizer: ActionTokenizer(
            vocabulary: vocabulary.size, specialTokens: vocabulary.specialTokens,
            bins: settings.bins, low: settings.least, high: settings.greatest),
          actionSize: settings.actionSize))
    }
    actionToken =
      settings.hasActionTokens
      ? try weights.tensor("model.action_token", [backbone.width]) : Tensor(shape: [0]) { _ in }
    if settings.kind == .discrete {
      weights.skip { $0 == "model.action_token" || $0.hasPrefix("model.act_head.") }
    }
    // Only training looks at it.
    weights.skip { $0.hasPrefix("model.clip_norm_head.") }
    // A checkpoint saved after the wrapper aliased its head carries the head twice.
    weights.skip { $0.hasPrefix("model.lm_head.") }
    try weights.finish()
  }

  private static func makeBackbone(
    _ configuration: VLAConfiguration, _ weights: WeightLoader
  ) throws(VLAError) -> any Backbone {
    let (json, file) = (
      configuration.backboneConfig, configuration.backboneFile ?? configuration.file
    )
    switch configuration.backbone {
    case .kosmos: return try Kosmos2(Kosmos2.Configuration(json, file: file), weights)
    case .paligemma: return try PaliGemma(PaliGemma.Configuration(json, file: file), weights)
    }
  }

  /// Columns of what a head remembers per frame: D times the action tokens per frame.
  var featureWidth: Int { backbone.width * configuration.head.latent }
  /// Rows of the tallest matrix product one request takes part in: the vision tower's.
  var largestProductRows: Int { cameras * backbone.imageTokens }
  /// `[out, in]` of every weight that meets many rows at once; batch invariance is checked on them.
  public var productShapes: [(outputs: Int, inputs: Int)] {
    backbone.productShapes
      + (resampler == nil ? [] : VisionResampler.productShapes(width: backbone.width))
  }
  /// Rows one image has in the decoder's sequence.
  var visualTokens: Int { resampler == nil ? backbone.visualTokens : VisionResampler.latentCount }
  /// Images per frame.
  var cameras: Int { configuration.usesGripperCamera ? 2 : 1 }
}

extension VLAModel {
  /// Image features of frames, `[frames · cameras · visual tokens, D]`, static before gripper per frame.
  public func encode(
    _ frames: [(static: Frame, gripper: Frame)], _ pass: ForwardPass
  ) throws(VLAError) -> Matrix {
    let features = pass.workspace.matrix(
      frames.count * cameras * visualTokens, backbone.width)
    try pass.workspace.scope { () throws(VLAError) in
      let size = backbone.imageSize
      let pixels = pass.workspace.matrix(frames.count * cameras, 3 * size * size)
      var pictures: [Frame] = []
      for frame in frames {
        pictures.append(frame.static)
        if configuration.usesGripperCamera { pictures.append(frame.gripper) }
      }
      try pass.timed("preprocess") { () throws(VLAError) in
        try preprocess(pictures, into: pixels, pass)
      }
      pass.show("pixels", pixels)
      pass.timed("vision") {
        let encoded = backbone.encodeImages(pixels, pass)
        if let resampler {
          resampler.apply(encoded, images: pixels.rows, into: features, pass)
        } else {
          features.copy(from: encoded)
        }
      }
    }
    return features
  }

  /// Pictures to pixels side by side; of several bad ones the first is reported.
  private func preprocess(
    _ pictures: [Frame], into pixels: Matrix, _ pass: ForwardPass
  ) throws(VLAError) {
    let failures = Mutex<[Int: VLAError]>([:])
    pass.parallel(pictures.count) { _, index in
      do throws(VLAError) {
        try preprocessor.write(pictures[index], to: pixels.row(index))
      } catch {
        failures.withLock { $0[index] = error }
      }
    }
    if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
  }

  /// One position of an input sequence.
  enum Position: Equatable {
    case token(Int)
    /// Row of the frame's features.
    case image(Int)
    case action
  }

  /// RoboVLMs' order `[id 0][gripper Q][static Q][id 1 ... id T-2][action tokens][id T-1]`. With
  /// `ids` right-padded, the action tokens stay before the last *position*, as upstream has it.
  func layout(_ ids: [Int]) -> [Position] {
    let q = visualTokens
    var order: [Position] = ids.prefix(1).map { .token($0) }
    if configuration.usesGripperCamera { order += (q..<(2 * q)).map { .image($0) } }
    order += (0..<q).map { .image($0) }
    if !configuration.head.hasActionTokens { return order + ids.dropFirst().map { .token($0) } }
    order += ids.dropFirst().dropLast().map { .token($0) }
    order += Array(repeating: .action, count: configuration.head.latent)
    return order + ids.dropFirst().suffix(1).map { .token($0) }
  }

  /// Rows of the sequence assembled from a text of this many tokens.
  package func sequenceLength(textLength: Int) -> Int {
    layout(Array(repeating: 0, count: textLength)).count
  }

  /// Writes a sequence's input embeddings; `features` are one frame's rows.
  func embed(_ order: [Position], features: Matrix, into x: Matrix) {
    for (row, position) in order.enumerated() {
      switch position {
      case .token(let id): x.setRow(row, backbone.embedding(of: id))
      case .image(let index): x.rows(row..<(row + 1)).copy(from: features.rows(index..<(index + 1)))
      case .action: x.setRow(row, actionToken.values)
      }
    }
  }

  /// Rows of a frame's sequence whose hidden states the head is made of, ascending: the action
  /// tokens, or those it pools.
  func headRows(_ order: [Position]) -> [Int] {
    order.indices.filter { row in
      switch (configuration.head.pooledTokens, order[row]) {
      case (nil, .action), (.all, _), (.vision, .image): true
      case (.text, .token): row > 0 && row < order.count - 1
      default: false
      }
    }
  }

  /// False for a text that leaves the head no row.
  func canEncode(_ ids: [Int]) -> Bool {
    configuration.head.kind == .discrete || !headRows(layout(ids)).isEmpty
  }

  /// Positions after the head's last row cannot reach it: a causal decoder need not see them.
  func trimmed(_ order: [Position], _ pass: ForwardPass) -> [Position] {
    guard pass.probe == nil, let last = headRows(order).last else { return order }
    return Array(order[...last])
  }

  /// A frame's sequences as a head wants them: ids, and the features of each of its frames (one
  /// for history `post`, the whole window for `pre`).
  package struct SequenceInput {
    var ids: [Int]
    var frames: [Matrix]
    /// False for positions of the assembled sequence nobody may attend to; empty when all count.
    var keyMask: [Bool]

    package init(ids: [Int], frames: [Matrix], keyMask: [Bool] = []) {
      self.ids = ids
      self.frames = frames
      self.keyMask = keyMask
    }
  }

  /// Hidden states of the action tokens, or of the pooled ones, `[sum of frames · latent, D]`, in
  /// order.
  package func actionHidden(_ inputs: [SequenceInput], _ pass: ForwardPass) -> Matrix {
    let latent = configuration.head.latent
    let count = inputs.reduce(0) { $0 + $1.frames.count }
    let hidden = pass.workspace.matrix(count * latent, backbone.width)
    pass.workspace.scope {
      var packed = PackedSequences(sequences: [], outputs: [])
      var orders: [(order: [Position], features: Matrix)] = []
      var outputCounts: [Int] = []
      var rows = 0
      for input in inputs {
        let first = rows
        let full = layout(input.ids)
        let wanted = headRows(full)
        for (index, features) in input.frames.enumerated() {
          let order = index == input.frames.count - 1 ? trimmed(full, pass) : full
          orders.append((order, features))
          packed.outputs += wanted.map { rows + $0 }
          outputCounts.append(wanted.count)
          rows += order.count
        }
        packed.sequences.append(
          PackedSequences.Sequence(rows: first..<rows, keyMask: maskForKeys(input, rows - first)))
      }
      let x = pass.workspace.matrix(rows, backbone.width)
      pass.timed("text") {
        var at = 0
        for (order, features) in orders {
          embed(order, features: features, into: x.rows(at..<(at + order.count)))
          at += order.count
        }
      }
      pass.show("decoder.inputs", x)
      pass.timed("decoder") {
        let decoded = backbone.decode(x, packed, pass)
        if configuration.head.pooledTokens == nil {
          hidden.copy(from: decoded)
        } else {
          pool(decoded, outputCounts, into: hidden)
        }
      }
    }
    return hidden
  }

  /// PyTorch's `AdaptiveMaxPool1d(latent)` over each frame's rows: the greatest of every column in
  /// `latent` spans that cover them.
  private func pool(_ rows: Matrix, _ counts: [Int], into pooled: Matrix) {
    let latent = configuration.head.latent
    var first = 0
    for (frame, count) in counts.enumerated() {
      for part in 0..<latent {
        let target = pooled.row(frame * latent + part)
        let span = (part * count / latent)..<(((part + 1) * count + latent - 1) / latent)
        for column in 0..<pooled.columns {
          target[column] = span.reduce(-.infinity) { max($0, rows[first + $1, column]) }
        }
      }
      first += count
    }
  }

  private func maskForKeys(_ input: SequenceInput, _ rows: Int) -> [Bool] {
    guard configuration.head.fillsZero || !input.keyMask.isEmpty else { return [] }
    return Array(attentionMask(input).prefix(rows))
  }

  /// Which positions of the assembled sequence may be attended to: those of `keyMask`, without the
  /// action tokens when the head says `fill_zero`.
  package func attentionMask(_ input: SequenceInput) -> [Bool] {
    let order = layout(input.ids)
    return (0..<(order.count * input.frames.count)).map { row in
      (!configuration.head.fillsZero || order[row % order.count] != .action)
        && (input.keyMask.isEmpty || input.keyMask[row])
    }
  }
}

extension VLAModel {
  /// The head's outputs for every step of packed windows of hidden states, as in training.
  package func decodeWindows(
    _ hidden: [Float], lengths: [Int], _ pass: ForwardPass
  ) -> (arm: [Float], gripper: [Float]) {
    guard case .continuous(let head) = head else { return ([], []) }
    return pass.workspace.scope {
      let windows = pass.workspace.matrix(lengths.reduce(0, +), featureWidth)
      hidden.withUnsafeBufferPointer { numbers in
        for row in 0..<windows.rows {
          windows.setRow(
            row,
            UnsafeBufferPointer(
              rebasing: numbers[(row * windows.columns)..<((row + 1) * windows.columns)]))
        }
      }
      let output = head(windows, lengths: lengths, everyStep: true, pass)
      return (output.arm.array, output.gripper.array)
    }
  }
}

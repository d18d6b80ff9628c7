import NeuralNetworks

/// The pre-norm vision transformer CLIP and SigLIP share.
/// Shapes: P patches, H width, F feed-forward width; with a class token there are P+1 rows an image.
public struct VisionTransformer: Sendable {
  /// Sizes, as in a Hugging Face `vision_config`.
  public struct Configuration: Sendable, Equatable {
    /// H
    public var width: Int
    /// F
    public var feedForward: Int
    /// Layers.
    public var layers: Int
    /// Attention heads.
    public var heads: Int
    /// Pixels per side.
    public var imageSize: Int
    /// Pixels per side of a patch.
    public var patchSize: Int
    /// ε of the norms.
    public var epsilon: Float
    /// Activation of the feed-forward part.
    public var activation: Activation

    /// Sizes of these values.
    public init(
      width: Int, feedForward: Int, layers: Int, heads: Int, imageSize: Int, patchSize: Int,
      epsilon: Float, activation: Activation
    ) {
      self.width = width
      self.feedForward = feedForward
      self.layers = layers
      self.heads = heads
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.epsilon = epsilon
      self.activation = activation
    }

    init(_ config: ConfigReader, defaults: Configuration) throws(VLAError) {
      self = defaults
      width = try config.int("hidden_size") ?? width
      feedForward = try config.int("intermediate_size") ?? feedForward
      layers = try config.int("num_hidden_layers", 1...1024) ?? layers
      heads = try config.int("num_attention_heads") ?? heads
      imageSize = try config.int("image_size", 1...8192) ?? imageSize
      patchSize = try config.int("patch_size", 1...8192) ?? patchSize
      epsilon = try config.float("layer_norm_eps") ?? epsilon
      activation = try config.activation("hidden_act") ?? activation
      guard width % heads == 0 else {
        throw config.error(
          "num_attention_heads", "is \(heads), which does not divide hidden_size \(width)")
      }
      guard imageSize >= patchSize else {
        throw config.error("patch_size", "is \(patchSize), more than image_size \(imageSize)")
      }
    }

    /// P
    public var patches: Int { (imageSize / patchSize) * (imageSize / patchSize) }
  }

  let configuration: Configuration
  let patchEmbedding: Linear
  let classEmbedding: Tensor?
  let positionEmbedding: Tensor
  let preNorm: LayerNorm?
  let layers: [Layer]

  init(
    _ configuration: Configuration, _ prefix: String, hasClassToken: Bool, convolutionBias: Bool,
    preNormKey: String?, _ weights: WeightLoader
  ) throws(VLAError) {
    self.configuration = configuration
    let (h, patch) = (configuration.width, configuration.patchSize)
    let kernel = try weights.tensor(
      "\(prefix).embeddings.patch_embedding.weight", [h, 3, patch, patch])
    patchEmbedding = weights.layer(
      kernel.reshaped(kernel.values.isEmpty ? [0, 0] : [h, 3 * patch * patch]),
      bias: convolutionBias
        ? try weights.tensor("\(prefix).embeddings.patch_embedding.bias", [h]) : nil)
    classEmbedding =
      hasClassToken ? try weights.tensor("\(prefix).embeddings.class_embedding", [h]) : nil
    positionEmbedding = try weights.tensor(
      "\(prefix).embeddings.position_embedding.weight",
      [configuration.patches + (hasClassToken ? 1 : 0), h])
    preNorm =
      if let preNormKey {
        try weights.layerNorm("\(prefix).\(preNormKey)", h, epsilon: configuration.epsilon)
      } else { nil }
    var layers: [Layer] = []
    for index in 0..<configuration.layers {
      layers.append(try Layer(configuration, "\(prefix).encoder.layers.\(index)", weights))
    }
    self.layers = layers
  }

  var productShapes: [(outputs: Int, inputs: Int)] {
    let (h, f) = (configuration.width, configuration.feedForward)
    return [(h, patchEmbedding.inputs), (h, h), (f, h), (h, f)]
  }

  /// pixels `[images, 3·S·S]` -> hidden states before any final norm, `[images · tokens, H]`.
  func callAsFunction(_ pixels: Matrix, _ pass: ForwardPass) -> Matrix {
    let tokens = positionEmbedding.shape[0]
    let x = pass.workspace.matrix(pixels.rows * tokens, configuration.width)
    pass.workspace.scope {
      embed(pixels, into: x, tokens: tokens, pass)
    }
    pass.show("vision.embeddings", x)
    if let preNorm {
      preNorm.apply(x, into: x, pass)
      pass.show("vision.preNorm", x)
    }
    let images = (0..<pixels.rows).map { image in
      let rows = (image * tokens)..<((image + 1) * tokens)
      return Attention.Sequence(queries: rows, keys: rows)
    }
    for (index, layer) in layers.enumerated() {
      layer.apply(x, images, pass)
      pass.show("vision.layer.\(index)", x)
    }
    return x
  }

  /// The convolution as a matrix product over unfolded patches, then class token and positions.
  private func embed(_ pixels: Matrix, into x: Matrix, tokens: Int, _ pass: ForwardPass) {
    let (size, patch) = (configuration.imageSize, configuration.patchSize)
    let side = size / patch
    let count = side * side
    let unfolded = pass.workspace.matrix(pixels.rows * count, 3 * patch * patch)
    pass.parallelRows(pixels.rows * count, work: pixels.rows * pixels.columns) { rows in
      for row in rows {
        let (image, index) = (row / count, row % count)
        let corner = pixels.row(image) + (index / side * size + index % side) * patch
        var target = unfolded.row(row)
        for channel in 0..<3 {
          for line in 0..<patch {
            target.update(from: corner + (channel * size + line) * size, count: patch)
            target += patch
          }
        }
      }
    }
    let patches = patchEmbedding(unfolded, pass)
    let first = tokens - count
    for image in 0..<pixels.rows {
      for token in 0..<tokens {
        let row = x.rows((image * tokens + token)..<(image * tokens + token + 1))
        row.setRow(0, positionEmbedding.row(token))
        if token < first, let classEmbedding {
          for column in 0..<x.columns { row[0, column] += classEmbedding.values[column] }
        } else {
          let patch = image * count + token - first
          row.add(patches.rows(patch..<(patch + 1)))
        }
      }
    }
  }

  /// x += attention(LN₁ x); x += fc2(act(fc1(LN₂ x))).
  struct Layer: Sendable {
    let norm1, norm2: LayerNorm
    let query, key, value, out, fc1, fc2: Linear
    let attention: Attention
    let activation: Activation

    init(_ configuration: Configuration, _ prefix: String, _ weights: WeightLoader)
      throws(VLAError)
    {
      let (h, f, epsilon) = (
        configuration.width, configuration.feedForward, configuration.epsilon
      )
      norm1 = try weights.layerNorm("\(prefix).layer_norm1", h, epsilon: epsilon)
      query = try weights.linear("\(prefix).self_attn.q_proj", in: h, out: h)
      key = try weights.linear("\(prefix).self_attn.k_proj", in: h, out: h)
      value = try weights.linear("\(prefix).self_attn.v_proj", in: h, out: h)
      out = try weights.linear("\(prefix).self_attn.out_proj", in: h, out: h)
      norm2 = try weights.layerNorm("\(prefix).layer_norm2", h, epsilon: epsilon)
      fc1 = try weights.linear("\(prefix).mlp.fc1", in: h, out: f)
      fc2 = try weights.linear("\(prefix).mlp.fc2", in: f, out: h)
      attention = Attention(
        heads: configuration.heads, headSize: h / configuration.heads, isCausal: false)
      activation = configuration.activation
    }

    /// x `[images · tokens, H]`, updated in place.
    func apply(_ x: Matrix, _ images: [Attention.Sequence], _ pass: ForwardPass) {
      pass.workspace.scope {
        let normed = norm1(x, pass)
        let q = query(normed, pass), k = key(normed, pass), v = value(normed, pass)
        let context = normed  // no longer needed once q, k and v exist
        attention.apply(queries: q, keys: k, values: v, sequences: images, into: context, pass)
        out.add(context, to: x, pass)
      }
      pass.workspace.scope {
        fc2.add(fc1(norm2(x, pass), pass, activation: activation), to: x, pass)
      }
    }
  }
}

extension ConfigReader {
  /// An activation by its Hugging Face name.
  func activation(_ key: String) throws(VLAError) -> Activation? {
    guard let name = try string(key) else { return nil }
    guard let activation = Activation(configName: name) else {
      throw error(
        key,
        "is \(name), expected one of relu, gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, silu,"
          + " tanh, sigmoid, linear")
    }
    return activation
  }
}

import Foundation
import NeuralNetworks

/// KosMos-2: a CLIP vision tower, a latent-query resampler and a sub-LN text decoder.
/// Shapes: H vision width, P patches, Q latent queries, D text width, F text FFN width, V words.
public struct Kosmos2: Backbone {
  /// Sizes, as in `Kosmos2Config`; defaults are the published model's.
  public struct Configuration: Sendable, Equatable {
    /// The vision tower.
    public var vision = VisionTransformer.Configuration(
      width: 1024, feedForward: 4096, layers: 24, heads: 16, imageSize: 224, patchSize: 14,
      epsilon: 1e-5, activation: .quickGELU)
    /// V
    public var vocabulary = 65037
    /// D
    public var width = 2048
    /// F
    public var feedForward = 8192
    /// Decoder layers.
    public var layers = 24
    /// Attention heads of the decoder, and of the resampler.
    public var heads = 32
    /// ε of the decoder's norms.
    public var epsilon: Float = 1e-5
    /// Activation of the decoder's FFN.
    public var activation = Activation.gelu
    /// Whether inputs are multiplied by √D.
    public var scalesEmbedding = true
    /// Q
    public var latentQueries = 64
    /// Row of the position table the first token has: the one after the padding token's id.
    public var firstPosition = 2
    /// Whether logits are products with the word embedding.
    public var tiesEmbedding = true

    /// The published KosMos-2 patch14-224.
    public init() {}

    /// Sizes from a Hugging Face `kosmos-2` config; absent keys keep the class's defaults.
    public init(_ json: ExactJSON, file: String?) throws(VLAError) {
      let config = ConfigReader(json, file: file)
      let text = try config.object("text_config")
      vision = try VisionTransformer.Configuration(
        try config.object("vision_config"), defaults: vision)
      vocabulary = try text.int("vocab_size", 1...(1 << 24)) ?? vocabulary
      width = try text.int("embed_dim", 4...(1 << 20)) ?? width
      feedForward = try text.int("ffn_dim") ?? feedForward
      layers = try text.int("layers", 1...1024) ?? layers
      heads = try text.int("attention_heads") ?? heads
      epsilon = try text.float("layer_norm_eps") ?? epsilon
      scalesEmbedding = try text.bool("scale_embedding") ?? scalesEmbedding
      firstPosition = (try text.int("pad_token_id", 0...(1 << 24)) ?? firstPosition - 1) + 1
      latentQueries = try config.int("latent_query_num", 1...(1 << 16)) ?? latentQueries
      tiesEmbedding = try config.tiesEmbedding
      activation = try text.activation("activation_function") ?? activation
      guard width % heads == 0 else {
        throw text.error("attention_heads", "is \(heads), which does not divide embed_dim \(width)")
      }
    }
  }

  let configuration: Configuration
  let vision: VisionTransformer
  let postLayerNorm: LayerNorm
  let resampler: Resampler
  let embedTokens: Tensor
  let layers: [DecoderLayer]
  let layerNorm: LayerNorm
  let output: Linear

  /// Takes the model's weights from a checkpoint.
  public init(_ configuration: Configuration, _ weights: WeightLoader) throws(VLAError) {
    self.configuration = configuration
    let (width, vocabulary) = (configuration.width, configuration.vocabulary)
    let visionKey = "model.backbone.vision_model.model", textKey = "model.backbone.text_model"
    vision = try VisionTransformer(
      configuration.vision, visionKey, hasClassToken: true, convolutionBias: false,
      preNormKey: "pre_layrnorm", weights)
    postLayerNorm = try weights.layerNorm(
      "\(visionKey).post_layernorm", configuration.vision.width,
      epsilon: configuration.vision.epsilon)
    resampler = try Resampler(configuration, "model.backbone.image_to_text_projection", weights)
    embedTokens = try weights.tensor("\(textKey).model.embed_tokens.weight", [vocabulary, width])
    var layers: [DecoderLayer] = []
    for index in 0..<configuration.layers {
      layers.append(try DecoderLayer(configuration, "\(textKey).model.layers.\(index)", weights))
    }
    self.layers = layers
    layerNorm = try weights.layerNorm(
      "\(textKey).model.layer_norm", width, epsilon: configuration.epsilon)
    output = try weights.outputLayer(
      "\(textKey).lm_head.weight", embedding: embedTokens, isTied: configuration.tiesEmbedding)
    weights.skip {
      $0.hasSuffix(".embed_positions.weights") || $0.hasSuffix("embeddings.position_ids")
    }
  }

  /// D
  public var width: Int { configuration.width }
  /// Q
  public var visualTokens: Int { configuration.latentQueries }
  /// P + 1
  public var imageTokens: Int { configuration.vision.patches + 1 }
  /// S
  public var imageSize: Int { configuration.vision.imageSize }
  /// V
  public var vocabularySize: Int { configuration.vocabulary }
  /// CLIP's: RoboVLMs never uses the processor's own.
  public var imageNormalization: ImageNormalization { .clip }
  /// One entry per distinct weight shape.
  public var productShapes: [(outputs: Int, inputs: Int)] {
    let (d, f) = (configuration.width, configuration.feedForward)
    return vision.productShapes + [(d, configuration.vision.width), (d, d), (f, d), (d, f)]
  }
  /// Layers and D.
  public var cacheShape: (layers: Int, width: Int) { (configuration.layers, width) }

  /// One row of the table `[V, D]`.
  public func embedding(of token: Int) -> UnsafeBufferPointer<Float> { embedTokens.row(token) }

  /// Tower, `post_layernorm` on every token, unit length per token, resampler.
  public func encodeImages(_ pixels: Matrix, _ pass: ForwardPass) -> Matrix {
    let features = pass.workspace.matrix(pixels.rows * visualTokens, width)
    pass.workspace.scope {
      let hidden = vision(pixels, pass)  // [images · (P+1), H]
      pass.show("vision.last", hidden)
      postLayerNorm.apply(hidden, into: hidden, pass)
      hidden.normalizeRows()
      pass.show("projector.in", hidden)
      resampler.apply(hidden, images: pixels.rows, into: features, pass)
      pass.show("projector.out", features)
    }
    return features
  }

  /// x·√D plus sinusoid positions, the layers, the final norm.
  public func decode(_ x: Matrix, _ sequences: PackedSequences, _ pass: ForwardPass) -> Matrix {
    let hidden = pass.workspace.matrix(sequences.outputs.count, width)
    pass.workspace.scope {
      let h = pass.workspace.matrix(x.rows, width)
      h.copy(from: x)
      if configuration.scalesEmbedding { h.scale(Float(Double(width).squareRoot())) }
      for (row, position) in sequences.positions.enumerated() {
        Self.addSinusoid(
          position: position + configuration.firstPosition, to: h.row(row), width: width)
      }
      sequences.run(layers: layers.count, on: h, into: hidden, pass) { index, only in
        layers[index].apply(h, sequences, layer: index, only: only, into: hidden, pass)
      } finalNorm: {
        layerNorm.apply($0, into: $0, pass)
      }
    }
    return hidden
  }

  /// hidden · `lm_head`ᵀ
  public func logits(_ hidden: Matrix, _ pass: ForwardPass) -> Matrix { output(hidden, pass) }

  /// Rows 0..<`rows` of the position table; the row before the first position is zero, for padding.
  package func sinusoidTable(rows: Int) -> [Double] {
    var table = [Float](repeating: 0, count: rows * width)
    table.withUnsafeMutableBufferPointer { table in
      guard let base = table.baseAddress else { return }
      for row in 0..<rows where row != configuration.firstPosition - 1 {
        Self.addSinusoid(position: row, to: base + row * width, width: width)
      }
    }
    return table.map { Double($0) }
  }

  /// Adds row `position` of fairseq's table: sines of all frequencies, then cosines, computed in
  /// float32 as PyTorch does.
  static func addSinusoid(position: Int, to row: UnsafeMutablePointer<Float>, width: Int) {
    let half = width / 2
    let step = Float(-(log(10000.0) / Double(half - 1)))
    for k in 0..<half {
      let angle = Float(position) * Float(exp(Double(Float(k) * step)))
      row[k] += Float(sin(Double(angle)))
      row[half + k] += Float(cos(Double(angle)))
    }
  }
}

extension Kosmos2 {
  /// One decoder layer: pre-norm attention and FFN, each with a second norm before its output.
  struct DecoderLayer: Sendable {
    let selfAttentionNorm, innerAttentionNorm, finalNorm, feedForwardNorm: LayerNorm
    let query, key, value, out, fc1, fc2: Linear
    let attention: Attention
    let activation: Activation

    init(_ configuration: Configuration, _ prefix: String, _ weights: WeightLoader)
      throws(VLAError)
    {
      let (d, f, epsilon) = (
        configuration.width, configuration.feedForward, configuration.epsilon
      )
      selfAttentionNorm = try weights.layerNorm(
        "\(prefix).self_attn_layer_norm", d, epsilon: epsilon)
      query = try weights.linear("\(prefix).self_attn.q_proj", in: d, out: d)
      key = try weights.linear("\(prefix).self_attn.k_proj", in: d, out: d)
      value = try weights.linear("\(prefix).self_attn.v_proj", in: d, out: d)
      innerAttentionNorm = try weights.layerNorm(
        "\(prefix).self_attn.inner_attn_ln", d, epsilon: epsilon)
      out = try weights.linear("\(prefix).self_attn.out_proj", in: d, out: d)
      finalNorm = try weights.layerNorm("\(prefix).final_layer_norm", d, epsilon: epsilon)
      fc1 = try weights.linear("\(prefix).ffn.fc1", in: d, out: f)
      feedForwardNorm = try weights.layerNorm("\(prefix).ffn.ffn_layernorm", f, epsilon: epsilon)
      fc2 = try weights.linear("\(prefix).ffn.fc2", in: f, out: d)
      attention = Attention(
        heads: configuration.heads, headSize: d / configuration.heads, isCausal: true)
      activation = configuration.activation
    }

    /// h `[rows, D]` is updated in place; when `only` is given, only those rows are finished, into
    /// `selected` `[only, D]`.
    func apply(
      _ h: Matrix, _ sequences: PackedSequences, layer: Int, only: [Int]?, into selected: Matrix,
      _ pass: ForwardPass
    ) {
      pass.workspace.scope {
        let normed = selfAttentionNorm(h, pass)
        let k = key(normed, pass), v = value(normed, pass)  // [rows, D]
        let q = query(only.map { gather($0, of: normed, pass) } ?? normed, pass)
        let context = sequences.attend(
          attention, layer: layer, queries: q, keys: k, values: v, only: only, pass)
        let stream = sequences.stream(h, only: only, in: selected)
        innerAttentionNorm.apply(context, into: context, pass)
        out.add(context, to: stream, pass)
        let inner = fc1(finalNorm(stream, pass), pass, activation: activation)  // [rows, F]
        feedForwardNorm.apply(inner, into: inner, pass)
        fc2.add(inner, to: stream, pass)
      }
    }
  }

  /// Q latent queries look at one image's tokens and at themselves: `[P+1, H]` -> `[Q, D]`.
  struct Resampler: Sendable {
    let dense, query, key, value, out: Linear
    let latents: Tensor
    let attention: Attention

    init(_ configuration: Configuration, _ prefix: String, _ weights: WeightLoader)
      throws(VLAError)
    {
      let d = configuration.width
      dense = try weights.linear("\(prefix).dense", in: configuration.vision.width, out: d)
      latents = try weights.tensor("\(prefix).latent_query", [configuration.latentQueries, d])
      query = try weights.linear("\(prefix).x_attn.q_proj", in: d, out: d)
      key = try weights.linear("\(prefix).x_attn.k_proj", in: d, out: d)
      value = try weights.linear("\(prefix).x_attn.v_proj", in: d, out: d)
      out = try weights.linear("\(prefix).x_attn.out_proj", in: d, out: d)
      attention = Attention(
        heads: configuration.heads, headSize: d / configuration.heads, isCausal: false)
    }

    func apply(_ x: Matrix, images: Int, into y: Matrix, _ pass: ForwardPass) {
      let (tokens, queries) = (x.rows / max(images, 1), latents.shape[0])
      let h = dense(x, pass)  // [images · (P+1), D]
      let rows = pass.workspace.matrix(images * (tokens + queries), h.columns)
      let latent = pass.workspace.matrix(queries, h.columns)
      for index in 0..<queries { latent.setRow(index, latents.row(index)) }
      for image in 0..<images {
        let first = image * (tokens + queries)
        rows.rows(first..<(first + tokens)).copy(
          from: h.rows((image * tokens)..<((image + 1) * tokens)))
        rows.rows((first + tokens)..<(first + tokens + queries)).copy(from: latent)
      }
      let k = key(rows, pass), v = value(rows, pass), once = query(latent, pass)
      let q = pass.workspace.matrix(images * queries, h.columns)
      for image in 0..<images {
        q.rows((image * queries)..<((image + 1) * queries)).copy(from: once)
      }
      let context = pass.workspace.matrix(q.rows, q.columns)
      attention.apply(
        queries: q, keys: k, values: v,
        sequences: (0..<images).map { image in
          let first = image * (tokens + queries)
          return Attention.Sequence(
            queries: (image * queries)..<((image + 1) * queries),
            keys: first..<(first + tokens + queries))
        }, into: context, pass)
      out.apply(context, into: y, pass)
    }
  }
}

import Foundation
import NeuralNetworks

/// PaliGemma as RoboVLMs drives it: SigLIP, one linear projector, Gemma with plain causal attention.
/// Shapes: P patches (= visual tokens), H vision width, D text width, F FFN width, V words.
public struct PaliGemma: Backbone {
  /// Sizes, as in `PaliGemmaConfig`; defaults are the published 3B model's at 224 pixels.
  public struct Configuration: Sendable, Equatable {
    /// SigLIP.
    public var vision = VisionTransformer.Configuration(
      width: 1152, feedForward: 4304, layers: 27, heads: 16, imageSize: 224, patchSize: 14,
      epsilon: 1e-6, activation: .geluTanh)
    /// V
    public var vocabulary = 257_216
    /// D
    public var width = 2048
    /// F
    public var feedForward = 16384
    /// Decoder layers.
    public var layers = 18
    /// Query heads.
    public var heads = 8
    /// Key and value heads.
    public var keyValueHeads = 1
    /// Columns of a head.
    public var headSize = 256
    /// ε of the norms.
    public var epsilon: Float = 1e-6
    /// Base of the rotary frequencies.
    public var ropeTheta = 10000.0
    /// `PaliGemmaConfig.hidden_size`: image features are divided by its square root.
    public var projectorWidth = 2048
    /// Activation of the gated MLP.
    public var activation = Activation.geluTanh
    /// Whether the projections of attention have biases.
    public var hasAttentionBias = false
    /// Whether logits are products with the word embedding.
    public var tiesEmbedding = true

    /// PaliGemma 3B at 224 pixels.
    public init() {}

    /// Sizes from a Hugging Face `paligemma` config; absent keys keep the defaults.
    public init(_ json: ExactJSON, file: String?) throws(VLAError) {
      let config = ConfigReader(json, file: file)
      let text = try config.object("text_config")
      vision = try VisionTransformer.Configuration(
        try config.object("vision_config"), defaults: vision)
      vocabulary = try text.int("vocab_size", 1...(1 << 24)) ?? vocabulary
      width = try text.int("hidden_size") ?? width
      feedForward = try text.int("intermediate_size") ?? feedForward
      layers = try text.int("num_hidden_layers", 1...1024) ?? layers
      heads = try text.int("num_attention_heads", 1...4096) ?? heads
      keyValueHeads = try text.int("num_key_value_heads", 1...4096) ?? keyValueHeads
      headSize = try text.int("head_dim", 2...(1 << 16)) ?? headSize
      epsilon = try text.float("rms_norm_eps") ?? epsilon
      ropeTheta = try text.double("rope_theta") ?? ropeTheta
      hasAttentionBias = try text.bool("attention_bias") ?? hasAttentionBias
      projectorWidth = try config.int("hidden_size") ?? projectorWidth
      tiesEmbedding = try config.tiesEmbedding
      // Gemma's `hidden_act` is ignored upstream unless `hidden_activation` is set.
      activation = try text.activation("hidden_activation") ?? activation
      guard heads % keyValueHeads == 0 else {
        throw text.error("num_key_value_heads", "is \(keyValueHeads), not a divisor of \(heads)")
      }
      guard headSize % 2 == 0 else {
        throw text.error("head_dim", "is \(headSize), expected an even number")
      }
      guard ropeTheta > 0 else {
        throw text.error("rope_theta", "is \(ropeTheta), expected more than 0")
      }
    }
  }

  let configuration: Configuration
  let vision: VisionTransformer
  let postLayerNorm: LayerNorm
  let projector: Linear
  let embedTokens: Tensor
  let layers: [DecoderLayer]
  let norm: RMSNorm
  let output: Linear

  /// Takes the model's weights from a checkpoint.
  public init(_ configuration: Configuration, _ weights: WeightLoader) throws(VLAError) {
    self.configuration = configuration
    let visionKey = "model.backbone.vision_tower.vision_model"
    let textKey = "model.backbone.language_model"
    vision = try VisionTransformer(
      configuration.vision, visionKey, hasClassToken: false, convolutionBias: true,
      preNormKey: nil, weights)
    postLayerNorm = try weights.layerNorm(
      "\(visionKey).post_layernorm", configuration.vision.width,
      epsilon: configuration.vision.epsilon)
    projector = try weights.linear(
      "model.backbone.multi_modal_projector.linear", in: configuration.vision.width,
      out: configuration.width)
    embedTokens = try weights.tensor(
      "\(textKey).model.embed_tokens.weight", [configuration.vocabulary, configuration.width])
    var layers: [DecoderLayer] = []
    for index in 0..<configuration.layers {
      layers.append(try DecoderLayer(configuration, "\(textKey).model.layers.\(index)", weights))
    }
    self.layers = layers
    norm = RMSNorm(
      weight: try weights.tensor("\(textKey).model.norm.weight", [configuration.width]),
      epsilon: configuration.epsilon)
    output = try weights.outputLayer(
      "\(textKey).lm_head.weight", embedding: embedTokens, isTied: configuration.tiesEmbedding)
    weights.skip {
      $0.hasSuffix("rotary_emb.inv_freq") || $0.hasSuffix("embeddings.position_ids")
    }
  }

  /// D
  public var width: Int { configuration.width }
  /// P
  public var visualTokens: Int { configuration.vision.patches }
  /// P
  public var imageTokens: Int { configuration.vision.patches }
  /// S
  public var imageSize: Int { configuration.vision.imageSize }
  /// V
  public var vocabularySize: Int { configuration.vocabulary }
  /// SigLIP's.
  public var imageNormalization: ImageNormalization { .siglip }
  /// One entry per distinct weight shape.
  public var productShapes: [(outputs: Int, inputs: Int)] {
    let (d, f) = (configuration.width, configuration.feedForward)
    let (q, kv) = (
      configuration.heads * configuration.headSize,
      configuration.keyValueHeads * configuration.headSize
    )
    return vision.productShapes
      + [(d, configuration.vision.width), (q, d), (kv, d), (d, q), (f, d), (d, f)]
  }
  /// Layers and columns of the shared keys.
  public var cacheShape: (layers: Int, width: Int) {
    (configuration.layers, configuration.keyValueHeads * configuration.headSize)
  }

  /// One row of the table `[V, D]`.
  public func embedding(of token: Int) -> UnsafeBufferPointer<Float> { embedTokens.row(token) }

  /// Tower with its final norm, projector, division by √`projectorWidth`.
  public func encodeImages(_ pixels: Matrix, _ pass: ForwardPass) -> Matrix {
    let features = pass.workspace.matrix(pixels.rows * visualTokens, width)
    pass.workspace.scope {
      let hidden = vision(pixels, pass)  // [images · P, H]
      postLayerNorm.apply(hidden, into: hidden, pass)
      pass.show("vision.last", hidden)
      projector.apply(hidden, into: features, pass)
      pass.show("projector.out", features)
      features.scale(1 / Float(Double(configuration.projectorWidth).squareRoot()))
    }
    return features
  }

  /// x·√D, the layers with rotary positions, the final norm.
  public func decode(_ x: Matrix, _ sequences: PackedSequences, _ pass: ForwardPass) -> Matrix {
    let hidden = pass.workspace.matrix(sequences.outputs.count, width)
    pass.workspace.scope {
      let h = pass.workspace.matrix(x.rows, width)
      h.copy(from: x)
      h.scale(Float(Double(width).squareRoot()))
      let rotations = Rotations(
        positions: sequences.positions, headSize: configuration.headSize,
        theta: configuration.ropeTheta, pass)
      sequences.run(layers: layers.count, on: h, into: hidden, pass) { index, only in
        layers[index].apply(h, sequences, layer: index, rotations, only: only, into: hidden, pass)
      } finalNorm: {
        norm.apply($0, into: $0, pass)
      }
    }
    return hidden
  }

  /// hidden · `lm_head`ᵀ
  public func logits(_ hidden: Matrix, _ pass: ForwardPass) -> Matrix { output(hidden, pass) }
}

extension PaliGemma {
  /// cos and sin of every row's rotary angles, `[rows, headSize/2]`.
  struct Rotations {
    let cosine, sine: Matrix

    init(positions: [Int], headSize: Int, theta: Double, _ pass: ForwardPass) {
      let half = headSize / 2
      cosine = pass.workspace.matrix(positions.count, half)
      sine = pass.workspace.matrix(positions.count, half)
      let frequencies = (0..<half).map { k in
        1 / Float(pow(theta, Double(Float(2 * k) / Float(headSize))))
      }
      for (row, position) in positions.enumerated() {
        for k in 0..<half {
          let angle = Double(Float(position) * frequencies[k])
          cosine[row, k] = Float(cos(angle))
          sine[row, k] = Float(sin(angle))
        }
      }
    }

    /// Rotates each head of x by the angles of `rows` (all rows when nil): the first half of a
    /// head pairs with its second half.
    func apply(to x: Matrix, headSize: Int, rows: [Int]?) {
      let half = headSize / 2
      for row in 0..<x.rows {
        let angle = rows?[row] ?? row
        for head in stride(from: 0, to: x.columns, by: headSize) {
          let numbers = x.row(row) + head
          for k in 0..<half {
            let (a, b) = (numbers[k], numbers[half + k])
            numbers[k] = a * cosine[angle, k] - b * sine[angle, k]
            numbers[half + k] = b * cosine[angle, k] + a * sine[angle, k]
          }
        }
      }
    }
  }

  /// One Gemma layer: RMS norm, grouped-query attention with rotary positions, gated MLP.
  struct DecoderLayer: Sendable {
    let inputNorm, postAttentionNorm: RMSNorm
    let query, key, value, out, gate, up, down: Linear
    let attention: Attention
    let activation: Activation

    init(_ configuration: Configuration, _ prefix: String, _ weights: WeightLoader)
      throws(VLAError)
    {
      let (d, f) = (configuration.width, configuration.feedForward)
      let q = configuration.heads * configuration.headSize
      let kv = configuration.keyValueHeads * configuration.headSize
      let hasBias = configuration.hasAttentionBias
      inputNorm = RMSNorm(
        weight: try weights.tensor("\(prefix).input_layernorm.weight", [d]),
        epsilon: configuration.epsilon)
      query = try weights.linear("\(prefix).self_attn.q_proj", in: d, out: q, bias: hasBias)
      key = try weights.linear("\(prefix).self_attn.k_proj", in: d, out: kv, bias: hasBias)
      value = try weights.linear("\(prefix).self_attn.v_proj", in: d, out: kv, bias: hasBias)
      out = try weights.linear("\(prefix).self_attn.o_proj", in: q, out: d, bias: hasBias)
      postAttentionNorm = RMSNorm(
        weight: try weights.tensor("\(prefix).post_attention_layernorm.weight", [d]),
        epsilon: configuration.epsilon)
      gate = try weights.linear("\(prefix).mlp.gate_proj", in: d, out: f, bias: false)
      up = try weights.linear("\(prefix).mlp.up_proj", in: d, out: f, bias: false)
      down = try weights.linear("\(prefix).mlp.down_proj", in: f, out: d, bias: false)
      attention = Attention(
        heads: configuration.heads, keyValueHeads: configuration.keyValueHeads,
        headSize: configuration.headSize, isCausal: true)
      activation = configuration.activation
    }

    /// h `[rows, D]` is updated in place; when `only` is given, only those rows are finished, into
    /// `selected` `[only, D]`.
    func apply(
      _ h: Matrix, _ sequences: PackedSequences, layer: Int, _ rotations: Rotations,
      only: [Int]?, into selected: Matrix, _ pass: ForwardPass
    ) {
      pass.workspace.scope {
        let normed = inputNorm(h, pass)
        let k = key(normed, pass), v = value(normed, pass)  // [rows, kv heads · head size]
        let q = query(only.map { gather($0, of: normed, pass) } ?? normed, pass)
        rotations.apply(to: k, headSize: attention.headSize, rows: nil)
        rotations.apply(to: q, headSize: attention.headSize, rows: only)
        let context = sequences.attend(
          attention, layer: layer, queries: q, keys: k, values: v, only: only, pass)
        let stream = sequences.stream(h, only: only, in: selected)
        out.add(context, to: stream, pass)
        let x = postAttentionNorm(stream, pass)
        let gated = gate(x, pass, activation: activation)  // [rows, F]
        gated.multiply(up(x, pass))
        down.add(gated, to: stream, pass)
      }
    }
  }
}

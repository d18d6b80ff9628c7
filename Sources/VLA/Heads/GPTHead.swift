import NeuralNetworks

/// RoboVLMs' `GPTDecoder`: a GPT-2 stack over the window, always 8 layers of 8 heads.
/// Shapes: W window, E head width, D input width.
struct GPTHead: ActionHead {
  /// LN, causal attention, LN, MLP, both with residuals.
  struct Layer: Sendable {
    let norm1, norm2: LayerNorm
    let queryKeyValue, out, fc, projection: Linear

    init(_ prefix: String, width: Int, _ weights: WeightLoader) throws(VLAError) {
      norm1 = try weights.layerNorm("\(prefix).ln_1", width, epsilon: 1e-5)
      queryKeyValue = try Self.conv1D("\(prefix).attn.c_attn", in: width, out: 3 * width, weights)
      out = try Self.conv1D("\(prefix).attn.c_proj", in: width, out: width, weights)
      norm2 = try weights.layerNorm("\(prefix).ln_2", width, epsilon: 1e-5)
      fc = try Self.conv1D("\(prefix).mlp.c_fc", in: width, out: 4 * width, weights)
      projection = try Self.conv1D("\(prefix).mlp.c_proj", in: 4 * width, out: width, weights)
    }

    /// GPT-2 stores these weights `[in, out]`; a `Linear` has them the other way round.
    private static func conv1D(
      _ prefix: String, in inputs: Int, out outputs: Int, _ weights: WeightLoader
    ) throws(VLAError) -> Linear {
      let stored = try weights.tensor("\(prefix).weight", [inputs, outputs])
      let bias = try weights.tensor("\(prefix).bias", [outputs])
      guard stored.values.count == inputs * outputs else {
        return weights.layer(stored, bias: bias)
      }
      let weight = Tensor(shape: [outputs, inputs]) { target in
        for row in 0..<outputs {
          for column in 0..<inputs {
            target[row * inputs + column] = stored.values[column * outputs + row]
          }
        }
      }
      return weights.layer(weight, bias: bias)
    }
  }

  static let layerCount = 8
  static let headCount = 8

  let reduction: Linear?
  let positions: Tensor
  let layers: [Layer]
  let finalNorm: LayerNorm
  let mlps: ActionMLPs
  let attention: Attention

  init(
    _ configuration: HeadConfiguration, window: Int, inputs: Int, _ weights: WeightLoader,
    file: String?
  ) throws(VLAError) {
    let width = configuration.hiddenSize * configuration.latent
    guard configuration.latent == 1 || width == inputs else {
      throw VLAError(
        file, "act_head.hidden_size",
        "is \(configuration.hiddenSize), expected \(inputs / configuration.latent) for a GPTDecoder"
          + " of \(configuration.latent) latents")
    }
    guard width % Self.headCount == 0 else {
      throw VLAError(
        file, "act_head.hidden_size", "GPTDecoder needs a width of 8 equal heads, not \(width)")
    }
    reduction =
      inputs == width ? nil : try weights.linear("model.act_head.fc", in: inputs, out: width)
    positions = try weights.tensor("model.act_head.gpt.wpe.weight", [window, width])
    var layers: [Layer] = []
    for index in 0..<Self.layerCount {
      layers.append(try Layer("model.act_head.gpt.h.\(index)", width: width, weights))
    }
    self.layers = layers
    finalNorm = try weights.layerNorm("model.act_head.gpt.ln_f", width, epsilon: 1e-5)
    mlps = try ActionMLPs(
      "model.act_head", inputs: width, chunk: configuration.chunk,
      armNumbers: configuration.actionSize - 1, weights)
    attention = Attention(
      heads: Self.headCount, headSize: width / Self.headCount, isCausal: true)
    // The causal mask and its fill value are stored as buffers.
    weights.skip {
      $0.hasPrefix("model.act_head.gpt.h.")
        && ($0.hasSuffix(".attn.bias") || $0.hasSuffix(".attn.masked_bias"))
    }
  }

  func callAsFunction(
    _ windows: Matrix, lengths: [Int], everyStep: Bool, _ pass: ForwardPass
  ) -> ActionPrediction {
    let x = pass.workspace.matrix(windows.rows, positions.shape[1])  // [rows, E]
    if let reduction { reduction.narrow(windows, into: x, pass) } else { x.copy(from: windows) }
    var streams: [Attention.Sequence] = []
    var start = 0
    for length in lengths {
      let rows = start..<(start + length)
      streams.append(Attention.Sequence(queries: rows, keys: rows))
      for row in rows {
        let position = positions.row(row - start)
        for column in 0..<x.columns { x[row, column] += position[column] }
      }
      start += length
    }
    for layer in layers {
      pass.workspace.scope {
        let qkv = layer.queryKeyValue.narrow(layer.norm1(x, pass), pass)  // [rows, 3 E]
        let context = pass.workspace.matrix(x.rows, x.columns)
        attention.apply(
          queries: qkv.columns(0..<x.columns), keys: qkv.columns(x.columns..<(2 * x.columns)),
          values: qkv.columns((2 * x.columns)..<(3 * x.columns)), sequences: streams,
          into: context, pass)
        x.add(layer.out.narrow(context, pass))
        let inner = layer.fc.narrow(layer.norm2(x, pass), pass, activation: .geluTanh)
        x.add(layer.projection.narrow(inner, pass))
      }
    }
    let h = finalNorm(x, pass)
    return mlps(everyStep ? h : newestRows(of: h, lengths: lengths, pass), pass)
  }
}

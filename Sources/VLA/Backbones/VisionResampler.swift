import NeuralNetworks

/// RoboVLMs' `PerceiverResampler`, which compresses an image's rows once more (`use_vision_resampler`):
/// latent rows look at the image and at themselves, layer after layer. Always 64 latents, 6 layers
/// of 8 heads of 64. Shapes: D backbone width, Q rows of an image.
struct VisionResampler: Sendable {
  static let latentCount = 64
  private static let layerCount = 6
  private static let heads = 8
  private static let headSize = 64

  /// Attention and a GELU feed-forward part, both with residuals.
  private struct Layer: Sendable {
    let imageNorm, latentNorm, feedForwardNorm: LayerNorm
    let query, keyValue, out, fc1, fc2: Linear

    init(_ prefix: String, width: Int, _ weights: WeightLoader) throws(VLAError) {
      let inner = heads * headSize
      imageNorm = try weights.layerNorm("\(prefix).0.norm_media", width, epsilon: 1e-5)
      latentNorm = try weights.layerNorm("\(prefix).0.norm_latents", width, epsilon: 1e-5)
      query = try weights.linear("\(prefix).0.to_q", in: width, out: inner, bias: false)
      keyValue = try weights.linear("\(prefix).0.to_kv", in: width, out: 2 * inner, bias: false)
      out = try weights.linear("\(prefix).0.to_out", in: inner, out: width, bias: false)
      feedForwardNorm = try weights.layerNorm("\(prefix).1.0", width, epsilon: 1e-5)
      fc1 = try weights.linear("\(prefix).1.1", in: width, out: 4 * width, bias: false)
      fc2 = try weights.linear("\(prefix).1.3", in: 4 * width, out: width, bias: false)
    }
  }

  private let latents: Tensor
  private let layers: [Layer]
  private let norm: LayerNorm
  private let attention = Attention(heads: heads, headSize: headSize, isCausal: false)

  init(width: Int, _ weights: WeightLoader) throws(VLAError) {
    let prefix = "model.vision_resampler"
    latents = try weights.tensor("\(prefix).latents", [Self.latentCount, width])
    var layers: [Layer] = []
    for index in 0..<Self.layerCount {
      layers.append(try Layer("\(prefix).layers.\(index)", width: width, weights))
    }
    self.layers = layers
    norm = try weights.layerNorm("\(prefix).norm", width, epsilon: 1e-5)
  }

  /// `[out, in]` of the weights.
  static func productShapes(width: Int) -> [(outputs: Int, inputs: Int)] {
    let inner = heads * headSize
    return [
      (inner, width), (2 * inner, width), (width, inner), (4 * width, width), (width, 4 * width),
    ]
  }

  /// x `[images · Q, D]` -> y `[images · 64, D]`.
  func apply(_ x: Matrix, images: Int, into y: Matrix, _ pass: ForwardPass) {
    let (count, rows) = (Self.latentCount, x.rows / max(images, 1))
    for image in 0..<images {
      for index in 0..<count { y.setRow(image * count + index, latents.row(index)) }
    }
    let sequences = (0..<images).map { image in
      Attention.Sequence(
        queries: (image * count)..<((image + 1) * count),
        keys: (image * (rows + count))..<((image + 1) * (rows + count)))
    }
    let inner = Self.heads * Self.headSize
    for layer in layers {
      pass.workspace.scope {
        let media = layer.imageNorm(x, pass), own = layer.latentNorm(y, pass)
        let both = pass.workspace.matrix(images * (rows + count), x.columns)
        for image in 0..<images {
          let first = image * (rows + count)
          both.rows(first..<(first + rows)).copy(
            from: media.rows((image * rows)..<((image + 1) * rows)))
          both.rows((first + rows)..<(first + rows + count)).copy(
            from: own.rows((image * count)..<((image + 1) * count)))
        }
        let keyValue = layer.keyValue(both, pass)  // [images · (Q + 64), 1024]
        let context = pass.workspace.matrix(y.rows, inner)
        attention.apply(
          queries: layer.query(own, pass), keys: keyValue.columns(0..<inner),
          values: keyValue.columns(inner..<(2 * inner)), sequences: sequences, into: context, pass)
        layer.out.add(context, to: y, pass)
        layer.fc2.add(
          layer.fc1(layer.feedForwardNorm(y, pass), pass, activation: .gelu), to: y, pass)
      }
    }
    norm.apply(y, into: y, pass)
  }
}

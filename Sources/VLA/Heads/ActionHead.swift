import NeuralNetworks

/// Turns the action token's hidden states over a window of time into chunks of actions.
public protocol ActionHead: Sendable {
  /// windows packs each stream's hidden states, oldest first, `[sum of lengths, D · latent]`.
  /// Gives predictions for every time step, or for each stream's newest only.
  func callAsFunction(
    _ windows: Matrix, lengths: [Int], everyStep: Bool, _ pass: ForwardPass
  ) -> ActionPrediction
}

/// Raw outputs of a head: `arm` `[rows, C · 6]` in -1...1, step-major; `gripper` `[rows, C]` logits.
public struct ActionPrediction {
  /// Six numbers per chunk step.
  public var arm: Matrix
  /// One logit per chunk step; above 0 means open.
  public var gripper: Matrix
}

/// Linear layers with ReLU between them, named 0, 2, 4, ... as in a PyTorch `Sequential`.
struct MultilayerPerceptron: Sendable {
  let layers: [Linear]
  let last: Activation

  init(_ prefix: String, _ widths: [Int], last: Activation, _ weights: WeightLoader)
    throws(VLAError)
  {
    var layers: [Linear] = []
    for index in 0..<(widths.count - 1) {
      layers.append(
        try weights.linear("\(prefix).\(2 * index)", in: widths[index], out: widths[index + 1]))
    }
    self.layers = layers
    self.last = last
  }

  func callAsFunction(_ x: Matrix, _ pass: ForwardPass) -> Matrix {
    var h = x
    for (index, layer) in layers.enumerated() {
      h = layer.narrow(h, pass, activation: index == layers.count - 1 ? last : .relu)
    }
    return h
  }
}

/// The two MLPs every continuous head ends in.
struct ActionMLPs: Sendable {
  let arm, gripper: MultilayerPerceptron

  init(_ prefix: String, inputs: Int, chunk: Int, armNumbers: Int, _ weights: WeightLoader)
    throws(VLAError)
  {
    let hidden = [inputs, 1024, 512, 256]
    arm = try MultilayerPerceptron(
      "\(prefix).actions.mlp", hidden + [chunk * armNumbers], last: .tanh, weights)
    gripper = try MultilayerPerceptron(
      "\(prefix).gripper.mlp", hidden + [chunk], last: .identity, weights)
  }

  func callAsFunction(_ x: Matrix, _ pass: ForwardPass) -> ActionPrediction {
    ActionPrediction(arm: arm(x, pass), gripper: gripper(x, pass))
  }
}

/// The last row of each stream in a packed matrix.
func newestRows(of matrix: Matrix, lengths: [Int], _ pass: ForwardPass) -> Matrix {
  var rows: [Int] = []
  var end = 0
  for length in lengths {
    end += length
    rows.append(end - 1)
  }
  return gather(rows, of: matrix, pass)
}

/// RoboVLMs' `LSTMDecoder`: the LSTM runs from zero state over the window; its outputs are decoded.
struct LSTMHead: ActionHead {
  let lstm: LSTM
  let mlps: ActionMLPs

  init(_ configuration: HeadConfiguration, inputs: Int, _ weights: WeightLoader) throws(VLAError) {
    let hidden = configuration.hiddenSize * configuration.latent
    var layers: [LSTM.Layer] = []
    for index in 0..<configuration.layers {
      let width = index == 0 ? inputs : hidden
      func part(_ kind: String, _ inputs: Int) throws(VLAError) -> Linear {
        weights.layer(
          try weights.tensor(
            "model.act_head.rnn.weight_\(kind)_l\(index)", [4 * hidden, inputs]),
          bias: try weights.tensor("model.act_head.rnn.bias_\(kind)_l\(index)", [4 * hidden]))
      }
      layers.append(
        LSTM.Layer(inputs: try part("ih", width), recurrent: try part("hh", hidden)))
    }
    lstm = LSTM(layers: layers)
    mlps = try ActionMLPs(
      "model.act_head", inputs: hidden, chunk: configuration.chunk,
      armNumbers: configuration.actionSize - 1, weights)
  }

  func callAsFunction(
    _ windows: Matrix, lengths: [Int], everyStep: Bool, _ pass: ForwardPass
  ) -> ActionPrediction {
    let outputs = lstm(windows, lengths: lengths, pass)
    return mlps(everyStep ? outputs : newestRows(of: outputs, lengths: lengths, pass), pass)
  }
}

/// RoboVLMs' `FCDecoder`: no history.
struct FCHead: ActionHead {
  let mlp: MultilayerPerceptron
  let mlps: ActionMLPs

  init(_ configuration: HeadConfiguration, inputs: Int, _ weights: WeightLoader) throws(VLAError) {
    let hidden = configuration.hiddenSize * configuration.latent
    mlp = try MultilayerPerceptron(
      "model.act_head.mlp", [inputs, inputs / 2, hidden], last: .identity, weights)
    mlps = try ActionMLPs(
      "model.act_head", inputs: hidden, chunk: configuration.chunk,
      armNumbers: configuration.actionSize - 1, weights)
  }

  func callAsFunction(
    _ windows: Matrix, lengths: [Int], everyStep: Bool, _ pass: ForwardPass
  ) -> ActionPrediction {
    let rows = everyStep ? windows : newestRows(of: windows, lengths: lengths, pass)
    return mlps(mlp(rows, pass), pass)
  }
}

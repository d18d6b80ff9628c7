import CKernels

/// Stacked LSTM layers, gates in PyTorch's order i, f, g, o with both biases.
public struct LSTM: Sendable {
  /// One layer's weights.
  public struct Layer: Sendable {
    /// `[4 hidden, in]`
    public let inputs: Linear
    /// `[4 hidden, hidden]`
    public let recurrent: Linear

    /// A layer of these parts.
    public init(inputs: Linear, recurrent: Linear) {
      self.inputs = inputs
      self.recurrent = recurrent
    }
  }

  /// From the input up.
  public let layers: [Layer]

  /// Layers from the input up.
  public init(layers: [Layer]) { self.layers = layers }

  /// Columns of the output.
  public var hiddenSize: Int { layers.first.map { $0.recurrent.inputs } ?? 0 }

  /// Runs every sequence from zero state. x packs the sequences one after another
  /// `[sum of lengths, in]`; the result has the same rows, `[sum of lengths, hidden]`.
  public func callAsFunction(_ x: Matrix, lengths: [Int], _ pass: ForwardPass) -> Matrix {
    let hidden = hiddenSize
    let output = pass.workspace.matrix(x.rows, hidden)
    var starts: [Int] = []
    var total = 0
    for length in lengths {
      starts.append(total)
      total += length
    }
    precondition(total == x.rows)
    pass.workspace.scope {
      var input = x
      for layer in layers {
        let gates = layer.inputs.narrow(input, pass)
        runSteps(layer, gates: gates, starts: starts, lengths: lengths, into: output, pass)
        input = output
      }
    }
    return output
  }

  private func runSteps(
    _ layer: Layer, gates: Matrix, starts: [Int], lengths: [Int], into output: Matrix,
    _ pass: ForwardPass
  ) {
    let hidden = hiddenSize
    pass.workspace.scope {
      // Rows of sequences still running are kept together, longest first.
      let order = lengths.indices.sorted { (lengths[$0], $1) > (lengths[$1], $0) }
      let state = pass.workspace.matrix(lengths.count, hidden)
      let cell = pass.workspace.matrix(lengths.count, hidden)
      let step = pass.workspace.matrix(lengths.count, 4 * hidden)
      state.fill(0)
      cell.fill(0)
      for time in 0..<(lengths.max() ?? 0) {
        let running = order.prefix { lengths[$0] > time }.count
        let now = step.rows(0..<running)
        layer.recurrent.narrow(state.rows(0..<running), into: now, pass)
        for row in 0..<running {
          now.rows(row..<(row + 1)).add(
            gates.rows((starts[order[row]] + time)..<(starts[order[row]] + time + 1)))
        }
        ckernels_lstm_cell(now.start, running, hidden, cell.start, state.start)
        for row in 0..<running {
          output.row(starts[order[row]] + time).update(from: state.row(row), count: hidden)
        }
      }
    }
  }
}

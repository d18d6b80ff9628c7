import CKernels

/// (x − mean) / √(var + ε) · w + b over the columns of each row; var is biased.
public struct LayerNorm: Sendable {
  /// `[columns]`
  public let weight: Tensor
  /// `[columns]`
  public let bias: Tensor
  /// ε
  public let epsilon: Float

  /// A layer of these parts.
  public init(weight: Tensor, bias: Tensor, epsilon: Float) {
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
  }

  /// x `[rows, columns]` -> normalised, in the pass's workspace.
  public func callAsFunction(_ x: Matrix, _ pass: ForwardPass) -> Matrix {
    let y = pass.workspace.matrix(x.rows, x.columns)
    apply(x, into: y, pass)
    return y
  }

  /// x normalised into `y`, which may be `x` itself.
  public func apply(_ x: Matrix, into y: Matrix, _ pass: ForwardPass) {
    pass.parallelRows(x.rows, work: x.rows * x.columns) { rows in
      ckernels_layer_norm(
        x.row(rows.lowerBound), x.stride, weight.values.baseAddress, bias.values.baseAddress,
        epsilon, rows.count, x.columns, y.row(rows.lowerBound), y.stride)
    }
  }
}

/// x / √(mean(x²) + ε) · (1 + w), Gemma's form.
public struct RMSNorm: Sendable {
  /// `[columns]`
  public let weight: Tensor
  /// ε
  public let epsilon: Float

  /// A layer of these parts.
  public init(weight: Tensor, epsilon: Float) {
    self.weight = weight
    self.epsilon = epsilon
  }

  /// x `[rows, columns]` -> normalised, in the pass's workspace.
  public func callAsFunction(_ x: Matrix, _ pass: ForwardPass) -> Matrix {
    let y = pass.workspace.matrix(x.rows, x.columns)
    apply(x, into: y, pass)
    return y
  }

  /// x normalised into `y`, which may be `x` itself.
  public func apply(_ x: Matrix, into y: Matrix, _ pass: ForwardPass) {
    pass.parallelRows(x.rows, work: x.rows * x.columns) { rows in
      ckernels_rms_norm(
        x.row(rows.lowerBound), x.stride, weight.values.baseAddress, epsilon, rows.count,
        x.columns, y.row(rows.lowerBound), y.stride)
    }
  }
}

extension Matrix {
  /// Divides each row by max(‖row‖₂, ε), as `torch.nn.functional.normalize`.
  public func normalizeRows(epsilon: Float = 1e-12) {
    ckernels_l2_normalize(start, rows, columns, stride, epsilon)
  }

  /// Adds another matrix of the same size.
  public func add(_ other: Matrix) { Kernels.add(self, other) }

  /// Multiplies by another matrix of the same size, elementwise.
  public func multiply(_ other: Matrix) { Kernels.multiply(self, other) }

  /// Multiplies every number; the rows must follow each other without gaps.
  public func scale(_ factor: Float) {
    precondition(stride == columns || rows == 1)
    ckernels_scale(start, factor, rows * columns)
  }
}

import CKernels
import COpenBLAS

/// y = x Wᵀ + b, with an optional low-rank adapter: y += (α/r) (x Aᵀ) Bᵀ.
public struct Linear: Sendable {
  /// `[out, in]`
  public let weight: Weight
  /// `[out]`
  public let bias: Tensor?
  /// A LoRA adapter applied beside the weight rather than merged into it.
  public let adapter: LowRankAdapter?

  /// A layer of these parts.
  public init(weight: Weight, bias: Tensor?, adapter: LowRankAdapter? = nil) {
    self.weight = weight
    self.bias = bias
    self.adapter = adapter
  }

  /// A layer of float32 weights.
  public init(weight: Tensor, bias: Tensor?, adapter: LowRankAdapter? = nil) {
    self.init(weight: Weight(weight), bias: bias, adapter: adapter)
  }

  /// Columns of the input.
  public var inputs: Int { weight.inputs }
  /// Columns of the output.
  public var outputs: Int { weight.outputs }

  /// x `[rows, in]` -> f(x Wᵀ + b) `[rows, out]`, in the pass's workspace.
  public func callAsFunction(
    _ x: Matrix, _ pass: ForwardPass, activation: Activation = .identity
  ) -> Matrix {
    let y = pass.workspace.matrix(x.rows, outputs)
    apply(x, into: y, pass, activation: activation)
    return y
  }

  /// f(x Wᵀ + b) into `y` `[rows, out]`.
  public func apply(
    _ x: Matrix, into y: Matrix, _ pass: ForwardPass, activation: Activation = .identity
  ) {
    pass.multiply(x, by: weight, into: y)
    adapter?.add(x, to: y, pass)
    if bias != nil || activation != .identity {
      pass.parallelRows(y.rows, work: y.rows * y.columns) {
        Kernels.activate(y.rows($0), bias: bias, activation)
      }
    }
  }

  /// y += x Wᵀ + b: the residual connection.
  public func add(_ x: Matrix, to y: Matrix, _ pass: ForwardPass) {
    pass.multiply(x, by: weight, into: y, accumulate: true)
    adapter?.add(x, to: y, pass)
    if bias != nil {
      pass.parallelRows(y.rows, work: y.rows * y.columns) {
        Kernels.activate(y.rows($0), bias: bias, .identity)
      }
    }
  }

  /// The layer for few rows, as policy heads have: every weight is read once per four rows and
  /// each output summed in one order, so a row's result does not depend on the others.
  public func narrow(
    _ x: Matrix, into y: Matrix, _ pass: ForwardPass, activation: Activation = .identity
  ) {
    guard let tensor = weight.tensor else {
      return apply(x, into: y, pass, activation: activation)
    }
    guard let weights = tensor.values.baseAddress else { return }
    let (width, total) = (inputs, outputs)
    let parts = total * width < 1 << 17 ? 1 : min(pass.threads * 2, total)
    pass.parallel(parts) { _, part in
      let range = (total * part / parts)..<(total * (part + 1) / parts)
      ckernels_dot_rows(
        x.start, x.stride, weights + range.lowerBound * width, x.rows, width, range.count, 0,
        y.start + range.lowerBound, y.stride)
    }
    adapter?.add(x, to: y, pass)
    Kernels.activate(y, bias: bias, activation)
  }

  /// As `narrow(_:into:_:activation:)`, in the pass's workspace.
  public func narrow(
    _ x: Matrix, _ pass: ForwardPass, activation: Activation = .identity
  ) -> Matrix {
    let y = pass.workspace.matrix(x.rows, outputs)
    narrow(x, into: y, pass, activation: activation)
    return y
  }
}

/// LoRA: a low-rank correction B A of a weight, scaled by α/r.
public struct LowRankAdapter: Sendable {
  /// `[r, in]`
  public let a: Tensor
  /// `[out, r]`
  public let b: Tensor
  /// α / r (α / √r for rank-stabilised adapters).
  public let scale: Float
  /// `[out]`, the lengths DoRA gives the rows of the corrected weight; such an adapter can only be
  /// merged.
  public let magnitude: Tensor?

  /// An adapter of these parts.
  public init(a: Tensor, b: Tensor, scale: Float, magnitude: Tensor? = nil) {
    self.a = a
    self.b = b
    self.scale = scale
    self.magnitude = magnitude
  }

  func add(_ x: Matrix, to y: Matrix, _ pass: ForwardPass) {
    pass.workspace.scope {
      let inner = pass.workspace.matrix(x.rows, a.shape[0])
      pass.multiply(x, by: a, into: inner)
      ckernels_scale(inner.start, scale, inner.rows * inner.columns)
      pass.multiply(inner, by: b, into: y, accumulate: true)
    }
  }

  /// W + (α/r) B A, its rows brought to the magnitudes if there are any; a new tensor `[out, in]`.
  public func merged(into weight: Tensor) -> Tensor {
    let (outputs, inputs, rank) = (weight.shape[0], weight.shape[1], a.shape[0])
    return Tensor(shape: weight.shape) { merged in
      _ = merged.update(fromContentsOf: weight.values)
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(outputs), Int32(inputs), Int32(rank),
        scale, b.values.baseAddress, Int32(rank), a.values.baseAddress, Int32(inputs), 1,
        merged.baseAddress, Int32(inputs))
      guard let magnitude else { return }
      for row in 0..<outputs {
        let numbers = UnsafeMutableBufferPointer(
          rebasing: merged[(row * inputs)..<((row + 1) * inputs)])
        let length = numbers.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        let factor = Float(Double(magnitude.values[row]) / length)
        for column in 0..<inputs { numbers[column] *= factor }
      }
    }
  }
}

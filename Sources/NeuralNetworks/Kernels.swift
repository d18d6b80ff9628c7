import CKernels

/// The function applied after a bias.
public enum Activation: Int32, Sendable {
  /// x
  case identity = 0
  /// max(x, 0)
  case relu = 1
  /// x Φ(x), by erf
  case gelu = 2
  /// GELU by tanh: PyTorch's `approximate="tanh"`, Hugging Face's `gelu_pytorch_tanh`, `gelu_new`
  case geluTanh = 3
  /// x σ(1.702 x), CLIP's
  case quickGELU = 4
  /// tanh x
  case tanh = 5
  /// σ(x)
  case sigmoid = 6
  /// x σ(x), also called swish
  case silu = 7

  /// The activation a Hugging Face config names, if it is one of ours.
  public init?(configName: String) {
    switch configName {
    case "linear": self = .identity
    case "relu": self = .relu
    case "gelu", "gelu_python": self = .gelu
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate": self = .geluTanh
    case "quick_gelu": self = .quickGELU
    case "tanh": self = .tanh
    case "sigmoid": self = .sigmoid
    case "silu", "swish": self = .silu
    default: return nil
    }
  }
}

/// The SIMD kernels that need no shape of their own.
public enum Kernels {
  /// `avx512`, `avx2` or `baseline`: what the kernels use on this machine.
  public static var instructionSet: String { String(cString: ckernels_instruction_set()) }

  /// Widens IEEE half floats.
  public static func widen(
    half source: UnsafePointer<UInt16>, _ target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    ckernels_widen_f16(source, count, target)
  }

  /// Widens bfloat16.
  public static func widen(
    bfloat source: UnsafePointer<UInt16>, _ target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    ckernels_widen_bf16(source, count, target)
  }

  /// Index of the first NaN or infinity.
  public static func firstNonFinite(_ values: UnsafeBufferPointer<Float>) -> Int? {
    let index = ckernels_first_nonfinite(values.baseAddress, values.count)
    return index == values.count ? nil : index
  }

  static func activate(_ x: Matrix, bias: Tensor?, _ activation: Activation) {
    ckernels_bias_activation(
      x.start, bias?.values.baseAddress, x.rows, x.columns, x.stride, activation.rawValue)
  }

  /// Softmax of the first `valid` numbers of a row; the rest up to `columns` becomes 0.
  static func softmax(_ row: UnsafeMutablePointer<Float>, valid: Int, columns: Int) {
    ckernels_softmax(row, valid, columns)
  }

  static func add(_ x: Matrix, _ y: Matrix) {
    ckernels_add(x.start, x.stride, y.start, y.stride, x.rows, x.columns)
  }

  static func multiply(_ x: Matrix, _ y: Matrix) {
    ckernels_multiply(x.start, x.stride, y.start, y.stride, x.rows, x.columns)
  }
}

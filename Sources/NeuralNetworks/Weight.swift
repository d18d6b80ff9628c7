import CKernels

/// How the weights of matrix products are kept and multiplied.
public enum WeightPrecision: String, Sendable, CaseIterable {
  /// float32, as they lie in the checkpoint.
  case f32
  /// bfloat16: half the memory.
  case bf16
  /// 8-bit integers with a scale for every output and 128 inputs: a quarter of the memory.
  case int8

  var format: ckernels_format {
    switch self {
    case .f32: CKERNELS_F32
    case .bf16: CKERNELS_BF16
    case .int8: CKERNELS_INT8
    }
  }
}

/// Instructions a product is computed with.
public enum ProductEngine: UInt32, Sendable, CaseIterable, CustomStringConvertible {
  /// Plain C.
  case baseline = 0
  /// AVX2 with FMA, in float32.
  case avx2 = 1
  /// AVX-512, in float32; the same bits as AVX2.
  case avx512 = 2
  /// AVX-512 BF16: rows are rounded to bfloat16, too.
  case avx512BF16 = 3
  /// AVX-512 VNNI: rows become 8-bit integers with a scale for every row and 128 columns.
  case avx512VNNI = 4

  /// The fastest for a precision on this processor.
  public static func best(for precision: WeightPrecision) -> ProductEngine {
    ProductEngine(rawValue: ckernels_best_engine(precision.format).rawValue) ?? .baseline
  }

  /// True when this processor has it and it takes the precision.
  public func runs(_ precision: WeightPrecision) -> Bool {
    ckernels_engine_runs(c, precision.format) != 0
  }

  /// As in records: `avx512-vnni`.
  public var description: String {
    switch self {
    case .baseline: "baseline"
    case .avx2: "avx2"
    case .avx512: "avx512"
    case .avx512BF16: "avx512-bf16"
    case .avx512VNNI: "avx512-vnni"
    }
  }

  var c: ckernels_engine { ckernels_engine(rawValue: rawValue) }
}

/// The weights of a matrix product `[out, in]`, read-only: a tensor, or packed in lower precision.
public struct Weight: Sendable {
  /// Rows of the weight.
  public let outputs: Int
  /// Columns of the weight.
  public let inputs: Int
  /// How it is kept.
  public let precision: WeightPrecision
  /// The numbers when they are float32.
  public let tensor: Tensor?
  private let packed: PackedBlock?

  /// Weights as they are.
  public init(_ tensor: Tensor) {
    precondition(tensor.shape.count == 2, "\(tensor.shape) is no matrix")
    (outputs, inputs) = (tensor.shape[0], tensor.shape[1])
    precision = .f32
    self.tensor = tensor
    packed = nil
  }

  /// Weights packed in a precision, on all processors; float32 keeps the tensor.
  public init(_ tensor: Tensor, precision: WeightPrecision) {
    guard precision != .f32, let source = tensor.values.baseAddress else {
      self.init(tensor)
      return
    }
    precondition(tensor.shape.count == 2, "\(tensor.shape) is no matrix")
    let (outputs, inputs) = (tensor.shape[0], tensor.shape[1])
    let block = PackedBlock(
      byteCount: ckernels_packed_weight_bytes(precision.format, outputs, inputs))
    let panels = Self.panels(outputs)
    let work = PackingWork(source: source, target: block.start)
    withExtendedLifetime(tensor) {
      inParallel(panels) { panel in
        ckernels_pack_weights(
          precision.format, work.source, outputs, inputs, panel, panel + 1, work.target)
      }
    }
    self.init(outputs: outputs, inputs: inputs, precision: precision, packed: block)
  }

  private init(outputs: Int, inputs: Int, precision: WeightPrecision, packed: PackedBlock) {
    (self.outputs, self.inputs, self.precision) = (outputs, inputs, precision)
    tensor = nil
    self.packed = packed
  }

  /// First byte of the numbers in the format the kernels take; nil for an empty weight.
  var start: UnsafeRawPointer? {
    packed.map { UnsafeRawPointer($0.start) }
      ?? tensor?.values.baseAddress.map { UnsafeRawPointer($0) }
  }

  /// Bytes of heap memory it takes for itself.
  public var packedByteCount: Int { packed?.byteCount ?? 0 }

  /// Groups of outputs that are computed together.
  static func panels(_ outputs: Int) -> Int {
    (outputs + Int(CKERNELS_PANEL) - 1) / Int(CKERNELS_PANEL)
  }
}

/// Heap memory written once, while a weight is packed.
private final class PackedBlock: @unchecked Sendable {
  let start: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) {
    start = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    self.byteCount = byteCount
  }

  deinit { start.deallocate() }
}

/// Panels are packed side by side, each into its own place.
private struct PackingWork: @unchecked Sendable {
  let source: UnsafePointer<Float>
  let target: UnsafeMutableRawPointer
}

import Synchronization

/// Read-only float32 numbers with a shape, row-major: a weight. The numbers live on the heap or in
/// a mapped file and are shared, never copied, between threads and models.
public struct Tensor: @unchecked Sendable {
  /// Extent of each dimension, outermost first; empty for a scalar.
  public let shape: [Int]
  /// The numbers; valid while any copy of the tensor lives.
  public let values: UnsafeBufferPointer<Float>
  // Never written after init, which is what makes sharing safe.
  private let owner: AnyObject?

  /// A view of memory that `owner` keeps alive and nobody writes.
  public init(shape: [Int], values: UnsafeBufferPointer<Float>, owner: AnyObject?) {
    precondition(values.count == shape.reduce(1, *), "\(shape) has not \(values.count) numbers")
    self.shape = shape
    self.values = values
    self.owner = owner
  }

  /// A tensor on the heap, filled by `body` through a pointer to `shape`'s product of floats.
  public init(shape: [Int], filledBy body: (UnsafeMutableBufferPointer<Float>) throws -> Void)
    rethrows
  {
    let block = HeapBlock(count: shape.reduce(1, *))
    try body(block.floats)
    self.init(shape: shape, values: UnsafeBufferPointer(block.floats), owner: block)
  }

  /// A tensor on the heap with these numbers.
  public init(shape: [Int], _ numbers: some Collection<Float>) {
    precondition(numbers.count == shape.reduce(1, *))
    self.init(shape: shape) { _ = $0.update(fromContentsOf: Array(numbers)) }
  }

  /// The numbers as an array.
  public var array: [Float] { Array(values) }

  /// The same numbers under another shape of equal size.
  public func reshaped(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape, values: values, owner: owner)
  }

  /// Index of the first NaN or infinity in row-major order, if any.
  public var firstNonFinite: Int? {
    let block = 1 << 20
    let (values, blocks) = (SharedNumbers(values), (values.count + block - 1) / block)
    // Large tensors are read by all processors: a checkpoint has gigabytes of them.
    let first = Atomic(values.buffer.count)
    inParallel(blocks) { index in
      let end = min(values.buffer.count, (index + 1) * block)
      let part = UnsafeBufferPointer(rebasing: values.buffer[(index * block)..<end])
      if let found = Kernels.firstNonFinite(part) {
        first.min(index * block + found, ordering: .relaxed)
      }
    }
    let found = first.load(ordering: .relaxed)
    return found == values.buffer.count ? nil : found
  }

  /// The last dimension's row `index` when everything before it is flattened.
  public func row(_ index: Int) -> UnsafeBufferPointer<Float> {
    let width = shape.last ?? 1
    return UnsafeBufferPointer(rebasing: values[(index * width)..<((index + 1) * width)])
  }
}

/// Numbers several threads read.
private struct SharedNumbers: @unchecked Sendable {
  let buffer: UnsafeBufferPointer<Float>
  init(_ buffer: UnsafeBufferPointer<Float>) { self.buffer = buffer }
}

/// Zeroed heap memory aligned to a cache line.
final class HeapBlock {
  let start: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    start = raw.bindMemory(to: Float.self, capacity: max(count, 1))
    start.initialize(repeating: 0, count: max(count, 1))
    self.count = count
  }

  var floats: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: start, count: count)
  }

  deinit { UnsafeMutableRawPointer(start).deallocate() }
}

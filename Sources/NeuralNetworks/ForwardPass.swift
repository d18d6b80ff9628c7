import COpenBLAS
import CKernels
import Dispatch
import Synchronization

/// What a forward pass needs besides weights: memory, threads, and someone to show intermediate
/// results to. One pass runs at a time on one instance.
public final class ForwardPass {
  /// How matrix products are cut into tiles.
  public struct Tiling: Sendable, Equatable, CustomStringConvertible {
    /// Columns (outputs) of a tile.
    public var columns = 256
    /// Most rows of a tile.
    public var rows = 512
    /// Fewest rows of a product; lower ones are padded. OpenBLAS computes small products with other
    /// kernels, which sum in another order.
    public var leastRows = 1
    /// When set, every product is computed with exactly this many rows, the last tile padded: a
    /// row's bits then cannot depend on how many rows there are, whatever the BLAS does.
    public var exactRows: Int?

    /// The default tiling: free row counts.
    public init() {}

    /// `any`, `at least N` or `N each`: the rows of a product.
    public var description: String {
      exactRows.map { "\($0) each" } ?? (leastRows > 1 ? "at least \(leastRows)" : "any")
    }

    /// Rows a product of `rows` rows is computed with.
    func paddedRows(_ rows: Int) -> Int {
      guard let exactRows else { return max(rows, leastRows) }
      return (rows + exactRows - 1) / exactRows * exactRows
    }
  }

  /// Threads a pass may use, the caller's included.
  public let threads: Int
  /// Tiles of the matrix products.
  public let tiling: Tiling
  /// Activations.
  public let workspace = Workspace()
  /// Called with intermediate results when set; the conformance command listens here.
  public var probe: ((String, Matrix) -> Void)?
  /// Floating-point operations and seconds spent in matrix products since `resetProductCounters`.
  public private(set) var productOperations = 0.0
  /// Seconds spent in matrix products, on the caller's clock.
  public private(set) var productSeconds = 0.0

  /// Seconds by named phase, on the caller's clock.
  public private(set) var phaseSeconds: [String: Double] = [:]

  /// A pass with this many threads. OpenBLAS itself is kept to one thread: the tiles of a product
  /// run side by side instead, so that a tile's result depends on nothing but its numbers.
  public init(threads: Int, tiling: Tiling = Tiling()) {
    self.threads = max(1, threads)
    self.tiling = tiling
    openblas_set_num_threads(1)
  }

  /// Sets the counters of matrix products to zero.
  public func resetProductCounters() {
    productOperations = 0
    productSeconds = 0
  }

  /// Runs `body` and adds its duration to a phase.
  public func timed<Value, Failure>(
    _ phase: String, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let began = DispatchTime.now().uptimeNanoseconds
    defer {
      phaseSeconds[phase, default: 0] += Double(DispatchTime.now().uptimeNanoseconds - began) * 1e-9
    }
    return try body()
  }

  /// Runs `body(slot, task)` for every task; a slot (0..<threads) never runs two tasks at once.
  public func parallel(
    _ tasks: Int, slots most: Int? = nil, _ body: (_ slot: Int, _ task: Int) -> Void
  ) {
    // A listener sees intermediate results in order, from one thread.
    let slots = probe == nil ? min(most ?? threads, tasks) : 1
    guard slots > 1 else {
      for task in 0..<tasks { body(0, task) }
      return
    }
    let next = Atomic(0)
    withoutActuallyEscaping(body) { body in
      let shared = SharedBody(run: body)
      DispatchQueue.concurrentPerform(iterations: slots) { slot in
        while true {
          let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
          if task >= tasks { return }
          shared.run(slot, task)
        }
      }
    }
  }

  /// Runs `body` on ranges that together cover `0..<rows`, in parallel when `work` (numbers
  /// touched) is worth waking threads for.
  public func parallelRows(_ rows: Int, work: Int, _ body: (Range<Int>) -> Void) {
    let parts = work < 1 << 16 ? 1 : min(rows, threads)
    guard parts > 1 else { return body(0..<rows) }
    parallel(parts) { _, part in
      body((rows * part / parts)..<(rows * (part + 1) / parts))
    }
  }

  /// y = x wᵀ, or y += x wᵀ. x `[rows, in]`, w `[out, in]`, y `[rows, out]`.
  public func multiply(_ x: Matrix, by w: Tensor, into y: Matrix, accumulate: Bool = false) {
    precondition(w.values.count == x.columns * y.columns && x.rows == y.rows)
    guard x.rows > 0 else { return }
    let began = DispatchTime.now().uptimeNanoseconds
    let padded = tiling.paddedRows(x.rows)
    if padded > x.rows {
      workspace.scope {
        let input = workspace.matrix(padded, x.columns)
        let output = workspace.matrix(padded, y.columns)
        input.rows(0..<x.rows).copy(from: x)
        input.rows(x.rows..<padded).fill(0)
        output.fill(0)
        if accumulate { output.rows(0..<x.rows).copy(from: y) }
        multiplyTiles(input, w, output, accumulate)
        y.copy(from: output.rows(0..<x.rows))
      }
    } else {
      multiplyTiles(x, w, y, accumulate)
    }
    productOperations += 2 * Double(x.rows) * Double(x.columns) * Double(y.columns)
    productSeconds += Double(DispatchTime.now().uptimeNanoseconds - began) * 1e-9
  }

  private func multiplyTiles(_ x: Matrix, _ w: Tensor, _ y: Matrix, _ accumulate: Bool) {
    guard let weights = w.values.baseAddress else { return }
    let tallest = tiling.exactRows ?? tiling.rows
    let rowTiles = (x.rows + tallest - 1) / tallest
    let columnTiles = (y.columns + tiling.columns - 1) / tiling.columns
    let isSmall = x.rows * x.columns * y.columns < 1 << 20
    parallel(rowTiles * columnTiles, slots: isSmall ? 1 : threads) { _, tile in
      let left = (tile % columnTiles) * self.tiling.columns
      let top = x.rows * (tile / columnTiles) / rowTiles
      let bottom = x.rows * (tile / columnTiles + 1) / rowTiles
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(bottom - top),
        Int32(min(y.columns - left, self.tiling.columns)), Int32(x.columns), 1, x.row(top),
        Int32(x.stride), weights + left * x.columns, Int32(x.columns), accumulate ? 1 : 0,
        y.row(top) + left, Int32(y.stride))
    }
  }

  /// Shows an intermediate result to whoever listens.
  @inline(__always)
  public func show(_ name: @autoclosure () -> String, _ matrix: Matrix) {
    if let probe { probe(name(), matrix) }
  }
}

/// A loop body run from several threads at once; `parallel` returns only when all are done, and
/// its tasks write to separate places.
private struct SharedBody: @unchecked Sendable {
  let run: (Int, Int) -> Void
}

/// The BLAS in use.
public enum BLAS {
  /// The kernel family OpenBLAS chose for this processor, e.g. `Cooperlake`; results of runs on
  /// different kernels may differ in the last bits.
  public static var coreName: String { String(cString: openblas_get_corename()) }

  /// Version and build options of OpenBLAS.
  public static var configuration: String { String(cString: openblas_get_config()) }
}

extension BLAS {
  /// The best rate of OpenBLAS's own threaded product of square matrices, in operations a second:
  /// what this machine can do. Must not run beside a forward pass.
  public static func productRate(size: Int = 2048, threads: Int, repeats: Int = 5) -> Double {
    let workspace = Workspace()
    let (a, b, c) = (
      workspace.matrix(size, size), workspace.matrix(size, size), workspace.matrix(size, size)
    )
    for matrix in [a, b] { matrix.fill(0.5) }
    openblas_set_num_threads(Int32(threads))
    defer { openblas_set_num_threads(1) }
    let n = Int32(size)
    let best = (0..<repeats).map { _ in
      let began = DispatchTime.now().uptimeNanoseconds
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, n, n, n, 1, a.start, n, b.start, n, 0, c.start, n)
      return Double(DispatchTime.now().uptimeNanoseconds - began) * 1e-9
    }.min()
    return 2 * Double(size) * Double(size) * Double(size) / (best ?? .infinity)
  }
}

import COpenBLAS
import CKernels
import Dispatch
import Foundation
import Synchronization

/// What a forward pass needs besides weights: memory, threads, and someone to show intermediate
/// results to. One pass runs at a time on one instance.
public final class ForwardPass {
  /// Threads a pass may use, the caller's included.
  public let threads: Int
  /// What computes matrix products.
  public let products: Products
  /// Activations.
  public let workspace = Workspace()
  /// Called with intermediate results when set; the conformance command listens here.
  public var probe: ((String, Matrix) -> Void)?
  /// Floating-point operations and seconds spent in matrix products since `resetCounters`.
  public private(set) var productOperations = 0.0
  /// Seconds spent in matrix products, on the caller's clock.
  public private(set) var productSeconds = 0.0

  /// Processor seconds of the whole process spent while matrix products ran; other load on the
  /// machine disturbs it less than the clock. Zero unless `countsProcessorTime`.
  public private(set) var productProcessorSeconds = 0.0
  /// Whether `productProcessorSeconds` is kept, which costs two system calls a product.
  public var countsProcessorTime = false

  /// Seconds by named phase, on the caller's clock.
  public private(set) var phaseSeconds: [String: Double] = [:]

  /// A pass with this many threads. OpenBLAS itself is kept to one thread: the tiles of a product
  /// run side by side instead, so that a tile's result depends on nothing but its numbers.
  public init(threads: Int, products: Products = .fastest) {
    self.threads = max(1, threads)
    self.products = products
    openblas_set_num_threads(1)
  }

  /// Sets all counters to zero.
  public func resetCounters() {
    phaseSeconds = [:]
    productOperations = 0
    productSeconds = 0
    productProcessorSeconds = 0
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

  /// Takes seconds that were counted twice out of a phase.
  public func move(seconds: Double, outOf phase: String) {
    phaseSeconds[phase, default: 0] -= seconds
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

  /// Runs a matrix product and counts it.
  func counted(operations: Double, _ product: () -> Void) {
    let began = DispatchTime.now().uptimeNanoseconds
    let processor = countsProcessorTime ? ProcessorClock.seconds : 0
    product()
    productOperations += operations
    productSeconds += Double(DispatchTime.now().uptimeNanoseconds - began) * 1e-9
    if countsProcessorTime { productProcessorSeconds += ProcessorClock.seconds - processor }
  }

  /// Shows an intermediate result to whoever listens.
  @inline(__always)
  public func show(_ name: @autoclosure () -> String, _ matrix: Matrix) {
    if let probe { probe(name(), matrix) }
  }
}

/// Runs `body` for every task on all processors, in no order.
func inParallel(_ tasks: Int, _ body: @Sendable (_ task: Int) -> Void) {
  DispatchQueue.concurrentPerform(iterations: tasks, execute: body)
}

/// A loop body run from several threads at once; `parallel` returns only when all are done, and
/// its tasks write to separate places.
private struct SharedBody: @unchecked Sendable {
  let run: (Int, Int) -> Void
}

/// Processor time of all threads of this process.
enum ProcessorClock {
  static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
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
  /// The best rate of OpenBLAS's own threaded product of square matrices, in operations a second by
  /// the clock and by processor time: what this machine can do. Must not run beside a forward pass.
  public static func productRate(
    size: Int = 2048, threads: Int, repeats: Int = 5
  ) -> (clock: Double, processor: Double) {
    let workspace = Workspace()
    let (a, b, c) = (
      workspace.matrix(size, size), workspace.matrix(size, size), workspace.matrix(size, size)
    )
    for matrix in [a, b] { matrix.fill(0.5) }
    openblas_set_num_threads(Int32(threads))
    defer { openblas_set_num_threads(1) }
    let n = Int32(size)
    var (clock, processor) = (Double.infinity, Double.infinity)
    for _ in 0..<repeats {
      let (began, used) = (DispatchTime.now().uptimeNanoseconds, ProcessorClock.seconds)
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, n, n, n, 1, a.start, n, b.start, n, 0, c.start, n)
      clock = min(clock, Double(DispatchTime.now().uptimeNanoseconds - began) * 1e-9)
      processor = min(processor, ProcessorClock.seconds - used)
    }
    let operations = 2 * Double(size) * Double(size) * Double(size)
    return (operations / clock, operations / processor)
  }
}

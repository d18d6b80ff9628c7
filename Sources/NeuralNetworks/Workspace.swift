/// Memory for activations, handed out in order and taken back by scope. It grows in the first
/// passes and allocates nothing once the largest pass has been seen. One thread uses it at a time.
public final class Workspace {
  private var blocks: [HeapBlock] = []
  private var block = 0
  private var used = 0
  /// Smallest block, in floats (4 MiB).
  private let smallestBlock = 1 << 20

  /// An empty workspace.
  public init() {}

  /// Uninitialised memory for a matrix, valid until the enclosing `scope` ends. Rows start on
  /// cache lines when `columns` is a multiple of 16.
  public func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    let count = (rows * columns + 15) & ~15
    while block < blocks.count {
      if blocks[block].count - used >= count {
        defer { used += count }
        return Matrix(blocks[block].start + used, rows: rows, columns: columns)
      }
      block += 1
      used = 0
    }
    blocks.append(HeapBlock(count: max(count, smallestBlock)))
    return matrix(rows, columns)
  }

  /// Runs `body`; what it took is free again afterwards.
  public func scope<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure)
    -> Result
  {
    let (savedBlock, savedUsed) = (block, used)
    defer { (block, used) = (savedBlock, savedUsed) }
    return try body()
  }

  /// Bytes held.
  public var byteCount: Int {
    blocks.reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride }
  }
}

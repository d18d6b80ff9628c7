import COpenBLAS

/// Multi-head attention over separate sequences packed in one matrix.
public struct Attention: Sendable {
  /// Query heads.
  public let heads: Int
  /// Key and value heads; each serves `heads / keyValueHeads` neighbouring query heads.
  public let keyValueHeads: Int
  /// Columns of one head.
  public let headSize: Int
  /// Factor on the scores, usually 1/√headSize.
  public let scale: Float
  /// A query sees no key after itself.
  public let isCausal: Bool

  /// One sequence: which rows of the packed matrices are its queries and keys.
  public struct Sequence {
    /// Rows of the queries, which are the last ones of the sequence when it is causal.
    public var queries: Range<Int>
    /// Rows of the keys and values.
    public var keys: Range<Int>
    /// False for keys that nobody may see (padding); empty when all count.
    public var keyMask: [Bool]

    /// A sequence of these rows.
    public init(queries: Range<Int>, keys: Range<Int>, keyMask: [Bool] = []) {
      self.queries = queries
      self.keys = keys
      self.keyMask = keyMask
    }
  }

  /// Heads of this form; `scale` defaults to 1/√headSize.
  public init(
    heads: Int, keyValueHeads: Int? = nil, headSize: Int, scale: Float? = nil, isCausal: Bool
  ) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.headSize = headSize
    self.scale = scale ?? 1 / Float(headSize).squareRoot()
    self.isCausal = isCausal
  }

  /// Queries handled at once: bounds the scores' memory and skips keys that causality hides.
  private static let queryBlock = 128

  /// softmax(scale q kᵀ + mask) v, into `context` `[query rows, heads · headSize]`.
  /// q has `heads · headSize` columns, k and v `keyValueHeads · headSize`.
  public func apply(
    queries: Matrix, keys: Matrix, values: Matrix, sequences: [Sequence], into context: Matrix,
    _ pass: ForwardPass
  ) {
    var tasks: [(sequence: Int, queries: Range<Int>)] = []
    var widest = 0
    for (index, sequence) in sequences.enumerated() {
      widest = max(widest, sequence.keys.count)
      for start in stride(
        from: sequence.queries.lowerBound, to: sequence.queries.upperBound, by: Self.queryBlock)
      {
        tasks.append((index, start..<min(sequence.queries.upperBound, start + Self.queryBlock)))
      }
    }
    pass.workspace.scope {
      let scores = pass.workspace.matrix(pass.threads * Self.queryBlock, (widest + 15) & ~15)
      pass.parallel(tasks.count * heads) { slot, task in
        let (index, block) = tasks[task / heads]
        attend(
          head: task % heads, block: block, sequences[index], queries, keys, values, context,
          scores.rows((slot * Self.queryBlock)..<((slot + 1) * Self.queryBlock)),
          pass, sequenceIndex: index)
      }
    }
  }

  private func attend(
    head: Int, block: Range<Int>, _ sequence: Sequence, _ queries: Matrix, _ keys: Matrix,
    _ values: Matrix, _ context: Matrix, _ scores: Matrix, _ pass: ForwardPass, sequenceIndex: Int
  ) {
    let column = head * headSize
    let keyColumn = head / (heads / keyValueHeads) * headSize
    let firstKey = sequence.keys.lowerBound
    // Keys that query row r sees when causal: all up to its own position, counted from the end.
    func visible(_ row: Int) -> Int {
      isCausal ? sequence.keys.count - (sequence.queries.upperBound - 1 - row) : sequence.keys.count
    }
    let count = visible(block.upperBound - 1)
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(block.count), Int32(count), Int32(headSize),
      scale, queries.row(block.lowerBound) + column, Int32(queries.stride),
      keys.row(firstKey) + keyColumn, Int32(keys.stride), 0, scores.start, Int32(scores.stride))
    for row in block {
      let line = scores.row(row - block.lowerBound)
      let seen = visible(row)
      if !sequence.keyMask.isEmpty {
        for key in 0..<seen where !sequence.keyMask[key] { line[key] = -.infinity }
      }
      Kernels.softmax(line, valid: seen, columns: count)
    }
    pass.show(
      "attention.\(sequenceIndex).\(head)",
      Matrix(scores.start, rows: block.count, columns: count, stride: scores.stride))
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(block.count), Int32(headSize),
      Int32(count), 1, scores.start, Int32(scores.stride), values.row(firstKey) + keyColumn,
      Int32(values.stride), 0, context.row(block.lowerBound) + column, Int32(context.stride))
  }
}

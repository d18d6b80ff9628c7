import COpenBLAS
import CKernels

extension ForwardPass {
  /// y = x wᵀ, or y += x wᵀ. x `[rows, in]`, w `[out, in]`, y `[rows, out]`.
  public func multiply(_ x: Matrix, by w: Tensor, into y: Matrix, accumulate: Bool = false) {
    multiply(x, by: Weight(w), into: y, accumulate: accumulate)
  }

  /// y = x wᵀ, or y += x wᵀ. x `[rows, in]`, w `[out, in]`, y `[rows, out]`.
  public func multiply(_ x: Matrix, by w: Weight, into y: Matrix, accumulate: Bool = false) {
    precondition(w.inputs == x.columns && w.outputs == y.columns && x.rows == y.rows)
    guard x.rows > 0 else { return }
    counted(operations: 2 * Double(x.rows) * Double(x.columns) * Double(y.columns)) {
      if let engine = products.engine(for: w.precision) {
        multiply(x, w, y, accumulate, engine)
      } else if let tensor = w.tensor {
        multiplyPadded(x, tensor, y, accumulate)
      }
    }
  }

  /// Most rows that share the packing of a weight's panel: what the second cache holds of them.
  private static let tallestBlock = 264

  /// With our own kernels: rows are packed once, then panels of outputs are computed side by side.
  private func multiply(
    _ x: Matrix, _ w: Weight, _ y: Matrix, _ accumulate: Bool, _ engine: ProductEngine
  ) {
    guard let weights = w.start else { return }
    let (rows, columns) = (x.rows, x.columns)
    let isSmall = rows * columns * y.columns < 1 << 20
    workspace.scope {
      let size = MemoryLayout<Float>.stride
      let packed = workspace.matrix(
        1, (ckernels_packed_row_bytes(engine.c, rows, columns) + size - 1) / size)
      let height = ckernels_row_panel(engine.c, rows)
      let panels = (rows + height - 1) / height
      parallelRows(panels, work: rows * columns) { part in
        ckernels_pack_rows(
          engine.c, x.start, x.stride, rows, columns, part.lowerBound, part.upperBound,
          packed.start)
      }
      let scratch = workspace.matrix(
        threads, (ckernels_product_scratch_bytes(engine.c) + size - 1) / size)
      let blocks = (rows + Self.tallestBlock - 1) / Self.tallestBlock
      let parts = PanelParts(
        panels: Weight.panels(w.outputs), blocks: blocks, threads: threads)
      parallel(parts.count, slots: isSmall ? 1 : threads) { slot, task in
        let (block, outputs) = parts[task]
        ckernels_product(
          engine.c, w.precision.format, packed.start, rows, columns, weights, w.outputs,
          outputs.lowerBound, outputs.upperBound, panels * block / blocks,
          panels * (block + 1) / blocks, accumulate ? 1 : 0, y.start, y.stride,
          scratch.row(slot))
      }
    }
  }

  /// With OpenBLAS, rows padded as the tiling asks.
  private func multiplyPadded(_ x: Matrix, _ w: Tensor, _ y: Matrix, _ accumulate: Bool) {
    let padded = products.tiling.paddedRows(x.rows)
    guard padded > x.rows else { return multiplyTiles(x, w, y, accumulate) }
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
  }

  private func multiplyTiles(_ x: Matrix, _ w: Tensor, _ y: Matrix, _ accumulate: Bool) {
    guard let weights = w.values.baseAddress else { return }
    let tiling = products.tiling
    let tallest = tiling.exactRows ?? tiling.rows
    let rowTiles = (x.rows + tallest - 1) / tallest
    let columnTiles = (y.columns + tiling.columns - 1) / tiling.columns
    let isSmall = x.rows * x.columns * y.columns < 1 << 20
    parallel(rowTiles * columnTiles, slots: isSmall ? 1 : threads) { _, tile in
      let left = (tile % columnTiles) * tiling.columns
      let top = x.rows * (tile / columnTiles) / rowTiles
      let bottom = x.rows * (tile / columnTiles + 1) / rowTiles
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(bottom - top),
        Int32(min(y.columns - left, tiling.columns)), Int32(x.columns), 1, x.row(top),
        Int32(x.stride), weights + left * x.columns, Int32(x.columns), accumulate ? 1 : 0,
        y.row(top) + left, Int32(y.stride))
    }
  }
}

/// A product's output panels in the parts they are handed out in, block of rows after block. Panels
/// of one part share the rows in the cache, so the first parts are large; the last are small, so
/// that all threads end together. Which part a panel is in cannot change its numbers.
struct PanelParts {
  private var parts: [(block: Int, panels: Range<Int>)] = []

  /// Most panels of a part.
  private static let largest = 8

  init(panels: Int, blocks: Int, threads: Int) {
    for block in 0..<blocks {
      var first = 0
      while first < panels {
        let rest = (blocks - block) * panels - first
        let size = min(Self.largest, (rest + 2 * threads - 1) / (2 * threads), panels - first)
        parts.append((block, first..<(first + size)))
        first += size
      }
    }
  }

  var count: Int { parts.count }
  subscript(index: Int) -> (block: Int, panels: Range<Int>) { parts[index] }
}

import NeuralNetworks

extension PackedSequences {
  /// Runs a decoder's layers on h `[rows, D]`, then its final norm; gives the wanted rows in
  /// `hidden` `[outputs, D]`. The last layer need finish only those (`only`, into `hidden`), unless
  /// somebody listens to all of it.
  func run(
    layers: Int, on h: Matrix, into hidden: Matrix, _ pass: ForwardPass,
    layer: (_ index: Int, _ only: [Int]?) -> Void, finalNorm: (Matrix) -> Void
  ) {
    pass.show("decoder.0", h)
    let wanted = pass.probe == nil && outputs.count < h.rows ? outputs : nil
    for index in 0..<layers {
      let isLast = index == layers - 1
      layer(index, isLast ? wanted : nil)
      if !isLast { pass.show("decoder.\(index + 1)", h) }
    }
    guard wanted == nil else { return finalNorm(hidden) }
    finalNorm(h)
    pass.show("decoder.\(layers)", h)
    hidden.copy(rows: outputs, of: h)
  }

  /// Where a layer adds its results: h itself, or copies of the rows in `only`, in `selected`.
  func stream(_ h: Matrix, only: [Int]?, in selected: Matrix) -> Matrix {
    guard let only else { return h }
    selected.copy(rows: only, of: h)
    return selected
  }
}

extension Matrix {
  /// Fills this matrix with some rows of another, in order.
  func copy(rows indices: [Int], of other: Matrix) {
    for (index, row) in indices.enumerated() {
      rows(index..<(index + 1)).copy(from: other.rows(row..<(row + 1)))
    }
  }
}

/// Some rows of a matrix, copied together.
func gather(_ rows: [Int], of matrix: Matrix, _ pass: ForwardPass) -> Matrix {
  let result = pass.workspace.matrix(rows.count, matrix.columns)
  result.copy(rows: rows, of: matrix)
  return result
}

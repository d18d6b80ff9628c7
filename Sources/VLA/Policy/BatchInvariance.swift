import NeuralNetworks

/// Checks, on this machine and with this BLAS, that a row of a matrix product has the same bits
/// whatever rows are computed beside it.
public enum BatchInvariance {
  /// What to compute products of these weight shapes with, for up to `rows` rows: the fastest when
  /// it is invariant, else OpenBLAS with low products padded, else with tiles of a fixed height, the
  /// tallest whose rows are all computed alike (OpenBLAS's Haswell kernels compute those of 12 rows
  /// and the rest in another way). An error when not even single rows are.
  public static func products(
    for shapes: [(outputs: Int, inputs: Int)], rows: Int, threads: Int,
    precision: WeightPrecision = .f32
  ) throws(VLAError) -> Products {
    var padded = Products.Tiling()
    padded.leastRows = 64
    let fixed = [64, 8, 1].map { rows in
      var tiling = Products.Tiling()
      tiling.exactRows = rows
      return Products.openBLAS(tiling)
    }
    let candidates: [Products] = [.fastest, .openBLAS(padded)] + fixed
    for products in candidates {
      let pass = ForwardPass(threads: threads, products: products)
      if shapes.allSatisfy({ isInvariant($0, rows: rows, precision: precision, pass) }) {
        return products
      }
    }
    throw VLAError(
      nil, "OpenBLAS \(BLAS.coreName)",
      "gives results that depend on the batch even for products of single rows")
  }

  /// Compares products of few rows with the same rows of the largest product, with and without
  /// accumulation.
  static func isInvariant(
    _ shape: (outputs: Int, inputs: Int), rows: Int, precision: WeightPrecision = .f32,
    _ pass: ForwardPass
  ) -> Bool {
    // One full tile and the last, narrower one are enough of a wide weight.
    let tile = pass.products.tiling.columns
    let outputs = min(shape.outputs, tile + shape.outputs % tile)
    let random = RandomWeights(seed: 7)
    let weight = Weight(random.tensor("weight", [outputs, shape.inputs]), precision: precision)
    let numbers = random.tensor("rows", [rows, shape.inputs])
    let start = random.tensor("start", [rows, outputs])
    return pass.workspace.scope {
      let x = pass.workspace.matrix(rows, shape.inputs)
      for row in 0..<rows { x.setRow(row, numbers.row(row)) }
      for accumulates in [false, true] {
        func product(_ range: Range<Int>) -> [Float] {
          pass.workspace.scope {
            let y = pass.workspace.matrix(range.count, outputs)
            for (index, row) in range.enumerated() { y.setRow(index, start.row(row)) }
            pass.multiply(x.rows(range), by: weight, into: y, accumulate: accumulates)
            return y.array
          }
        }
        let whole = product(0..<rows)
        for count in Set([1, 2, 3, 5, 8, 17, rows / 8, rows / 3, rows / 2]) where count > 0 {
          for first in Set([0, rows - count, (rows - count) / 2]) {
            let part = product(first..<(first + count))
            let expected = whole[(first * outputs)..<((first + count) * outputs)]
            if !part.elementsEqual(expected, by: { $0.bitPattern == $1.bitPattern }) {
              return false
            }
          }
        }
      }
      return true
    }
  }
}

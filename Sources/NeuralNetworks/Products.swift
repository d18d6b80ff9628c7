/// What computes matrix products. Whatever is chosen, a row's numbers must not depend on the rows
/// beside it; our own kernels are made so, OpenBLAS is checked and its tiling adapted.
public struct Products: Sendable, Equatable {
  /// How OpenBLAS's products are cut into tiles.
  public struct Tiling: Sendable, Equatable, CustomStringConvertible {
    /// Columns (outputs) of a tile.
    public var columns = 256
    /// Most rows of a tile.
    public var rows = 512
    /// Fewest rows of a product; lower ones are padded. OpenBLAS computes small products with other
    /// kernels, which sum in another order.
    public var leastRows = 1
    /// When set, every product is computed with exactly this many rows, the last tile padded: a
    /// row's bits then cannot depend on how many rows there are, but on its place in a tile of
    /// several rows, where a BLAS computes them in different ways.
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

  /// Tiles of OpenBLAS's products.
  public var tiling = Tiling()
  /// Our own kernels for float32 weights; nil leaves them to OpenBLAS.
  public var f32Engine: ProductEngine?
  /// The kernels for packed weights; nil takes the fastest.
  public var packedEngine: ProductEngine?

  /// OpenBLAS with a tiling for float32 weights.
  public static func openBLAS(_ tiling: Tiling = Tiling()) -> Products {
    Products(tiling: tiling, f32Engine: nil, packedEngine: nil)
  }

  /// The fastest on this processor: our own AVX-512 kernels keep short products as fast as tall
  /// ones; without AVX-512, OpenBLAS is the faster one for float32 weights.
  public static var fastest: Products {
    ProductEngine.avx512.runs(.f32) ? .own(.avx512) : .openBLAS()
  }

  /// Our own kernels of one kind for every product (packed weights are widened where the engine
  /// knows float32 only).
  public static func own(_ engine: ProductEngine, packed: ProductEngine? = nil) -> Products {
    Products(tiling: Tiling(), f32Engine: engine, packedEngine: packed)
  }

  /// Our own kernels for weights of a precision; nil for OpenBLAS.
  func engine(for precision: WeightPrecision) -> ProductEngine? {
    precision == .f32 ? f32Engine : packedEngine ?? ProductEngine.best(for: precision)
  }

  /// What records say: the kernels, and the rows OpenBLAS is given.
  public func description(for precision: WeightPrecision) -> String {
    engine(for: precision).map { "own, \($0)" } ?? "OpenBLAS, rows: \(tiling)"
  }
}

import Foundation
import Testing

@testable import NeuralNetworks

/// Matrix products by our own kernels, for every engine this processor has.
@Suite struct ProductTests {
  private static func random(_ shape: [Int], seed: UInt64) -> Tensor {
    var state = seed
    return Tensor(shape: shape) { numbers in
      for index in numbers.indices {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        numbers[index] = Float(state >> 40) / Float(1 << 23) - 1
      }
    }
  }

  /// x wᵀ for the rows of x, with what is asked.
  private static func product(
    _ x: Tensor, rows: Range<Int>, _ w: Weight, _ products: Products, threads: Int = 1,
    start: Float? = nil
  ) -> [Float] {
    let pass = ForwardPass(threads: threads, products: products)
    let input = pass.workspace.matrix(rows.count, w.inputs)
    for (index, row) in rows.enumerated() { input.setRow(index, x.row(row)) }
    let y = pass.workspace.matrix(rows.count, w.outputs)
    if let start { y.fill(start) }
    pass.multiply(input, by: w, into: y, accumulate: start != nil)
    return y.array
  }

  private static func exact(_ x: Tensor, _ w: Tensor) -> [Double] {
    (0..<x.shape[0]).flatMap { row in
      (0..<w.shape[0]).map { output in
        zip(x.row(row), w.row(output)).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      }
    }
  }

  /// Shapes with odd ends in every direction, and more columns than are summed at once.
  static let shapes = [(1, 7, 3), (5, 77, 37), (9, 588, 64), (30, 1100, 33), (17, 130, 100)]

  static func engines(_ precision: WeightPrecision) -> [ProductEngine] {
    ProductEngine.allCases.filter { $0.runs(precision) }
  }

  /// Within float32's rounding of the exact product; with weights of lower precision within theirs.
  @Test(arguments: WeightPrecision.allCases)
  func agreesWithDoublePrecision(_ precision: WeightPrecision) throws {
    // Relative to the root of the number of columns: each factor is off by at most 2⁻⁹ of itself
    // as bfloat16, or by half a step of 127 of its block's largest as an 8-bit integer.
    let limits: [WeightPrecision: Double] = [.f32: 1e-6, .bf16: 2e-3, .int8: 5e-3]
    let limit = try #require(limits[precision])
    for (rows, inputs, outputs) in Self.shapes {
      let x = Self.random([rows, inputs], seed: 1), w = Self.random([outputs, inputs], seed: 2)
      let expected = Self.exact(x, w)
      for engine in Self.engines(precision) {
        let y = Self.product(
          x, rows: 0..<rows, Weight(w, precision: precision), .own(engine, packed: engine),
          start: 0.5)
        let squares = zip(y, expected).reduce(0) { $0 + pow(Double($1.0) - 0.5 - $1.1, 2) }
        let error = (squares / Double(y.count)).squareRoot() / Double(inputs).squareRoot()
        #expect(error < limit, "\(engine) \(rows) x \(inputs) x \(outputs)")
        if precision != .f32 { #expect(error > 0) }
      }
    }
  }

  /// A row's bits depend neither on the rows beside it nor on the threads.
  @Test(arguments: WeightPrecision.allCases)
  func rowsAreIndependent(_ precision: WeightPrecision) {
    let x = Self.random([30, 1100], seed: 3)
    let w = Weight(Self.random([70, 1100], seed: 4), precision: precision)
    for engine in Self.engines(precision) {
      let products = Products.own(engine, packed: engine)
      let whole = Self.product(x, rows: 0..<30, w, products)
      #expect(whole == Self.product(x, rows: 0..<30, w, products, threads: 3))
      for rows in [0..<1, 7..<9, 29..<30, 3..<20, 0..<13] {
        #expect(
          Self.product(x, rows: rows, w, products)
            == Array(whole[(rows.lowerBound * 70)..<(rows.upperBound * 70)]), "\(engine) \(rows)")
      }
    }
  }

  /// AVX2 and AVX-512 give the same bits, for every precision they widen.
  @Test(
    .enabled(if: ProductEngine.avx512.runs(.f32), "this processor has no AVX-512"),
    arguments: WeightPrecision.allCases)
  func instructionSetsAgree(_ precision: WeightPrecision) {
    for (rows, inputs, outputs) in Self.shapes {
      let x = Self.random([rows, inputs], seed: 5)
      let w = Weight(Self.random([outputs, inputs], seed: 6), precision: precision)
      #expect(
        Self.product(x, rows: 0..<rows, w, .own(.avx2, packed: .avx2))
          == Self.product(x, rows: 0..<rows, w, .own(.avx512, packed: .avx512)))
    }
  }

  /// Numbers bfloat16 can hold are multiplied exactly as float32 ones.
  @Test func bfloat16KeepsWhatItCanHold() {
    let cut = Self.random([40, 66], seed: 7).array.map {
      Float(bitPattern: $0.bitPattern & 0xffff_0000)
    }
    let w = Tensor(shape: [40, 66], cut), x = Self.random([6, 66], seed: 8)
    for engine in [ProductEngine.baseline, .avx2, .avx512] where engine.runs(.bf16) {
      #expect(
        Self.product(x, rows: 0..<6, Weight(w, precision: .bf16), .own(engine, packed: engine))
          == Self.product(x, rows: 0..<6, Weight(w), .own(engine)))
    }
  }

  /// Blocks of zeros have no scale; rows of zeros neither.
  @Test func zerosStayZero() {
    let w = Tensor(shape: [3, 200]) { $0[0] = 1 }
    let x = Tensor(shape: [2, 200]) { $0[200] = -2 }
    for engine in Self.engines(.int8) {
      #expect(
        Self.product(x, rows: 0..<2, Weight(w, precision: .int8), .own(engine, packed: engine))
          == [0, 0, 0, -2, 0, 0])
    }
  }

  /// Every panel of every block is in one part; the last parts are single panels.
  @Test(arguments: [(1, 1, 4), (32, 2, 4), (64, 1, 4), (256, 3, 16), (7, 2, 1)])
  func panelParts(_ panels: Int, _ blocks: Int, _ threads: Int) {
    let parts = PanelParts(panels: panels, blocks: blocks, threads: threads)
    let covered = (0..<parts.count).flatMap { index in
      parts[index].panels.map { parts[index].block * panels + $0 }
    }
    #expect(covered == Array(0..<(panels * blocks)))
    #expect(parts[parts.count - 1].panels.count == 1)
    let sizes = (0..<parts.count).map { parts[$0].panels.count }
    #expect(sizes.allSatisfy { (1...8).contains($0) })
  }
}

import Foundation
import Testing

@testable import NeuralNetworks

private struct Chance: RandomNumberGenerator {
  var state: UInt64 = 3
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

private func random(_ count: Int, _ range: ClosedRange<Float>, _ chance: inout Chance) -> [Float] {
  (0..<count).map { _ in Float.random(in: range, using: &chance) }
}

/// A matrix of a pass's workspace with these numbers.
private func matrix(_ numbers: [Float], _ rows: Int, _ pass: ForwardPass) -> Matrix {
  let result = pass.workspace.matrix(rows, numbers.count / rows)
  for (index, number) in numbers.enumerated() { result.start[index] = number }
  return result
}

@Suite struct KernelTests {
  private static func exact(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .identity: return x
    case .relu: return max(x, 0)
    case .gelu: return 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
    case .geluTanh:
      let inner = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
      return 0.5 * x * (1 + tanh(inner))
    case .quickGELU: return x / (1 + exp(-1.702 * x))
    case .tanh: return tanh(x)
    case .sigmoid: return 1 / (1 + exp(-x))
    case .silu: return x / (1 + exp(-x))
    }
  }

  /// Each activation against double precision, over a range that reaches its tails.
  @Test(arguments: [Activation.relu, .gelu, .geluTanh, .quickGELU, .tanh, .sigmoid, .silu])
  func activation(_ activation: Activation) {
    let pass = ForwardPass(threads: 1)
    let inputs = (-4000...4000).map { Float($0) / 200 } + [-100, 100, 1e-20, -1e-20, 0]
    let x = matrix(inputs, 1, pass)
    Kernels.activate(x, bias: nil, activation)
    var worst = 0.0
    for (index, input) in inputs.enumerated() {
      let expected = Self.exact(activation, Double(input))
      worst = max(worst, abs(Double(x[0, index]) - expected) / max(1, abs(expected)))
    }
    #expect(worst < 4e-7)
  }

  /// Layer norm, RMS norm and softmax at every width around the vector length.
  @Test func rowKernels() {
    var chance = Chance()
    let pass = ForwardPass(threads: 2)
    for width in [1, 3, 15, 16, 17, 31, 64, 80, 257] {
      let numbers = random(3 * width, -4...4, &chance)
      let scale = random(width, -2...2, &chance), shift = random(width, -1...1, &chance)
      let norm = LayerNorm(
        weight: Tensor(shape: [width], scale), bias: Tensor(shape: [width], shift),
        epsilon: 1e-5)
      let rms = RMSNorm(weight: Tensor(shape: [width], scale), epsilon: 1e-6)
      let x = matrix(numbers, 3, pass)
      let normed = norm(x, pass), scaled = rms(x, pass)
      Kernels.softmax(x.row(2), valid: width, columns: width)
      for row in 0..<3 {
        let values = numbers[(row * width)..<((row + 1) * width)].map(Double.init)
        let mean = values.reduce(0, +) / Double(width)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
        let square = values.reduce(0) { $0 + $1 * $1 } / Double(width)
        let total = values.reduce(0) { $0 + exp($1) }
        for column in 0..<width {
          let (w, b) = (Double(scale[column]), Double(shift[column]))
          let layer = (values[column] - mean) / (variance + 1e-5).squareRoot() * w + b
          #expect(abs(Double(normed[row, column]) - layer) < 3e-6, "width \(width)")
          let root = values[column] / (square + 1e-6).squareRoot() * (1 + w)
          #expect(abs(Double(scaled[row, column]) - root) < 3e-6, "width \(width)")
          if row == 2 {
            #expect(abs(Double(x[2, column]) - exp(values[column]) / total) < 3e-7)
          }
        }
      }
    }
  }

  /// Half floats of every bit pattern.
  @Test func halfFloats() {
    let patterns = (0...UInt16.max).map { $0 }
    var wide = [Float](repeating: 0, count: patterns.count)
    Kernels.widen(half: patterns, &wide, patterns.count)
    for pattern in patterns {
      let exponent = Int(pattern >> 10) & 31, mantissa = Double(pattern & 1023) / 1024
      let sign = pattern >> 15 == 1 ? -1.0 : 1.0
      let value = wide[Int(pattern)]
      if exponent == 31 {
        #expect(mantissa == 0 ? value.isInfinite : value.isNaN)
      } else {
        let expected =
          exponent == 0
          ? mantissa * pow(2, -14) : (1 + mantissa) * pow(2, Double(exponent - 15))
        #expect(Double(value) == sign * expected)
      }
    }
  }

  @Test func nonFiniteNumbersAreFound() {
    var numbers = [Float](repeating: 1, count: 10_000)
    #expect(Tensor(shape: [10_000], numbers).firstNonFinite == nil)
    numbers[9_999] = -.infinity
    #expect(Tensor(shape: [10_000], numbers).firstNonFinite == 9_999)
    numbers[4_097] = .nan
    #expect(Tensor(shape: [10_000], numbers).firstNonFinite == 4_097)
  }

  /// Products against double precision; the same bits for any number of threads, and with tiles of
  /// fixed height.
  @Test func products() {
    var chance = Chance()
    for (rows, inputs, outputs) in [(1, 7, 3), (5, 64, 300), (130, 96, 513), (700, 33, 40)] {
      let x = random(rows * inputs, -1...1, &chance)
      let w = Tensor(shape: [outputs, inputs], random(outputs * inputs, -1...1, &chance))
      var fixed = Products.Tiling()
      fixed.exactRows = 64
      var padded = Products.Tiling()
      padded.leastRows = 64
      let results = [
        ForwardPass(threads: 1), ForwardPass(threads: 3),
        ForwardPass(threads: 3, products: .openBLAS(fixed)),
        ForwardPass(threads: 2, products: .openBLAS(padded)),
      ].map { pass in
        let y = pass.workspace.matrix(rows, outputs)
        pass.multiply(matrix(x, rows, pass), by: w, into: y)
        return y.array
      }
      #expect(results[0] == results[1])
      for (row, column) in [(0, 0), (rows - 1, outputs - 1), (rows / 2, outputs / 2)] {
        let expected = (0..<inputs).reduce(0.0) {
          $0 + Double(x[row * inputs + $1]) * Double(w.values[column * inputs + $1])
        }
        for result in results {
          #expect(abs(Double(result[row * outputs + column]) - expected) < 1e-5)
        }
      }
    }
  }

  /// A narrow layer's row does not depend on its neighbours, bit for bit.
  @Test func narrowLayersAreRowByRow() {
    var chance = Chance()
    let pass = ForwardPass(threads: 2)
    let layer = Linear(
      weight: Tensor(shape: [50, 83], random(50 * 83, -1...1, &chance)),
      bias: Tensor(shape: [50], random(50, -1...1, &chance)))
    let x = matrix(random(11 * 83, -1...1, &chance), 11, pass)
    let together = layer.narrow(x, pass).array
    for row in 0..<11 {
      let alone = layer.narrow(x.rows(row..<(row + 1)), pass).array
      #expect(alone == Array(together[(row * 50)..<((row + 1) * 50)]))
    }
  }

  /// Attention against a direct evaluation: causal, masked, grouped keys, several sequences.
  @Test func attention() {
    var chance = Chance()
    let pass = ForwardPass(threads: 2)
    let (heads, shared, size) = (4, 2, 8)
    let lengths = [5, 150]
    let rows = lengths.reduce(0, +)
    let q = matrix(random(rows * heads * size, -1...1, &chance), rows, pass)
    let k = matrix(random(rows * shared * size, -1...1, &chance), rows, pass)
    let v = matrix(random(rows * shared * size, -1...1, &chance), rows, pass)
    let mask = (0..<150).map { $0 == 0 || $0 % 7 != 3 }
    let context = pass.workspace.matrix(rows, heads * size)
    let attention = Attention(
      heads: heads, keyValueHeads: shared, headSize: size, isCausal: true)
    attention.apply(
      queries: q, keys: k, values: v,
      sequences: [
        .init(queries: 0..<5, keys: 0..<5), .init(queries: 5..<155, keys: 5..<155, keyMask: mask),
      ], into: context, pass)
    for (row, head) in [(0, 0), (4, 3), (5, 1), (100, 2), (154, 0)] {
      let first = row < 5 ? 0 : 5
      let column = head * size, keyColumn = head / 2 * size
      let scores = (first...row).map { key -> Double in
        if row >= 5, !mask[key - 5] { return -.infinity }
        return (0..<size).reduce(0.0) {
          $0 + Double(q[row, column + $1]) * Double(k[key, keyColumn + $1])
        } / Double(size).squareRoot()
      }
      let total = scores.reduce(0) { $0 + exp($1) }
      for index in 0..<size {
        let expected = zip(first...row, scores).reduce(0.0) {
          $0 + exp($1.1) / total * Double(v[$1.0, keyColumn + index])
        }
        #expect(abs(Double(context[row, column + index]) - expected) < 2e-6)
      }
    }
  }

  /// Sequences of different lengths in one batch equal each alone, bit for bit.
  @Test func lstmBatches() {
    var chance = Chance()
    func linear(_ inputs: Int, _ outputs: Int) -> Linear {
      Linear(
        weight: Tensor(shape: [outputs, inputs], random(inputs * outputs, -0.5...0.5, &chance)),
        bias: Tensor(shape: [outputs], random(outputs, -0.5...0.5, &chance)))
    }
    let lstm = LSTM(layers: [
      .init(inputs: linear(6, 20), recurrent: linear(5, 20)),
      .init(inputs: linear(5, 20), recurrent: linear(5, 20)),
    ])
    let pass = ForwardPass(threads: 1)
    let lengths = [3, 1, 7, 3]
    let x = matrix(random(14 * 6, -1...1, &chance), 14, pass)
    let together = lstm(x, lengths: lengths, pass).array
    var start = 0
    for length in lengths {
      let alone = lstm(x.rows(start..<(start + length)), lengths: [length], pass).array
      #expect(alone == Array(together[(start * 5)..<((start + length) * 5)]))
      start += length
    }
  }

  @Test func workspaceIsReused() {
    let workspace = Workspace()
    func work() {
      workspace.scope {
        _ = workspace.matrix(100, 1000)
        workspace.scope { _ = workspace.matrix(3000, 1000) }
        _ = workspace.matrix(2000, 1000)
      }
    }
    work()
    let size = workspace.byteCount
    for _ in 0..<5 { work() }
    #expect(workspace.byteCount == size)
  }
}

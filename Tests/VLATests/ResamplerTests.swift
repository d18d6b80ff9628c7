import Foundation
import NeuralNetworks
import Testing

@testable import VLA

@Suite struct ResamplerTests {
  /// Two images of five rows, against RoboVLMs' `PerceiverResampler` with the same weights.
  @Test func visionResampler() throws {
    let width = 8
    let resampler = try VisionResampler(
      width: width, WeightLoader(random: RandomWeights(seed: 3)))
    let pass = ForwardPass(threads: 2)
    let x = pass.workspace.matrix(10, width)
    for index in 0..<80 { x.start[index] = Float(sin(Double(index) * 0.37) * 1.5) }
    let y = pass.workspace.matrix(128, width)
    resampler.apply(x, images: 2, into: y, pass)
    let expected: [(row: Int, numbers: [Float])] = [
      (
        0,
        [
          1.3347479, 0.19472747, -1.2807398, 0.09517959, -0.83784115, 1.6763603, -0.191268,
          -0.9911663,
        ]
      ),
      (
        127,
        [
          1.2524874, 0.6732946, -0.79472625, -0.8232064, -0.86867464, 1.7149396, -0.9688488,
          -0.18526542,
        ]
      ),
    ]
    for (row, numbers) in expected {
      for (column, number) in numbers.enumerated() {
        #expect(abs(y[row, column] - number) < 5e-6, "row \(row), column \(column)")
      }
    }
  }

  static func model(_ change: (inout VLAConfiguration) -> Void) throws -> VLAModel {
    var configuration = try TinyModel.configuration()
    change(&configuration)
    return try VLAModel(configuration, WeightLoader(random: RandomWeights(seed: 1)))
  }

  /// The rows of `[id 0][gripper 8][static 8][id 1, 2, 3][id 4]` that each source means.
  @Test(arguments: [
    (HeadConfiguration.TokenSource.all, 0..<21), (.vision, 1..<17), (.text, 17..<20),
  ])
  func pooledRows(_ source: HeadConfiguration.TokenSource, _ rows: Range<Int>) throws {
    let model = try Self.model { $0.head.pooledTokens = source }
    #expect(model.headRows(model.layout([5, 6, 7, 8, 9])) == Array(rows))
    #expect(model.canEncode([5, 6]) == (source != .text))
  }

  /// Three spans of eight rows overlap: 0..<3, 2..<6, 5..<8.
  @Test func pooledHiddenStates() throws {
    let pooled = try Self.model {
      $0.head.pooledTokens = .text
      $0.head.latent = 3
    }
    let whole = try Self.model {
      $0.head.pooledTokens = .text
      $0.head.latent = 8
    }
    let pass = ForwardPass(threads: 1)
    let features = pass.workspace.matrix(16, 64)
    features.fill(0.1)
    let input = VLAModel.SequenceInput(ids: Array(10..<20), frames: [features])
    let rows = whole.actionHidden([input], pass), spans = pooled.actionHidden([input], pass)
    for (index, span) in [0..<3, 2..<6, 5..<8].enumerated() {
      for column in 0..<64 {
        let greatest = span.map { rows[$0, column] }.max()
        #expect(spans[index, column] == greatest)
      }
    }
  }
}

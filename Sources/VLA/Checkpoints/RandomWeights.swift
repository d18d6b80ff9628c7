import Foundation
import NeuralNetworks

/// Weights drawn from a seed: every tensor depends on the seed, its name and its shape alone, so a
/// model of random weights is the same wherever and in whatever order it is built.
public struct RandomWeights: Sendable {
  /// Seed of all tensors.
  public var seed: UInt64

  /// Weights of this seed.
  public init(seed: UInt64) { self.seed = seed }

  /// The tensor of this name and shape: norms at their neutral value, biases small, everything else
  /// uniform with variance 1/fan-in.
  func tensor(_ name: String, _ shape: [Int]) -> Tensor {
    let isNorm = name.contains("norm") || name.contains("ln_") || name.hasSuffix("_ln.weight")
    let isVector = shape.count == 1
    if isNorm, isVector {
      // Gemma's RMS norms multiply by 1 + w.
      let isOffset = name.contains("language_model")
      let neutral: Float = name.hasSuffix(".weight") && !isOffset ? 1 : 0
      return Tensor(shape: shape) { $0.update(repeating: neutral) }
    }
    let isTable = name.contains("embed") || name.hasSuffix("latent_query") || isVector
    let fanIn = isTable ? 2500 : shape.dropFirst().reduce(1, *)
    let bound = (3 / Float(max(fanIn, 1))).squareRoot()
    let start = hash(name)
    return Tensor(shape: shape) { target in
      guard let base = target.baseAddress else { return }
      let shared = SharedPointer(base: base)
      let block = 1 << 16
      let count = target.count
      DispatchQueue.concurrentPerform(iterations: (count + block - 1) / block) { part in
        for index in (part * block)..<min(count, (part + 1) * block) {
          let bits = mixed(start &+ UInt64(index) &* 0x9e37_79b9_7f4a_7c15) >> 40
          shared.base[index] = (Float(bits) / Float(1 << 23) - 1) * bound
        }
      }
    }
  }

  /// FNV-1a over the name, mixed with the seed.
  private func hash(_ name: String) -> UInt64 {
    let digest = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return mixed(digest ^ mixed(seed))
  }
}

/// Blocks of one tensor are filled side by side.
private struct SharedPointer: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
}

/// SplitMix64's finaliser.
private func mixed(_ value: UInt64) -> UInt64 {
  var z = value &+ 0x9e37_79b9_7f4a_7c15
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}

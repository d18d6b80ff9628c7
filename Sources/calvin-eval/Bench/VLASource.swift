import ArgumentParser
import Calvin
import Foundation
import NeuralNetworks
import VLA

/// Where a benchmark's model and pictures come from.
struct VLASource: ParsableArguments {
  @Option(help: "A RoboVLMs config.json; weights are drawn at random.")
  var config: String?

  @Option(help: "A model folder instead.")
  var model: String?

  @Option(help: "Tokens of the instruction's prompt.")
  var tokens = 24

  @Option(help: "Threads (default: the number of cores).")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Seed of random weights and pictures.")
  var seed: UInt64 = 0

  mutating func validate() throws {
    guard (config == nil) != (model == nil) else {
      throw ValidationError("Give --config FILE or --model DIR.")
    }
    guard tokens > 1, threads > 0 else {
      throw ValidationError("--tokens is at least 2 and --threads at least 1.")
    }
  }

  /// The model; `precision` overrules the config's.
  func load(precision: WeightPrecision?) throws -> VLAModel {
    var configuration =
      if let model {
        try VLAConfiguration(folder: model)
      } else {
        try VLAConfiguration(file: URL(fileURLWithPath: config ?? "").path)
      }
    if let precision { configuration.weightPrecision = precision }
    guard let model else {
      let needed = try RandomModel(configuration, seed: seed).byteCount
      let memory = ProcessInfo.processInfo.physicalMemory
      guard needed < memory else {
        throw VLAError(
          config, nil, "describes a model of \(needed >> 30) GiB, and memory has \(memory >> 30)")
      }
      return try VLAModel(configuration, WeightLoader(random: RandomWeights(seed: seed)))
    }
    return try VLAModel(
      configuration, try Checkpoint.open(folder: model, loraAlpha: configuration.loraAlpha))
  }

  /// A rollout with an instruction of its own.
  func stream(_ index: Int, of model: VLAModel) -> VLAStream {
    let stream = VLAStream()
    stream.ids = (0..<tokens).map { ($0 + 7 * index) % model.backbone.vocabularySize }
    return stream
  }

  /// A square picture: smooth shading with some noise, another for every index.
  func picture(_ side: Int, _ index: Int) -> Frame {
    var state = seed &+ UInt64(index) &* 977 &+ 1
    func next() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 40)
    }
    let shades = (0..<6).map { _ in Int(next()) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(side * side * 3)
    for row in 0..<side {
      for column in 0..<side {
        for channel in 0..<3 {
          let smooth = shades[channel] * row / side + shades[3 + channel] * column / side
          bytes.append(UInt8((smooth * 7 / 16 + Int(next()) / 8) & 255))
        }
      }
    }
    return Frame(width: side, height: side, rgb: bytes)
  }
}

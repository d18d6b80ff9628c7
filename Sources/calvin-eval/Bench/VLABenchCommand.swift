import ArgumentParser
import Calvin
import Foundation
import NeuralNetworks
import VLA

/// `calvin-eval bench vla`: speed and memory of a VLA model.
struct VLABenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vla",
    abstract: "Measure a VLA model's control steps, with random weights or a folder's.",
    discussion: """
      The config is RoboVLMs'; without a vlm/config.json beside it the published sizes are used:
        calvin-eval bench vla --config Models/kosmos2/config.json --batch 1,8
      """)

  @Option(help: "A RoboVLMs config.json; weights are drawn at random.")
  var config: String?

  @Option(help: "A model folder instead: measures start-up, too.")
  var model: String?

  @Option(help: "Batch sizes, separated by commas.")
  var batch = "1,8"

  @Option(help: "Timed steps per batch size.")
  var steps = 5

  @Option(help: "Tokens of the instruction's prompt.")
  var tokens = 24

  @Option(help: "Threads (default: the number of cores).")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Seed of random weights and pictures.")
  var seed: UInt64 = 0

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  mutating func validate() throws {
    guard (config == nil) != (model == nil) else {
      throw ValidationError("Give --config FILE or --model DIR.")
    }
    guard steps > 0, tokens > 1, threads > 0, !batches.isEmpty, batches.allSatisfy({ $0 > 0 })
    else { throw ValidationError("--batch, --steps, --tokens and --threads are positive.") }
  }

  private var batches: [Int] { batch.split(separator: ",").map { Int($0) ?? 0 } }

  func run() async throws {
    try exitingOnBadInput {
      var figures: [(name: String, value: String)] = []
      let clock = ContinuousClock()
      var built: VLAModel?
      let start = try clock.measure { built = try load() }
      guard let built else { return }
      let rows = (batches.max() ?? 1) * 2 * built.backbone.imageTokens
      var tiling = ForwardPass.Tiling()
      let check = try clock.measure {
        tiling = try BatchInvariance.tiling(
          for: built.backbone.productShapes, rows: min(rows, 1024), threads: threads)
      }
      figures += [
        ("blas", "\(BLAS.coreName), kernels \(Kernels.instructionSet), \(threads) threads"),
        ("weights ready in", text(start)), ("batch check", text(check)),
        ("rows of products", tiling.description),
      ]
      for batch in batches { figures += try measure(built, batch: batch, tiling) }
      figures.append(("peak memory", peakMemory))
      if json {
        let pairs = figures.map { "\"\($0.name)\": \"\($0.value)\"" }
        print("{\(pairs.joined(separator: ", "))}")
      } else {
        for (name, value) in figures { print("\(name): \(value)") }
      }
    }
  }

  private func load() throws -> VLAModel {
    if let model {
      let configuration = try VLAConfiguration(folder: model)
      return try VLAModel(
        configuration, try Checkpoint.open(folder: model, loraAlpha: configuration.loraAlpha))
    }
    let file = URL(fileURLWithPath: config ?? "")
    return try VLAModel(
      try VLAConfiguration(file: file.path),
      WeightLoader(random: RandomWeights(seed: seed)))
  }

  private func measure(
    _ model: VLAModel, batch: Int, _ tiling: ForwardPass.Tiling
  ) throws -> [(name: String, value: String)] {
    let pass = ForwardPass(threads: threads, tiling: tiling)
    let streams = (0..<batch).map { _ in VLAStream() }
    for stream in streams { stream.ids = (0..<tokens).map { $0 % model.backbone.vocabularySize } }
    let requests = streams.enumerated().map { index, stream in
      (stream, picture(200, index), picture(84, index + 100))
    }
    // A full window first: the head's work grows until then.
    _ = try model.step(requests, pass)
    for stream in streams { stream.fillWindow(of: model) }
    let rate = BLAS.productRate(threads: threads)
    var measurement = Measurement()
    pass.resetProductCounters()
    for _ in 0..<steps { try measurement.measure { _ = try model.step(requests, pass) } }
    let rateAfter = BLAS.productRate(threads: threads)
    let ours = pass.productOperations / pass.productSeconds
    let machine = max(rate, rateAfter)
    let phases = pass.phaseSeconds.sorted { $0.key < $1.key }
      .map { String(format: "%@ %.1f", $0.key, $0.value * 1000 / Double(steps + 1)) }
    return [
      (
        "batch \(batch)",
        String(
          format: "%.1f ms a step at best, %.1f median, %.1f per request",
          measurement.fastestMilliseconds, measurement.medianMilliseconds,
          measurement.fastestMilliseconds / Double(batch))
      ),
      (
        "batch \(batch) products",
        String(
          format: "%.1f GFLOP/s, %.0f %% of this machine's sgemm (%.1f GFLOP/s)", ours * 1e-9,
          100 * ours / machine, machine * 1e-9)
      ), ("batch \(batch) phases in ms", phases.joined(separator: ", ")),
    ]
  }

  /// A square picture of noise.
  private func picture(_ side: Int, _ index: Int) -> Frame {
    var state = seed &+ UInt64(index) &* 977 &+ 1
    let bytes = (0..<(side * side * 3)).map { _ -> UInt8 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 40)
    }
    return Frame(width: side, height: side, rgb: bytes)
  }

  private func text(_ duration: Duration) -> String {
    let parts = duration.components
    return String(format: "%.2f s", Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
  }

  private var peakMemory: String {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = peak?.split(separator: " ").compactMap { Int($0) }.first ?? 0
    return String(format: "%.2f GB", Double(kilobytes) * 1024 * 1e-9)
  }
}

import ArgumentParser
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

  @OptionGroup var source: VLASource

  @Option(
    name: .customLong("weights-precision"),
    help: "f32, bf16 or int8 weights (default: what the config says, else f32).")
  var weightsPrecision: WeightPrecision?

  @Option(help: "Batch sizes, separated by commas.")
  var batch = "1,8"

  @Option(help: "Timed steps per batch size.")
  var steps = 5

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  mutating func validate() throws {
    guard steps > 0, !batches.isEmpty, batches.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("--batch and --steps are positive.")
    }
  }

  private var batches: [Int] { batch.split(separator: ",").map { Int($0) ?? 0 } }

  func run() async throws {
    try exitingOnBadInput {
      var figures: [(name: String, value: String)] = []
      let clock = ContinuousClock()
      var built: VLAModel?
      let start = try clock.measure { built = try source.load(precision: weightsPrecision) }
      guard let built else { return }
      let rows = (batches.max() ?? 1) * 2 * built.backbone.imageTokens
      var products = Products.fastest
      let check = try clock.measure {
        products = try BatchInvariance.products(
          for: built.productShapes, rows: min(rows, 1024), threads: source.threads,
          precision: built.configuration.weightPrecision)
      }
      if let folder = source.model {
        let digest = try clock.measure { _ = try CheckpointPolicy.digest(of: folder) }
        figures.append(("digest", text(digest)))
      }
      figures += [
        ("blas", "\(BLAS.coreName), kernels \(Kernels.instructionSet), \(source.threads) threads"),
        ("weights ready in", text(start)), ("batch check", text(check)),
        ("products", products.description(for: built.configuration.weightPrecision)),
      ]
      for batch in batches { figures += try measure(built, batch: batch, products) }
      figures.append(("peak memory", peakMemory))
      if json {
        let pairs = figures.map { "\"\($0.name)\": \"\($0.value)\"" }
        print("{\(pairs.joined(separator: ", "))}")
      } else {
        for (name, value) in figures { print("\(name): \(value)") }
      }
    }
  }

  private func measure(
    _ model: VLAModel, batch: Int, _ products: Products
  ) throws -> [(name: String, value: String)] {
    let pass = ForwardPass(threads: source.threads, products: products)
    let streams = (0..<batch).map { source.stream($0, of: model) }
    let requests = streams.enumerated().map { index, stream in
      (stream, source.picture(200, 2 * index), source.picture(84, 2 * index + 1))
    }
    // A full window first: the head's work grows until then.
    _ = try model.step(requests, pass)
    for stream in streams { stream.fillWindow(of: model) }
    let before = BLAS.productRate(threads: source.threads)
    var measurement = Measurement(ofWholeProcess: true)
    pass.countsProcessorTime = true
    var (ours, oursByProcessor) = (0.0, 0.0)
    var phaseSeconds: [String: Double] = [:]
    for _ in 0..<steps {
      pass.resetCounters()
      try measurement.measure { _ = try model.step(requests, pass) }
      ours = max(ours, pass.productOperations / pass.productSeconds)
      oursByProcessor = max(
        oursByProcessor, pass.productOperations / pass.productProcessorSeconds)
      // The fastest of each, as for the whole.
      phaseSeconds.merge(pass.phaseSeconds, uniquingKeysWith: min)
    }
    let after = BLAS.productRate(threads: source.threads)
    let machine = max(before.clock, after.clock)
    let machineByProcessor = max(before.processor, after.processor)
    let phases = phaseSeconds.sorted { $0.key < $1.key }
      .map { String(format: "%@ %.1f", $0.key, $0.value * 1000) }
    return [
      (
        "batch \(batch)",
        String(
          format: "%.1f ms a step at best, %.1f median, %.1f per request;"
            + " %.1f ms of processor time",
          measurement.fastestMilliseconds, measurement.medianMilliseconds,
          measurement.fastestMilliseconds / Double(batch),
          measurement.fastestProcessorMilliseconds)
      ),
      (
        "batch \(batch) products",
        String(
          format: "%.1f GFLOP/s, %.0f %% of this machine's sgemm (%.1f GFLOP/s)", ours * 1e-9,
          100 * ours / machine, machine * 1e-9)
      ),
      (
        "batch \(batch) products by processor time",
        String(
          format: "%.1f GFLOP in a second of one core, %.0f %% of sgemm's (%.1f)",
          oursByProcessor * 1e-9, 100 * oursByProcessor / machineByProcessor,
          machineByProcessor * 1e-9)
      ), ("batch \(batch) phases in ms", phases.joined(separator: ", ")),
    ]
  }

  private func text(_ duration: Duration) -> String {
    let parts = duration.components
    return String(format: "%.2f s", Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
  }

  private var peakMemory: String {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = peak?.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first ?? 0
    return String(format: "%.2f GB", Double(kilobytes) * 1024 * 1e-9)
  }
}

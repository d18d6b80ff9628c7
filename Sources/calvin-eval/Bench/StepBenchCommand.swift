import ArgumentParser
import Assets
import Calvin
import Foundation
import Rendering
import Simulation

/// `calvin-eval bench step`: whole control steps as a rollout makes them, without a policy.
struct StepBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step",
    abstract: "Measure whole control steps: physics, oracle information and all cameras.",
    discussion: """
      A step is inverse kinematics, motors, 8 physics steps, the state and contacts the oracle \
      reads, and colour and depth of every camera. The motion is first run by one worker, then by \
      --workers at once, each on a thread of its own.
        calvin-eval bench step --calvin-env ../shared/calvin_env --renderer cpu --workers 4
      """)

  @OptionGroup var scene: SceneOptions
  @OptionGroup var rendering: RendererOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "Control steps of random motion.")
  var steps = 300

  @Option(help: "Workers of the second part.")
  var workers = 4

  @Option(
    name: .customLong("compare-with"),
    help: ArgumentHelp(
      "Milliseconds another environment takes per step on this machine, to print the ratio.",
      valueName: "ms"))
  var other: Double?

  func validate() throws {
    guard steps > 0, workers > 0 else {
      throw ValidationError("--steps and --workers must be at least 1")
    }
  }

  func run() async throws {
    let assets = try scene.loadAssets().assets
    let models = try SceneModels(assets)
    let factory = try rendering.makeFactory(RenderScene(assets))
    let alone = try runAll(1, models, factory)
    let together = try runAll(workers, models, factory)
    let scaling = together.stepsPerSecond / alone.stepsPerSecond
    let median = alone.measurement.medianMilliseconds
    print(
      [
        ("scene", assets.scene.name, ""),
        ("renderer", factory.selection.kind, factory.selection.reason),
        ("step", Self.text(median), "ms median"),
        ("step, processor", Self.text(alone.measurement.medianProcessorMilliseconds), "ms median"),
        ("step, slow", Self.text(alone.measurement.slowMilliseconds), "ms 95th percentile"),
        ("ratio", other.map { Self.text($0 / median) } ?? "not asked for", "times as fast"),
        ("one worker", Self.text(alone.stepsPerSecond), "steps/s"),
        ("workers", "\(workers)", ""),
        ("all workers", Self.text(together.stepsPerSecond), "steps/s"),
        ("scaling", Self.text(scaling), "times one worker"),
        ("memory", residentMebibytes().map { Self.text($0) } ?? "unknown", "MiB resident"),
      ].formatted(asJSON: output.json))
  }

  private struct Result: Sendable {
    var measurement: Measurement
    var stepsPerSecond: Double
  }

  /// Runs the motion in `count` threads at once, after each has warmed up.
  private func runAll(
    _ count: Int, _ models: SceneModels, _ factory: RendererFactory
  ) throws -> Result {
    let steps = steps
    let results = Results(count: count)
    DispatchQueue.concurrentPerform(iterations: count) { worker in
      results.record(worker) { try Self.work(steps, models, factory) }
    }
    let all = try results.all()
    let rate = all.reduce(0) { $0 + $1.stepsPerSecond }
    return Result(measurement: all[0].measurement, stepsPerSecond: rate)
  }

  private static func work(
    _ steps: Int, _ models: SceneModels, _ factory: RendererFactory
  ) throws -> Result {
    let environment = try Environment(models: models)
    let renderer = try factory.makeRenderer()
    let cameras = models.assets.cameras
    var measurement = Measurement()
    func step(_ action: Action) throws {
      try environment.step(action)
      let views = try cameras.map { try environment.view(of: $0) }
      _ = try renderer.render(environment.drawing, views: views, depth: true)
    }
    let actions = PhysicsBenchCommand.randomMotion(steps + 10)
    for action in actions.prefix(10) { try step(action) }
    let start = ContinuousClock.now
    for action in actions.dropFirst(10) { try measurement.measure { try step(action) } }
    let duration = start.duration(to: .now).components
    let seconds = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    return Result(measurement: measurement, stepsPerSecond: Double(steps) / seconds)
  }

  /// What each thread found.
  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var results: [Swift.Result<Result, any Error>?]

    init(count: Int) { results = Array(repeating: nil, count: count) }

    func record(_ worker: Int, _ work: () throws -> Result) {
      let result = Swift.Result { try work() }
      lock.withLock { results[worker] = result }
    }

    func all() throws -> [Result] { try results.compactMap { try $0?.get() } }
  }

  private static func text(_ value: Double) -> String { String(format: "%.3f", value) }
}

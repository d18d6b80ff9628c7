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
      With --against, calvin_env itself makes the same steps with EGL on one core in the same run: \
      give the Python interpreter that has its packages and, with --checkout, its git clone.
        calvin-eval bench step --against venv/bin/python --checkout calvin_env
      """)

  @OptionGroup var scene: SceneOptions
  @OptionGroup var rendering: RendererOptions
  @OptionGroup var motionOptions: MotionOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "Workers of the second part.")
  var workers = 4

  @Option(
    help: ArgumentHelp(
      "Python interpreter that has calvin_env's packages: times calvin_env too and prints the ratio.",
      valueName: "python"))
  var against: String?

  @Option(help: "calvin_env's git clone for --against.")
  var checkout: String?

  @Option(
    name: .customLong("against-steps"), help: "Steps calvin_env makes; it takes about 0.1 s each.")
  var againstSteps = 100

  @Option(
    name: .customLong("motion-file"),
    help: "Write the motion here, for scripts/time_calvin_env.py.")
  var motionFile: String?

  func validate() throws {
    guard workers > 0, againstSteps > 0 else {
      throw ValidationError("--workers and --against-steps must be at least 1")
    }
    guard (against == nil) == (checkout == nil) else {
      throw ValidationError("--against and --checkout belong together")
    }
  }

  func run() async throws {
    let assets = try scene.loadAssets().assets
    let models = try SceneModels(assets)
    let factory = try rendering.makeFactory(RenderScene(assets))
    let motion = try motionOptions.make(models)
    if let motionFile { try motion.write(to: motionFile, scene: assets.scene.name) }
    let alone = try runAll(1, motion, models, factory)
    let together = try runAll(workers, motion, models, factory)
    let upstream = try against.map {
      try CalvinEnvTiming.measure(
        motion, scene: assets.scene.name, python: $0, checkout: checkout ?? "", steps: againstSteps)
    }
    let scaling = together.stepsPerSecond / alone.stepsPerSecond
    let whole = alone.step
    var lines = [
      ("scene", assets.scene.name, ""),
      ("renderer", factory.selection.kind, factory.selection.reason),
      ("motion", motion.name, "\(whole.count) steps"),
      ("step", Self.text(whole.medianMilliseconds), "ms median"),
      ("step, processor", Self.text(whole.medianProcessorMilliseconds), "ms median"),
      ("step, slow", Self.text(whole.slowMilliseconds), "ms 95th percentile"),
      (
        "physics, processor", Self.text(alone.physics.medianProcessorMilliseconds),
        "ms median: IK, 8 substeps, state, oracle information"
      ),
      (
        "cameras, processor", Self.text(alone.cameras.medianProcessorMilliseconds),
        "ms median: \(assets.cameras.count) pictures with depth"
      ),
      ("one worker", Self.text(alone.stepsPerSecond), "steps/s"),
      ("workers", "\(workers)", ""),
      ("all workers", Self.text(together.stepsPerSecond), "steps/s"),
      ("scaling", Self.text(scaling), "times one worker"),
      ("memory", residentMebibytes().map { Self.text($0) } ?? "unknown", "MiB resident"),
    ]
    if let upstream {
      lines += try Self.comparison(upstream, with: whole, motion: motion, models: models)
    }
    print(lines.formatted(asJSON: output.json))
  }

  /// calvin_env's figures, and how far apart both are after the same actions.
  private static func comparison(
    _ upstream: CalvinEnvTiming, with ours: Measurement, motion: BenchMotion, models: SceneModels
  ) throws -> [(String, String, String)] {
    let environment = try Environment(models: models)
    var difference = 0.0
    for (segment, end) in zip(motion.segments, upstream.ends) {
      try environment.reset(to: segment.start)
      for action in segment.actions.prefix(end.steps) { try environment.step(action) }
      let state = environment.state
      difference = zip(
        state.robotObservation + state.sceneObservation, end.robot_obs + end.scene_obs
      ).reduce(difference) { max($0, abs($1.0 - $1.1)) }
    }
    return [
      (
        "upstream", text(upstream.median_ms),
        "ms median of \(upstream.steps) steps, calvin_env with EGL on one core"
      ),
      ("upstream, processor", text(upstream.median_processor_ms), "ms median"),
      ("ratio", text(upstream.median_ms / ours.medianMilliseconds), "times as fast"),
      (
        "ratio, processor",
        text(upstream.median_processor_ms / ours.medianProcessorMilliseconds), "times less work"
      ),
      ("difference", String(difference), "largest between the states both end in"),
    ]
  }

  private struct Result: Sendable {
    var step = Measurement()
    var physics = Measurement()
    var cameras = Measurement()
    var stepsPerSecond = 0.0
  }

  /// Runs the motion in `count` threads at once, after each has warmed up.
  private func runAll(
    _ count: Int, _ motion: BenchMotion, _ models: SceneModels, _ factory: RendererFactory
  ) throws -> Result {
    let results = Results(count: count)
    DispatchQueue.concurrentPerform(iterations: count) { worker in
      results.record(worker) { try Self.work(motion, models, factory) }
    }
    let all = try results.all()
    var result = all[0]
    result.stepsPerSecond = all.reduce(0) { $0 + $1.stepsPerSecond }
    return result
  }

  private static func work(
    _ motion: BenchMotion, _ models: SceneModels, _ factory: RendererFactory
  ) throws -> Result {
    let environment = try Environment(models: models)
    let renderer = try factory.makeRenderer()
    let cameras = models.assets.cameras
    var result = Result()
    func step(_ action: Action, _ result: inout Result) throws {
      try result.physics.measure { try environment.step(action) }
      try result.cameras.measure {
        let views = try cameras.map { try environment.view(of: $0) }
        _ = try renderer.render(environment.drawing, views: views, depth: true)
      }
    }
    if let first = motion.segments.first {
      try environment.reset(to: first.start)
      var warmUp = Result()
      for action in first.actions.prefix(10) { try step(action, &warmUp) }
    }
    var seconds = 0.0
    for segment in motion.segments {
      try environment.reset(to: segment.start)
      let start = ContinuousClock.now
      for action in segment.actions {
        var measurement = result.step
        try measurement.measure { try step(action, &result) }
        result.step = measurement
      }
      let duration = start.duration(to: .now).components
      seconds += Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    }
    result.stepsPerSecond = Double(result.step.count) / seconds
    return result
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

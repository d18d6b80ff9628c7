import ArgumentParser
import Assets
import Calvin
import Foundation
import Rendering
import Simulation

/// `calvin-eval bench render`: pictures and depths of all cameras while the robot moves.
struct RenderBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Measure the cameras: colour and depth from a moving robot, physics not counted.",
    discussion: """
      One thread draws both cameras of every control step of a motion.
        calvin-eval bench render --calvin-env ../shared/calvin_env --renderer cpu
      """)

  @OptionGroup var scene: SceneOptions
  @OptionGroup var rendering: RendererOptions
  @OptionGroup var motionOptions: MotionOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "How often the motion is drawn.")
  var rounds = 3

  func validate() throws {
    guard rounds > 0 else {
      throw ValidationError("--rounds must be at least 1")
    }
  }

  func run() async throws {
    let start = ContinuousClock.now
    let assets = try scene.loadAssets().assets
    let models = try SceneModels(assets)
    let environment = try Environment(models: models)
    let factory = try rendering.makeFactory(RenderScene(assets))
    let renderer = try factory.makeRenderer()
    _ = try render(renderer, frame(of: environment, assets))
    let startUp = milliseconds(since: start)

    let motion = try motionOptions.make(models)
    var frames: [(drawing: Drawing, views: [View])] = []
    for segment in motion.segments {
      try environment.reset(to: segment.start)
      for action in segment.actions {
        try environment.step(action)
        frames.append(try frame(of: environment, assets))
      }
    }
    var measurement = Measurement(ofWholeProcess: true)
    for _ in 0..<rounds {
      for frame in frames { try measurement.measure { _ = try render(renderer, frame) } }
    }
    let growth = try memoryPerWorld(factory, frames: frames)
    print(
      [
        ("scene", assets.scene.name, ""),
        ("renderer", factory.selection.kind, factory.selection.reason),
        ("motion", motion.name, "\(frames.count) steps"),
        ("pictures", "\(assets.cameras.count)", "per step, with depth"),
        ("render", Self.text(measurement.medianMilliseconds), "ms median"),
        ("render, processor", Self.text(measurement.medianProcessorMilliseconds), "ms median"),
        ("render, fastest", Self.text(measurement.fastestMilliseconds), "ms"),
        ("render, slow", Self.text(measurement.slowMilliseconds), "ms 95th percentile"),
        ("start-up", Self.text(startUp), "ms to the first frame, assets and physics included"),
        ("memory, next world", growth.map { Self.text($0) } ?? "unknown", "MiB each"),
        ("memory", residentMebibytes().map { Self.text($0) } ?? "unknown", "MiB resident"),
      ].formatted(asJSON: output.json))
  }

  private func frame(
    of environment: Environment, _ assets: SceneAssets
  ) throws -> (drawing: Drawing, views: [View]) {
    (environment.drawing, try assets.cameras.map { try environment.view(of: $0) })
  }

  private func render(
    _ renderer: any Renderer, _ frame: (drawing: Drawing, views: [View])
  ) throws -> [RenderedImage] {
    try renderer.render(frame.drawing, views: frame.views, depth: true)
  }

  /// Mean growth over several more renderers that draw and stay.
  private func memoryPerWorld(
    _ factory: RendererFactory, frames: [(drawing: Drawing, views: [View])]
  ) throws -> Double? {
    let count = 4
    guard let before = residentMebibytes() else { return nil }
    let others = try (0..<count).map { _ in
      let renderer = try factory.makeRenderer()
      for frame in frames.prefix(20) { _ = try render(renderer, frame) }
      return renderer
    }
    return withExtendedLifetime(others) { residentMebibytes() }.map {
      ($0 - before) / Double(count)
    }
  }

  private func milliseconds(since start: ContinuousClock.Instant) -> Double {
    let duration = start.duration(to: .now).components
    return Double(duration.seconds) * 1e3 + Double(duration.attoseconds) * 1e-15
  }

  private static func text(_ value: Double) -> String { String(format: "%.3f", value) }
}

import ArgumentParser
import Assets
import Conformance
import Rendering

/// `calvin-eval conformance frames REFERENCE`: our pictures against PyBullet's own.
struct FramesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "frames",
    abstract: "Compare rendered pictures and depths with recordings of PyBullet's renderer.")

  @OptionGroup var options: ConformanceOptions

  @Option(help: "Which backend draws: auto, egl or cpu.")
  var renderer = RendererChoice.auto

  @Option(name: .customLong("render-gpu"), help: "EGL device index.")
  var gpu: Int?

  @Option(name: .customLong("depth-bits"), help: "Depth buffer precision; recordings have 16.")
  var depthBits = 16

  @OptionGroup var threads: RendererThreads

  @Option(help: "Write side-by-side pictures here: recording, ours, difference times 8.")
  var diff: String?

  func validate() throws {
    guard [16, 24].contains(depthBits) else {
      throw ValidationError("--depth-bits: expected 16 or 24, found \(depthBits)")
    }
  }

  func run() async throws {
    guard let calvinEnv = options.calvinEnv else {
      throw ValidationError("expected --calvin-env DIR: the recordings show the official assets")
    }
    threads.apply()
    try await options.report("frames") {
      try FrameConformance(
        folder: options.reference, root: try AssetRoot(calvinEnv: calvinEnv),
        options: FrameConformance.Options(
          renderer: renderer, gpu: gpu, depthBits: depthBits, differenceFolder: diff,
          dumpFolder: options.dump)
      ).run()
    }
  }
}

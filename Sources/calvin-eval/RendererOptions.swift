import ArgumentParser
import Foundation
import Rendering

extension RendererChoice: ExpressibleByArgument {}

/// How many threads Mesa's software rasteriser may use.
struct RendererThreads: ParsableArguments {
  @Option(
    name: .customLong("render-threads"),
    help: ArgumentHelp(
      "Rasteriser threads of Mesa's llvmpipe, 0 = in the worker itself (default: Mesa's choice).",
      valueName: "n"))
  var count: Int?

  mutating func validate() throws {
    if let count, !(0...64).contains(count) {
      throw ValidationError("--render-threads is 0 to 64, not \(count).")
    }
  }

  /// Tells Mesa, which reads it once, when the first context of the process opens its display.
  func apply() {
    if let count { setenv("LP_NUM_THREADS", String(count), 1) }
  }
}

/// Which backend draws and how; shared by every subcommand that renders.
struct RendererOptions: ParsableArguments {
  @Option(help: "Backend: auto (a GPU, else the CPU), egl (OpenGL), or cpu.")
  var renderer = RendererChoice.auto

  @Option(
    name: .customLong("render-gpu"),
    help: ArgumentHelp(
      "EGL device to draw on; `calvin-eval doctor` lists them with their CUDA numbers.",
      valueName: "n"))
  var renderGPU: Int?

  @Option(
    name: .customLong("depth-bits"),
    help: "Depth buffer precision, 16 or 24: decides which of two nearly coplanar surfaces shows.")
  var depthBits = 24

  @Flag(inversion: .prefixedNo, help: "Draw shadows.")
  var shadows = true

  @OptionGroup var threads: RendererThreads

  /// The part that changes pictures.
  var settings: RendererSettings { RendererSettings(shadows: shadows, depthBits: depthBits) }

  mutating func validate() throws {
    guard [16, 24].contains(depthBits) else {
      throw ValidationError("--depth-bits is 16 or 24, not \(depthBits).")
    }
    if let renderGPU, renderGPU < 0 {
      throw ValidationError("--render-gpu counts from 0; \(renderGPU) is no device.")
    }
  }

  /// The backend these options name, ready to make one renderer per worker. A GPU that was asked
  /// for or found, but not used, is warned about.
  func makeFactory(_ scene: RenderScene) throws -> RendererFactory {
    threads.apply()
    let factory = try RendererFactory(
      scene, choice: renderer, gpu: renderGPU, settings: settings)
    if factory.selection.isFallback {
      let warning = "warning: drawing on the CPU: \(factory.selection.reason)\n"
      FileHandle.standardError.write(Data(warning.utf8))
    }
    return factory
  }
}

import ArgumentParser
import Foundation
import Rendering

extension RendererChoice: ExpressibleByArgument {}

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

  @Option(
    name: .customLong("render-threads"),
    help: ArgumentHelp(
      "Rasteriser threads of Mesa's llvmpipe, 0 = in the worker itself (default: Mesa's choice).",
      valueName: "n"))
  var renderThreads: Int?

  /// The part that changes pictures.
  var settings: RendererSettings { RendererSettings(shadows: shadows, depthBits: depthBits) }

  mutating func validate() throws {
    guard [16, 24].contains(depthBits) else {
      throw ValidationError("--depth-bits is 16 or 24, not \(depthBits).")
    }
    if let renderGPU, renderGPU < 0 {
      throw ValidationError("--render-gpu counts from 0; \(renderGPU) is no device.")
    }
    if let renderThreads, !(0...64).contains(renderThreads) {
      throw ValidationError("--render-threads is 0 to 64, not \(renderThreads).")
    }
  }

  /// The backend these options name, ready to make one renderer per worker. A GPU that was asked
  /// for or found, but not used, is warned about.
  func makeFactory(_ scene: RenderScene) throws -> RendererFactory {
    if let renderThreads {
      // Mesa reads it once, when the first context of the process opens its display.
      setenv("LP_NUM_THREADS", String(renderThreads), 1)
    }
    let factory = try RendererFactory(
      scene, choice: renderer, gpu: renderGPU, settings: settings)
    if factory.selection.isFallback {
      let warning = "warning: drawing on the CPU: \(factory.selection.reason)\n"
      FileHandle.standardError.write(Data(warning.utf8))
    }
    return factory
  }
}

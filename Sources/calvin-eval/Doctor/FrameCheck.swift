import Assets
import Foundation
import Rendering
import Simulation

/// A picture of a scene from every camera with each backend.
struct FrameCheck {
  private(set) var findings: [Finding] = []

  init(_ scene: String, _ assets: SceneAssets, _ options: RendererOptions) {
    do {
      let environment = try Environment(assets: assets)
      let drawing = environment.drawing
      let views = try assets.cameras.map { try environment.view(of: $0) }
      let renderScene = try RenderScene(assets)
      var pictures: [RendererChoice: [RenderedImage]] = [:]
      for choice in [RendererChoice.egl, .cpu] {
        pictures[choice] = draw(
          drawing, views, scene: scene, choice: choice, options, renderScene,
          cameras: assets.cameras.map(\.name))
      }
      compare(pictures, scene: scene, cameras: assets.cameras.map(\.name))
    } catch {
      findings.append(Finding("test frames", "scene \(scene)", .problem, "\(error)"))
    }
  }

  private mutating func draw(
    _ drawing: Drawing, _ views: [View], scene: String, choice: RendererChoice,
    _ options: RendererOptions, _ renderScene: RenderScene, cameras: [String]
  ) -> [RenderedImage]? {
    var options = options
    let wasAskedFor = options.renderer == choice || options.renderer == .auto && choice == .cpu
    options.renderer = choice
    if choice == .cpu { options.renderGPU = nil }
    let name = "scene \(scene) with \(choice.rawValue)"
    do {
      let start = ContinuousClock.now
      let factory = try options.makeFactory(renderScene)
      let pictures = try factory.makeRenderer().render(drawing, views: views, depth: true)
      let elapsed = start.duration(to: .now)
      for (camera, picture) in zip(cameras, pictures) {
        if let fault = fault(of: picture) {
          findings.append(
            Finding(
              "test frames", name, .problem, "camera \(camera): \(fault)",
              hint: "use another --renderer or --render-gpu, and update the graphics driver"))
          return nil
        }
      }
      let milliseconds = Int(elapsed / .milliseconds(1))
      findings.append(
        Finding(
          "test frames", name,
          "\(cameras.joined(separator: ", ")) drawn in \(milliseconds) ms, start included"))
      return pictures
    } catch {
      // EGL that is not there was reported already; EGL that draws wrongly is never acceptable.
      let isAbsent = if let error = error as? EGLError { error.isAbsence } else { false }
      findings.append(
        Finding("test frames", name, wasAskedFor || !isAbsent ? .problem : .warning, "\(error)"))
      return nil
    }
  }

  /// A frame that is black, or whose depth is constant, is no observation.
  private func fault(of picture: RenderedImage) -> String? {
    if picture.rgb.allSatisfy({ $0 == 0 }) { return "every pixel is black" }
    if Set(picture.depthBuffer).count < 2 { return "the depth image is constant" }
    return nil
  }

  private mutating func compare(
    _ pictures: [RendererChoice: [RenderedImage]], scene: String, cameras: [String]
  ) {
    guard let egl = pictures[.egl], let cpu = pictures[.cpu] else { return }
    for (camera, (a, b)) in zip(cameras, zip(egl, cpu)) {
      let squares = zip(a.rgb, b.rgb).reduce(0.0) { sum, pair in
        let difference = Double(pair.0) - Double(pair.1)
        return sum + difference * difference
      }
      let error = squares / Double(a.rgb.count)
      let decibels = error == 0 ? .infinity : 10 * log10(255 * 255 / error)
      let text = decibels.isInfinite ? "identical" : "PSNR \((decibels * 10).rounded() / 10) dB"
      findings.append(
        decibels >= 30
          ? Finding("test frames", "scene \(scene), egl against cpu", "\(camera): \(text)")
          : Finding(
            "test frames", "scene \(scene), egl against cpu", .problem, "\(camera): \(text)",
            hint: "one backend draws a wrong picture: look at `calvin-eval render` with both"))
    }
  }
}

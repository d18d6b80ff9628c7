import Assets
import CCalvinEval
import Calvin
import Rendering
import Simulation

/// A scene read once and shared by the simulators opened from one another.
final class SharedScene: Sendable {
  let models: SceneModels
  let tasks: TaskLibrary
  private let options: OpeningOptions
  private let drawing = Once<RendererFactory>()

  init(_ options: OpeningOptions) throws {
    self.options = options
    models = try SceneModels(try options.loadAssets())
    tasks = try options.loadTasks()
  }

  /// The renderers' common part, made at the first call.
  func renderers() throws -> RendererFactory {
    try drawing.value {
      try RendererFactory(
        RenderScene(models.assets), choice: options.renderer, gpu: options.gpu,
        settings: options.settings)
    }
  }
}

/// One environment with its renderer, used by one caller at a time.
final class Simulator {
  let scene: SharedScene
  let environment: Environment
  private var renderer: (any Renderer)?

  init(_ scene: SharedScene, seed: UInt32) throws {
    self.scene = scene
    environment = try Environment(models: scene.models, seed: seed)
  }

  var cameras: [CameraDescription] { scene.models.assets.cameras }

  /// The camera's view of the current state.
  func view(of camera: Int) throws -> View {
    guard cameras.indices.contains(camera) else {
      throw SimulatorError.badCall(
        "there is no camera \(camera); the scene has \(cameras.count), counted from 0")
    }
    return try environment.view(of: cameras[camera])
  }

  /// Pictures of the current state, each with its view; `depth` asks for depth buffers too.
  func render(_ cameras: [Int], depth: Bool) throws -> [(RenderedImage, View)] {
    let views = try cameras.map(view(of:))
    let renderer = try renderer ?? scene.renderers().makeRenderer()
    self.renderer = renderer
    return Array(zip(try renderer.render(environment.drawing, views: views, depth: depth), views))
  }
}

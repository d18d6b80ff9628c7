import Assets
import Calvin
import Rendering
import Rollouts
import Simulation

/// A scene read once, and what worlds in it are made of.
struct SceneSetup: Sendable {
  let assets: SceneAssets
  let isEmbedded: Bool
  let tasks: TaskLibrary
  let renderers: RendererFactory
  let models: SceneModels

  init(_ scene: SceneOptions, _ renderer: RendererOptions) throws {
    (assets, isEmbedded) = try scene.loadAssets()
    tasks = try taskLibrary()
    renderers = try renderer.makeFactory(RenderScene(assets))
    models = try SceneModels(assets)
  }

  /// A world for one thread.
  func makeWorld() throws -> SceneWorld {
    SceneWorld(environment: try Environment(models: models), renderer: renderers.makeRenderer)
  }
}

import Assets
import Datasets
import Rendering
import Simulation
import Synchronization

/// A scene ready to be simulated and drawn by any number of workers.
public struct StagedScene: Sendable {
  /// `A`, `B`, `C`, `D`, or a file's stem.
  public let name: String
  /// Its bodies.
  public let models: SceneModels
  /// Its pictures' renderer.
  public let renderers: RendererFactory
  /// The cameras the dataset was recorded with: static first, then gripper.
  public let cameras: [CameraDescription]
}

/// The scenes a dataset may have been recorded in, each read when first asked for, drawn in one way.
public struct SceneLibrary: Sendable {
  /// Makes the renderer of a scene that draws in this way.
  public typealias MakeRenderers =
    @Sendable (RenderScene, RendererSettings) throws -> RendererFactory

  /// Names of all scenes there are.
  public let names: [String]
  /// The scene the split's configuration names, nil without one.
  public let configuredScene: String?
  /// True for the embedded scenes, whose surfaces are not the official ones.
  public let isEmbedded: Bool
  /// How pictures are drawn.
  public private(set) var style = RendererSettings()

  private let root: AssetRoot
  /// What the split was recorded in, where that is none of the scenes of `root`.
  private let configuration: SceneAssets?
  private let cameras: [CameraDescription]?
  private let makeRenderers: MakeRenderers
  private let shelf = Shelf()

  /// Scenes read so far, with their renderers by style; shared by all libraries made from one.
  private final class Shelf: Sendable {
    struct Entry: Sendable {
      var models: SceneModels
      var picture: RenderScene
      var cameras: [CameraDescription]
      var renderers: [Key: RendererFactory] = [:]
    }

    struct Key: Hashable {
      var shadows: Bool
      var depthBits: Int
    }

    let entries = Mutex<[String: Entry]>([:])
  }

  /// The scenes of `root`; cameras are those of the split's `.hydra/merged_config.yaml`, else
  /// CALVIN's own. Throws `AssetError` for a configuration that cannot be read.
  public init(
    root: AssetRoot, configurationFile: String?, makeRenderers: @escaping MakeRenderers
  ) throws {
    self.root = root
    self.makeRenderers = makeRenderers
    isEmbedded = root.isEmbedded
    let configured = try configurationFile.map {
      try SceneAssets.namedSceneAndCameras(root: root, datasetConfig: $0)
    }
    cameras = configured?.cameras
    // Scenes of the benchmark have one letter; a checkout holds others, which no dataset shows.
    let known = root.sceneNames.filter { $0.count == 1 }
    // Models are those of `root`: a dataset made elsewhere names files that it does not have.
    let isKnown = configured?.scene.map(root.sceneNames.contains) ?? false
    configuration =
      try isKnown
      ? nil
      : configurationFile.map {
        try SceneAssets.load(root: root, scene: "D", datasetConfig: $0)
      }
    configuredScene = configured?.scene ?? configuration?.scene.name
    names = known + (configuredScene.map { known.contains($0) ? [] : [$0] } ?? [])
  }

  /// The same scenes drawn in another way.
  public func drawing(_ style: RendererSettings) -> SceneLibrary {
    var library = self
    library.style = style
    return library
  }

  /// The scene of this name (`calvin_scene_D` is D). Throws for a name there is no scene of.
  public func scene(_ name: String) throws -> StagedScene {
    let name = Self.short(name)
    return try shelf.entries.withLock { entries in
      var entry = try entries[name] ?? read(name)
      let key = Shelf.Key(shadows: style.shadows, depthBits: style.depthBits)
      let renderers = try entry.renderers[key] ?? makeRenderers(entry.picture, style)
      entry.renderers[key] = renderers
      entries[name] = entry
      return StagedScene(
        name: name, models: entry.models, renderers: renderers, cameras: entry.cameras)
    }
  }

  private func read(_ name: String) throws -> Shelf.Entry {
    var assets: SceneAssets
    if let configuration, configuration.scene.name == name {
      assets = configuration
    } else {
      assets = try SceneAssets.load(root: root, scene: name)
      if let cameras { assets.cameras = cameras }
    }
    return Shelf.Entry(
      models: try SceneModels(assets), picture: try RenderScene(assets),
      cameras: ["static", "gripper"].compactMap { camera in
        assets.cameras.first { $0.name == camera }
      })
  }

  /// `D` for `calvin_scene_D`.
  public static func short(_ name: String) -> String {
    let prefix = "calvin_scene_"
    return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
  }
}

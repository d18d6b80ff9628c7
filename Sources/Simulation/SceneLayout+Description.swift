import Assets
import Calvin

extension SceneLayout {
  /// The layout of a scene file.
  public init(_ scene: SceneDescription) {
    self.init(
      scene: scene.name, blocks: scene.movableObjects.map(\.name),
      surfaces: scene.surfaces.map { Surface(name: $0.name, lower: $0.lower, upper: $0.upper) })
  }
}

import Assets
import Calvin
import Geometry
import Rendering
import Simulation

/// Shows recorded states of one scene as the dataset's cameras would have seen them. Belongs to one
/// worker.
final class Stage {
  let scene: StagedScene
  let environment: Environment
  private let renderer: any Renderer

  init(_ scene: StagedScene) throws {
    self.scene = scene
    environment = try Environment(models: scene.models)
    renderer = try scene.renderers.makeRenderer()
  }

  /// Farthest the recorded TCP may be from that of the joints for the wrist camera to be put there:
  /// in one physics step it moves millimetres.
  private static let believable = (metres: 0.03, cosine: 0.98)

  /// The views of both cameras in a recorded state, which is shown.
  func views(of state: EnvironmentState, sizes: [PictureSize?] = []) throws -> [View] {
    try environment.show(state)
    let recorded = environment.worldFromGripperCamera(recordedWith: state.robotObservation)
    let current = environment.worldFromGripperCamera
    let (a, b) = (recorded.orientation, current.orientation)
    let isNear =
      (recorded.position - current.position).length < Self.believable.metres
      && abs(a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w) > Self.believable.cosine
    return try scene.cameras.enumerated().map { index, camera in
      let size = index < sizes.count ? sizes[index] : nil
      return try View(
        camera, worldFromCamera: isNear ? recorded : current, width: size?.width,
        height: size?.height)
    }
  }

  /// The TCP pose of the state shown last as its joints put it: position and angles.
  var shownTCP: [Double] { Array(environment.state.robotObservation[..<6]) }

  /// Both cameras' pictures of a recorded state: RGB, and depth in metres when asked for.
  func pictures(
    of state: EnvironmentState, sizes: [PictureSize?] = [], depth: Bool
  ) throws -> [Frame] {
    let views = try views(of: state, sizes: sizes)
    let images = try renderer.render(environment.drawing, views: views, depth: depth)
    return zip(images, views).map { image, view in
      Frame(
        width: image.width, height: image.height, rgb: image.rgb,
        depth: depth ? image.depthMetres(of: view) : [])
    }
  }
}

/// Pixels of a picture.
struct PictureSize: Sendable, Equatable {
  var width: Int
  var height: Int
}

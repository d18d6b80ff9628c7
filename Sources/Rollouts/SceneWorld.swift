import Assets
import Calvin
import Policies
import Rendering
import Simulation

/// An environment with the renderer of its thread. Every reset loads the world anew, so one
/// instance can serve chain after chain without any of them depending on another.
public final class SceneWorld: RolloutWorld {
  private let environment: Environment
  private let renderer: () throws -> any Renderer
  private var madeRenderer: (any Renderer)?

  /// An environment whose frames come from `renderer`, made when somebody first looks.
  public init(environment: Environment, renderer: @escaping () throws -> any Renderer) {
    self.environment = environment
    self.renderer = renderer
  }

  /// `robot_obs` and `scene_obs`.
  public var state: EnvironmentState { environment.state }

  /// What the oracle reads.
  public var info: SceneInfo { environment.info }

  /// Loads the world and puts it into the given state.
  public func reset(to state: EnvironmentState) throws {
    try environment.reset(to: state)
  }

  /// One control step.
  public func step(_ action: Action) throws {
    try environment.step(action)
  }

  /// Renders the current state.
  public func frame(_ camera: String, depth: Bool) throws -> Frame {
    try frames([camera], depth: depth)[0]
  }

  /// Renders the current state for several cameras at once.
  public func frames(_ cameras: [String], depth: Bool) throws -> [Frame] {
    let known = environment.models.assets.cameras
    let views = try cameras.map { name in
      guard let description = known.first(where: { $0.name == name }) else {
        throw InfrastructureFailure(
          "the scene has no camera '\(name)'; it has "
            + known.map { "'\($0.name)'" }.joined(separator: ", "))
      }
      return try environment.view(of: description)
    }
    let renderer = try madeRenderer ?? renderer()
    madeRenderer = renderer
    let images = try renderer.render(environment.drawing, views: views, depth: depth)
    return zip(images, views).map { image, view in
      Frame(
        width: image.width, height: image.height, rgb: image.rgb,
        depth: depth ? image.depthMetres(of: view) : [])
    }
  }
}

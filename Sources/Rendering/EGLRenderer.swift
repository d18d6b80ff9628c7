import CEGL

/// The OpenGL renderer: PyBullet's picture through EGL, off screen, on a GPU or on Mesa's llvmpipe.
///
/// It may be used from any thread, one caller at a time: its OpenGL context lives on a thread of
/// its own. Renderers of one `EGLSharedScene` share meshes and textures.
public final class EGLRenderer: Renderer {
  /// `egl`.
  public let kind = "egl"
  /// The scene and the device it is drawn on.
  public let shared: EGLSharedScene
  /// What pictures depend on besides the scene.
  public let settings: RendererSettings

  private let thread: GLThread
  /// Touched on `thread` only; nil once closed.
  private var canvas: GLCanvas?

  /// Makes a context for `shared`; throws `EGLError`.
  public init(_ shared: EGLSharedScene, settings: RendererSettings = RendererSettings()) throws {
    self.shared = shared
    self.settings = settings
    let thread = GLThread(name: "gl-renderer")
    canvas = try thread.run { try GLCanvas(shared, settings) }
    self.thread = thread
  }

  deinit {
    // Contexts are destroyed where they are current.
    thread.finish { canvas = nil }
  }

  /// Renders several views of one drawing. Throws `RenderError` for drawings and views that fit no
  /// picture and for constant pictures, `EGLError` when the driver fails.
  public func render(_ drawing: Drawing, views: [View], depth: Bool) throws -> [RenderedImage] {
    for view in views { try view.check(name: "\(view.width)x\(view.height)") }
    let placements = try shared.scene.placements(of: drawing)
    return try thread.run {
      guard let canvas else { preconditionFailure("the renderer is closed") }
      return try views.map { view in
        try canvas.render(placements, view: view, depth: depth).checkedForContent(renderer: kind)
      }
    }
  }
}

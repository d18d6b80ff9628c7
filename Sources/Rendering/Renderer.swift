import Geometry

/// Draws a scene's visual shapes at given poses; one instance belongs to one thread.
public protocol Renderer: AnyObject {
  /// `egl` or `cpu`, as the protocol record names it.
  var kind: String { get }
  /// Renders one view.
  func render(_ drawing: Drawing, view: View, depth: Bool) throws -> RenderedImage
  /// Renders several views of one drawing; work that does not depend on the view is done once.
  func render(_ drawing: Drawing, views: [View], depth: Bool) throws -> [RenderedImage]
}

extension Renderer {
  /// Renders one view.
  public func render(_ drawing: Drawing, view: View, depth: Bool) throws -> RenderedImage {
    try render(drawing, views: [view], depth: depth)[0]
  }
}

/// Choices that change pictures.
public struct RendererSettings: Sendable, Equatable {
  /// False draws as PyBullet does in the first two images of a process.
  public var shadows: Bool
  /// Depth buffer precision, 16 or 24: it decides which of two nearly coplanar surfaces shows.
  public var depthBits: Int

  /// Settings; the defaults are what a GPU run of calvin_env shows.
  public init(shadows: Bool = true, depthBits: Int = 24) {
    self.shadows = shadows
    self.depthBits = depthBits
  }
}

/// Where every link is and what colour the lamps have.
public struct Drawing: Sendable, Equatable {
  /// Pose of every collider (centre-of-mass frame) in the world, by body id then link index + 1
  /// (entry 0 is the base). Body order: robot 0, cylinder 1, blocks, fixed objects, plane.
  public var worldFromLinks: [[Pose]]
  /// Colours that replace the material, e.g. a lit bulb.
  public var colors: [LinkColor]

  /// A colour replacement for all shapes of one link.
  public struct LinkColor: Sendable, Equatable {
    /// Body id.
    public var body: Int
    /// Link index (-1 is the base).
    public var link: Int
    /// RGBA in 0...1.
    public var rgba: SIMD4<Double>
    /// A replacement of these parts.
    public init(body: Int, link: Int, rgba: SIMD4<Double>) {
      self.body = body
      self.link = link
      self.rgba = rgba
    }
  }

  /// A drawing of these parts.
  public init(worldFromLinks: [[Pose]], colors: [LinkColor] = []) {
    self.worldFromLinks = worldFromLinks
    self.colors = colors
  }
}

/// A camera as the renderer needs it: float32 OpenGL matrices, column-major, as PyBullet builds them.
public struct View: Sendable, Equatable {
  /// World to camera.
  public var view: [Float]
  /// Camera to clip space.
  public var projection: [Float]
  /// Pixels per row.
  public var width: Int
  /// Rows.
  public var height: Int
  /// Near plane, metres.
  public var near: Double
  /// Far plane, metres.
  public var far: Double

  /// A view of these parts.
  public init(
    view: [Float], projection: [Float], width: Int, height: Int, near: Double, far: Double
  ) {
    self.view = view
    self.projection = projection
    self.width = width
    self.height = height
    self.near = near
    self.far = far
  }
}

/// A picture: `rgb` is `[height, width, 3]`, `depthBuffer` `[height, width]` in 0...1 (empty unless
/// asked for), rows from the top.
public struct RenderedImage: Sendable, Equatable {
  /// Pixels per row.
  public var width: Int
  /// Rows.
  public var height: Int
  /// Interleaved RGB.
  public var rgb: [UInt8]
  /// Window-space depth.
  public var depthBuffer: [Float]

  /// A picture of these parts.
  public init(width: Int, height: Int, rgb: [UInt8], depthBuffer: [Float]) {
    self.width = width
    self.height = height
    self.rgb = rgb
    self.depthBuffer = depthBuffer
  }
}

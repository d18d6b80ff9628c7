import CEGL

/// Meshes and textures of a scene on one graphics device, uploaded once for all its renderers.
///
/// Thread safe: objects are made in `init` and only read afterwards.
public final class EGLSharedScene: @unchecked Sendable {
  /// What is drawn.
  public let scene: RenderScene
  /// The device it is drawn on.
  public let device: EGLDevice
  /// The device's driver.
  public let strings: GLStrings

  let library: EGLLibrary
  let geometry: GLGeometry
  /// The head of the share group; changes only when this object goes away.
  private(set) var context: GLContext?
  private let thread: GLThread

  /// Opens `device` and uploads the scene; throws `EGLError`.
  public init(_ scene: RenderScene, library: EGLLibrary, device: EGLDevice) throws {
    self.scene = scene
    self.library = library
    self.device = device
    let thread = GLThread(name: "gl-scene")
    let (context, geometry) = try thread.run {
      let context = try GLContext(library: library, device: device.index)
      let geometry = try GLGeometry(scene, context)
      // Other contexts see objects whose making has finished.
      context.gl.Finish()
      return (context, geometry)
    }
    self.thread = thread
    self.context = context
    self.geometry = geometry
    strings = context.strings
  }

  deinit {
    // Contexts are destroyed where they are current.
    thread.finish { context = nil }
  }
}

/// The buffers and textures of a scene; names are valid in every context of the share group and
/// live as long as its last context.
struct GLGeometry {
  /// One shape's share of the buffers, and what its outline allows to skip.
  struct Shape {
    var firstIndex: Int
    var indexCount: Int32
    var texture: UInt32
    /// In the link's centre-of-mass frame.
    var bounds: GLBounds
    /// The common normal of all triangles, nil when they differ.
    var planeNormal: SIMD3<Float>?
  }

  let vertexBuffer: UInt32
  let indexBuffer: UInt32
  let shapes: [Shape]

  /// Bytes per vertex: position, normal, texture coordinates.
  static let stride: Int32 = 32

  init(_ scene: RenderScene, _ context: GLContext) throws(EGLError) {
    let gl = context.gl
    var vertices: [Float] = []
    var indices: [UInt32] = []
    var shapes: [Shape] = []
    let white = GLGeometry.whiteTexture(gl)
    let textures = scene.textures.map { GLGeometry.texture($0, gl) }
    for shape in scene.shapes {
      let base = UInt32(vertices.count / 8)
      shapes.append(
        Shape(
          firstIndex: indices.count, indexCount: Int32(shape.indices.count),
          texture: shape.texture.map { textures[$0] } ?? white,
          bounds: GLBounds(positions: shape.positions), planeNormal: shape.planeNormal))
      for vertex in 0..<shape.vertexCount {
        vertices += shape.positions[3 * vertex..<3 * vertex + 3]
        vertices += shape.normals[3 * vertex..<3 * vertex + 3]
        vertices += shape.textureCoordinates[2 * vertex..<2 * vertex + 2]
      }
      indices += shape.indices.map { $0 + base }
    }
    var buffers: [UInt32] = [0, 0]
    gl.GenBuffers(2, &buffers)
    gl.BindBuffer(GL.arrayBuffer, buffers[0])
    gl.BufferData(GL.arrayBuffer, 4 * vertices.count, vertices, GL.staticDraw)
    // Uploaded as plain bytes: the element binding belongs to a vertex array.
    gl.BindBuffer(GL.arrayBuffer, buffers[1])
    gl.BufferData(GL.arrayBuffer, 4 * indices.count, indices, GL.staticDraw)
    vertexBuffer = buffers[0]
    indexBuffer = buffers[1]
    self.shapes = shapes
    try context.check("uploading \(scene.shapes.count) shapes")
  }

  private static func texture(_ texture: Texture, _ gl: cegl_functions) -> UInt32 {
    let name = upload(
      texture.levels[0].pixels, texture.levels[0].width, texture.levels[0].height, gl)
    gl.GenerateMipmap(GL.texture2D)
    gl.TexParameteri(GL.texture2D, GL.textureMinFilter, GL.linearMipmapLinear)
    return name
  }

  private static func whiteTexture(_ gl: cegl_functions) -> UInt32 {
    let name = upload([255, 255, 255], 1, 1, gl)
    gl.TexParameteri(GL.texture2D, GL.textureMinFilter, GL.linear)
    return name
  }

  /// `rgb` rows from the bottom.
  private static func upload(
    _ rgb: [UInt8], _ width: Int, _ height: Int, _ gl: cegl_functions
  ) -> UInt32 {
    var name: UInt32 = 0
    gl.GenTextures(1, &name)
    gl.ActiveTexture(GL.texture0)
    gl.BindTexture(GL.texture2D, name)
    gl.PixelStorei(GL.unpackAlignment, 1)
    gl.TexImage2D(
      GL.texture2D, 0, Int32(GL.rgb), Int32(width), Int32(height), 0, GL.rgb, GL.unsignedByte,
      rgb)
    gl.TexParameteri(GL.texture2D, GL.textureMagFilter, GL.linear)
    return name
  }
}

extension GraphicsShape {
  /// The common normal of all triangles, nil when they differ.
  fileprivate var planeNormal: SIMD3<Float>? {
    var common: SIMD3<Float>?
    for first in Swift.stride(from: 0, to: indices.count, by: 3) {
      let corners = (0..<3).map { corner in
        let at = 3 * Int(indices[first + corner])
        return SIMD3(positions[at], positions[at + 1], positions[at + 2])
      }
      let (a, b) = (corners[1] - corners[0], corners[2] - corners[0])
      let normal = SIMD3(
        a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
      let length = (normal * normal).sum().squareRoot()
      guard length > 0 else { continue }
      guard let known = common else {
        common = normal / length
        continue
      }
      guard (known * normal).sum() / length > 0.999_999 else { return nil }
    }
    return common
  }
}

import CEGL

/// One context with its programs, targets and shadow map; lives on one thread.
final class GLCanvas {
  private let shared: EGLSharedScene
  private let context: GLContext
  private let surface: SurfaceProgram
  private let caster: CasterProgram
  private let shadowMap: GLShadowMap
  private let target: GLTarget
  private let castsShadows: Bool
  private var vertexArray: UInt32 = 0
  /// What the shadow map was drawn for.
  private var shadowPlacements: [InstancePlacement]?
  private var shadowRegion = ShadowRegion(around: [])

  init(_ shared: EGLSharedScene, _ settings: RendererSettings) throws {
    self.shared = shared
    let context = try GLContext(
      library: shared.library, device: shared.device.index, sharing: shared.context)
    self.context = context
    surface = try SurfaceProgram(context)
    caster = try CasterProgram(context)
    shadowMap = GLShadowMap(context)
    target = try GLTarget(context, depthBits: settings.depthBits)
    castsShadows = settings.shadows
    let gl = context.gl
    gl.GenVertexArrays(1, &vertexArray)
    gl.BindVertexArray(vertexArray)
    gl.BindBuffer(GL.arrayBuffer, shared.geometry.vertexBuffer)
    gl.BindBuffer(GL.elementArrayBuffer, shared.geometry.indexBuffer)
    for (index, size, offset) in [(0, 3, 0), (1, 3, 12), (2, 2, 24)] as [(UInt32, Int32, Int)] {
      gl.EnableVertexAttribArray(index)
      gl.VertexAttribPointer(
        index, size, GL.float, 0, GLGeometry.stride, UnsafeRawPointer(bitPattern: offset))
    }
    gl.Enable(GL.depthTest)
    gl.DepthFunc(GL.less)
    gl.Enable(GL.cullFace)
    gl.BlendFunc(GL.sourceAlpha, GL.oneMinusSourceAlpha)
    let clear = Lighting.clearColor
    gl.ClearColor(clear.x, clear.y, clear.z, 1)
    try context.check("setting up the renderer")
  }

  deinit { context.gl.DeleteVertexArrays(1, &vertexArray) }

  func render(_ placements: [InstancePlacement], view: View, depth: Bool) throws -> RenderedImage {
    let bounds = shared.scene.instances.indices.map { index in
      shared.geometry.shapes[shared.scene.instances[index].shape].bounds.placed(
        placements[index].position, placements[index].orientation)
    }
    try drawShadows(placements, bounds)
    try drawSurfaces(placements, bounds, view)
    return try target.read(width: view.width, height: view.height, depth: depth)
  }

  private func drawShadows(
    _ placements: [InstancePlacement], _ bounds: [GLBounds]
  ) throws(EGLError) {
    guard placements != shadowPlacements else { return }
    let casters = castsShadows ? placements.indices.filter { isCaster($0, placements[$0]) } : []
    shadowRegion = ShadowRegion(around: casters.lazy.map { bounds[$0] })
    // A map that was begun but not finished belongs to nothing.
    shadowPlacements = nil
    let gl = context.gl
    try shadowMap.begin(shadowRegion)
    gl.CullFace(GL.front)
    caster.begin()
    for instance in casters {
      caster.place(placements[instance])
      draw(shared.scene.instances[instance].shape)
    }
    try context.check("drawing shadows")
    shadowPlacements = placements
  }

  /// Transparent shapes cast no shadow, and neither does a flat one that faces the light: only
  /// back faces are drawn into the map.
  private func isCaster(_ instance: Int, _ placement: InstancePlacement) -> Bool {
    guard !placement.isTransparent else { return false }
    let shape = shared.geometry.shapes[shared.scene.instances[instance].shape]
    guard let normal = shape.planeNormal else { return true }
    let (x, y, z) = axes(of: placement.orientation)
    let world = x * normal.x + y * normal.y + z * normal.z
    return (world * Matrix4.normalized(Lighting.position)).sum() < 0.001
  }

  private func drawSurfaces(
    _ placements: [InstancePlacement], _ bounds: [GLBounds], _ view: View
  ) throws(EGLError) {
    let gl = context.gl
    try target.begin(width: view.width, height: view.height)
    gl.CullFace(GL.back)
    let clipFromWorld = Matrix4.product(view.projection, view.view)
    surface.begin(clipFromWorld: clipFromWorld, shadowOrigin: shadowRegion.origin)
    gl.ActiveTexture(GL.texture1)
    gl.BindTexture(GL.textureRectangle, shadowMap.texture)
    gl.ActiveTexture(GL.texture0)
    let order = shared.scene.drawOrder(placements, view: view.view)
    for transparent in [false, true] {
      if transparent, !placements.contains(where: \.isTransparent) { break }
      setBlending(transparent)
      for shape in order {
        gl.BindTexture(GL.texture2D, shared.geometry.shapes[shape].texture)
        for instance in shared.scene.shapes[shape].instances
        where placements[instance].isTransparent == transparent
          && placements[instance].color.w != 0
          && bounds[instance].isVisible(under: clipFromWorld)
        {
          surface.place(placements[instance])
          draw(shape)
        }
      }
      setBlending(false)
    }
    try context.check("drawing \(view.width)x\(view.height)")
  }

  private func setBlending(_ enabled: Bool) {
    context.gl.DepthMask(enabled ? 0 : 1)
    enabled ? context.gl.Enable(GL.blend) : context.gl.Disable(GL.blend)
  }

  private func draw(_ shape: Int) {
    let shape = shared.geometry.shapes[shape]
    context.gl.DrawElements(
      GL.triangles, shape.indexCount, GL.unsignedInt,
      UnsafeRawPointer(bitPattern: 4 * shape.firstIndex))
  }
}

extension InstancePlacement {
  /// Drawn blended, after everything opaque.
  fileprivate var isTransparent: Bool { color.w > 0 && color.w < 1 }
}

/// The program of the picture with its uniforms.
private struct SurfaceProgram {
  private let program: GLProgram
  private let gl: cegl_functions
  private let clipFromWorld, shadowOrigin, position, rotation, color: Int32

  init(_ context: GLContext) throws(EGLError) {
    gl = context.gl
    program = try GLProgram(
      context, label: "surface", vertex: GLShaders.surfaceVertex,
      fragment: GLShaders.surfaceFragment)
    clipFromWorld = program.uniform("clipFromWorld")
    shadowOrigin = program.uniform("shadowOrigin")
    position = program.uniform("linkPosition")
    rotation = program.uniform("linkRotation")
    color = program.uniform("color")
    gl.UseProgram(program.name)
    gl.Uniform1i(program.uniform("surface"), 0)
    gl.Uniform1i(program.uniform("shadowMap"), 1)
    gl.UniformMatrix4fv(
      program.uniform("shadowFromWorld"), 1, 0, Lighting.shadowTextureFromWorld)
    let (light, eye) = (Lighting.position, Lighting.highlightEye)
    gl.Uniform3f(program.uniform("lightPosition"), light.x, light.y, light.z)
    gl.Uniform3f(program.uniform("highlightEye"), eye.x, eye.y, eye.z)
  }

  func begin(clipFromWorld matrix: [Float], shadowOrigin origin: SIMD2<Int32>) {
    gl.UseProgram(program.name)
    gl.UniformMatrix4fv(clipFromWorld, 1, 0, matrix)
    gl.Uniform2f(shadowOrigin, Float(origin.x), Float(origin.y))
  }

  func place(_ placement: InstancePlacement) {
    let (p, q, c) = (placement.position, placement.orientation, placement.color)
    gl.Uniform4f(position, p.x, p.y, p.z, 1)
    gl.Uniform4f(rotation, q.x, q.y, q.z, q.w)
    gl.Uniform4f(color, c.x, c.y, c.z, c.w)
  }
}

/// The program of the shadow map with its uniforms.
private struct CasterProgram {
  private let program: GLProgram
  private let gl: cegl_functions
  private let position, rotation: Int32

  init(_ context: GLContext) throws(EGLError) {
    gl = context.gl
    program = try GLProgram(
      context, label: "shadow", vertex: GLShaders.shadowVertex,
      fragment: GLShaders.shadowFragment)
    position = program.uniform("linkPosition")
    rotation = program.uniform("linkRotation")
    gl.UseProgram(program.name)
    gl.UniformMatrix4fv(program.uniform("clipFromWorld"), 1, 0, Lighting.shadowFromWorld)
  }

  func begin() { gl.UseProgram(program.name) }

  func place(_ placement: InstancePlacement) {
    let (p, q) = (placement.position, placement.orientation)
    gl.Uniform4f(position, p.x, p.y, p.z, 1)
    gl.Uniform4f(rotation, q.x, q.y, q.z, q.w)
  }
}

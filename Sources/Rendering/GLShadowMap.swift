import CEGL

/// The part of the 4096 x 4096 shadow map that can hold a shadow.
///
/// Outside every caster's outline the map is empty, which is what its border colour says, so
/// drawing only the casters' rectangle gives the same shadows whatever the cameras see.
struct ShadowRegion: Equatable {
  /// First texel, x and y from the lower left of the full map.
  var origin = SIMD2<Int32>(0, 0)
  /// Texels; zero when nothing casts a shadow.
  var size = SIMD2<Int32>(0, 0)

  /// The rectangle around casters with these world bounds.
  init(around casters: some Sequence<GLBounds>) {
    let full = SIMD2<Float>(repeating: Float(Lighting.shadowMapSize))
    var lower = SIMD2<Float>(repeating: .infinity)
    var upper = -lower
    for caster in casters {
      let extent = caster.extent(under: Lighting.shadowTextureFromWorld)
      lower = pointwiseMin(lower, extent.lower * full)
      upper = pointwiseMax(upper, extent.upper * full)
    }
    lower = pointwiseMax(lower.rounded(.down) - 1, .zero)
    upper = pointwiseMin(upper.rounded(.up) + 1, full)
    guard lower.x < upper.x, lower.y < upper.y else { return }
    origin = SIMD2<Int32>(lower)
    size = SIMD2<Int32>(upper) &- origin
  }
}

/// A depth texture that holds a region of the shadow map and grows with it.
final class GLShadowMap {
  /// The rectangle texture, compared on lookup, empty outside.
  private(set) var texture: UInt32 = 0
  private var framebuffer: UInt32 = 0
  private var capacity = SIMD2<Int32>(0, 0)
  private let context: GLContext

  init(_ context: GLContext) { self.context = context }

  deinit {
    context.gl.DeleteFramebuffers(1, &framebuffer)
    context.gl.DeleteTextures(1, &texture)
  }

  /// Clears the map and directs drawing into it so that `region` falls on its lower left corner.
  func begin(_ region: ShadowRegion) throws(EGLError) {
    let gl = context.gl
    if region.size.x > capacity.x || region.size.y > capacity.y || texture == 0 {
      try grow(toHold: region.size)
    }
    gl.BindFramebuffer(GL.framebuffer, framebuffer)
    gl.ClipControl(GL.lowerLeft, GL.negativeOneToOne)
    let full = Int32(Lighting.shadowMapSize)
    gl.Viewport(-region.origin.x, -region.origin.y, full, full)
    gl.Clear(GL.depthBufferBit)
  }

  private func grow(toHold size: SIMD2<Int32>) throws(EGLError) {
    let gl = context.gl
    let step: Int32 = 64
    let wanted = SIMD2<Int32>(max(size.x, capacity.x, step), max(size.y, capacity.y, step))
    capacity = (wanted &+ (step - 1)) / step &* step
    if texture == 0 {
      gl.GenTextures(1, &texture)
      gl.GenFramebuffers(1, &framebuffer)
    }
    gl.ActiveTexture(GL.texture1)
    gl.BindTexture(GL.textureRectangle, texture)
    gl.TexImage2D(
      GL.textureRectangle, 0, Int32(GL.depthComponent16), capacity.x, capacity.y, 0,
      GL.depthComponent, GL.float, nil)
    let options: [(UInt32, Int32)] = [
      (GL.textureMagFilter, GL.linear), (GL.textureMinFilter, GL.linear),
      (GL.textureWrapS, GL.clampToBorder), (GL.textureWrapT, GL.clampToBorder),
      (GL.textureCompareFunc, Int32(GL.lessOrEqual)),
      (GL.textureCompareMode, GL.compareRefToTexture),
    ]
    for (name, value) in options { gl.TexParameteri(GL.textureRectangle, name, value) }
    gl.TexParameterfv(GL.textureRectangle, GL.textureBorderColor, [1, 1, 1, 1])
    gl.BindFramebuffer(GL.framebuffer, framebuffer)
    gl.FramebufferTexture2D(
      GL.framebuffer, GL.depthAttachment, GL.textureRectangle, texture, 0)
    gl.DrawBuffer(GL.none)
    gl.ReadBuffer(GL.none)
    let status = gl.CheckFramebufferStatus(GL.framebuffer)
    guard status == GL.framebufferComplete else {
      throw .framebuffer(status: status, size: "\(capacity.x)x\(capacity.y), 16-bit depth")
    }
    try context.check("making the shadow map")
  }
}

import CEGL

/// The off-screen colour and depth buffers a picture is drawn into and read from.
///
/// PyBullet draws into the lower left corner of a 1024 x 768 surface whose rows run from the top.
/// The same window coordinates are used here, because rounding depends on them.
final class GLTarget {
  private var framebuffer: UInt32 = 0
  private var renderbuffers: [UInt32] = [0, 0]
  private var capacity = SIMD2<Int32>(0, 0)
  private var rgba: [UInt8] = []
  private let context: GLContext
  private let depthFormat: UInt32

  private static let referenceSize = SIMD2<Int32>(1024, 768)

  /// The first row of a picture: it depends on the picture alone, not on what was drawn before.
  private static func top(height: Int32) -> Int32 { max(height, referenceSize.y) - height }

  init(_ context: GLContext, depthBits: Int) throws(RenderError) {
    self.context = context
    switch depthBits {
    case 16: depthFormat = GL.depthComponent16
    case 24: depthFormat = GL.depthComponent24
    default: throw .unavailable("depth bits: expected 16 or 24, found \(depthBits)")
    }
  }

  deinit {
    context.gl.DeleteFramebuffers(1, &framebuffer)
    context.gl.DeleteRenderbuffers(2, &renderbuffers)
  }

  /// Directs drawing here and clears the part to be used.
  func begin(width: Int, height: Int) throws(EGLError) {
    let gl = context.gl
    let size = SIMD2(Int32(width), Int32(height))
    if size.x > capacity.x || size.y > capacity.y {
      try allocate(pointwiseMax(pointwiseMax(size, capacity), GLTarget.referenceSize))
    }
    gl.BindFramebuffer(GL.framebuffer, framebuffer)
    gl.ClipControl(GL.upperLeft, GL.negativeOneToOne)
    let top = GLTarget.top(height: size.y)
    gl.Viewport(0, top, size.x, size.y)
    gl.Clear(GL.colorBufferBit | GL.depthBufferBit)
  }

  /// What was drawn since `begin`, rows from the top.
  func read(width: Int, height: Int, depth: Bool) throws(EGLError) -> RenderedImage {
    let gl = context.gl
    let (columns, rows) = (Int32(width), Int32(height))
    let top = GLTarget.top(height: rows)
    let count = width * height
    if rgba.count < 4 * count { rgba = [UInt8](repeating: 0, count: 4 * count) }
    rgba.withUnsafeMutableBytes {
      gl.ReadPixels(0, top, columns, rows, GL.rgba, GL.unsignedByte, $0.baseAddress)
    }
    var depthBuffer: [Float] = []
    if depth {
      depthBuffer = [Float](unsafeUninitializedCapacity: count) { buffer, written in
        gl.ReadPixels(
          0, top, columns, rows, GL.depthComponent, GL.float, buffer.baseAddress)
        written = count
      }
    }
    try context.check("reading the picture")
    let rgb = [UInt8](unsafeUninitializedCapacity: 3 * count) { buffer, written in
      rgba.withUnsafeBufferPointer { source in
        for pixel in 0..<count {
          buffer[3 * pixel] = source[4 * pixel]
          buffer[3 * pixel + 1] = source[4 * pixel + 1]
          buffer[3 * pixel + 2] = source[4 * pixel + 2]
        }
      }
      written = 3 * count
    }
    return RenderedImage(width: width, height: height, rgb: rgb, depthBuffer: depthBuffer)
  }

  private func allocate(_ size: SIMD2<Int32>) throws(EGLError) {
    let gl = context.gl
    if framebuffer == 0 {
      gl.GenFramebuffers(1, &framebuffer)
      gl.GenRenderbuffers(2, &renderbuffers)
    }
    gl.BindFramebuffer(GL.framebuffer, framebuffer)
    let parts = [(GL.colorAttachment0, GL.rgb10A2), (GL.depthAttachment, depthFormat)]
    for (name, (attachment, format)) in zip(renderbuffers, parts) {
      gl.BindRenderbuffer(GL.renderbuffer, name)
      gl.RenderbufferStorage(GL.renderbuffer, format, size.x, size.y)
      gl.FramebufferRenderbuffer(GL.framebuffer, attachment, GL.renderbuffer, name)
    }
    let status = gl.CheckFramebufferStatus(GL.framebuffer)
    guard status == GL.framebufferComplete else {
      throw .framebuffer(status: status, size: "\(size.x)x\(size.y)")
    }
    try context.check("making a framebuffer of \(size.x)x\(size.y)")
    capacity = size
  }
}

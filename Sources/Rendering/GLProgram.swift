import CEGL

/// A linked pair of shaders; shared by all contexts of a share group.
final class GLProgram {
  let name: UInt32
  private let context: GLContext

  /// Compiles and links; `label` names the pair in errors.
  init(_ context: GLContext, label: String, vertex: String, fragment: String) throws(EGLError) {
    self.context = context
    let gl = context.gl
    name = gl.CreateProgram()
    let stages = [(GL.vertexShader, vertex), (GL.fragmentShader, fragment)]
    var shaders: [UInt32] = []
    defer { for shader in shaders { gl.DeleteShader(shader) } }
    for (kind, source) in stages {
      let shader = gl.CreateShader(kind)
      shaders.append(shader)
      source.withCString { text in
        withUnsafePointer(to: text) { gl.ShaderSource(shader, 1, $0, nil) }
      }
      gl.CompileShader(shader)
      var compiled: Int32 = 0
      gl.GetShaderiv(shader, GL.compileStatus, &compiled)
      guard compiled != 0 else {
        let log = GLProgram.log { gl.GetShaderInfoLog(shader, $0, nil, $1) }
        throw .shader(name: label, log: log)
      }
      gl.AttachShader(name, shader)
    }
    gl.LinkProgram(name)
    var linked: Int32 = 0
    gl.GetProgramiv(name, GL.linkStatus, &linked)
    guard linked != 0 else {
      let program = name
      let log = GLProgram.log { gl.GetProgramInfoLog(program, $0, nil, $1) }
      throw .shader(name: label, log: log)
    }
    try context.check("linking the shader \(label)")
  }

  deinit { context.gl.DeleteProgram(name) }

  /// The location of a uniform, -1 (which OpenGL ignores) when the driver optimised it away.
  func uniform(_ uniform: String) -> Int32 { context.gl.GetUniformLocation(name, uniform) }

  private static func log(_ read: (Int32, UnsafeMutablePointer<CChar>) -> Void) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 2048) { buffer in
      guard let base = buffer.baseAddress else { return "" }
      buffer.initialize(repeating: 0)
      read(Int32(buffer.count), base)
      return String(cString: base)
    }
  }
}

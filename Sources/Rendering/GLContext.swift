import CEGL
import Foundation

/// An off-screen OpenGL core context, current on the thread that made it until it is released.
///
/// Not thread safe: every use after `init` must be on that thread.
final class GLContext {
  /// OpenGL's functions.
  let gl: cegl_functions
  /// The driver's names.
  let strings: GLStrings

  private let library: EGLLibrary
  private let handle: OpaquePointer
  private let thread = pthread_self()

  /// Opens EGL device `device`; buffers, textures and programs are shared with `sharing`.
  init(library: EGLLibrary, device: Int, sharing: GLContext? = nil) throws(EGLError) {
    var failure = cegl_failure()
    var context: OpaquePointer?
    guard let index = Int32(exactly: device) else {
      throw .noDevice("no EGL device \(device)")
    }
    let status = cegl_context_create(library.handle, index, sharing?.handle, &context, &failure)
    guard status == CEGL_OK, let context else { throw EGLError(status, failure) }
    self.library = library
    handle = context
    gl = cegl_context_functions(context).pointee
    let functions = gl
    func string(_ name: UInt32) -> String {
      functions.GetString(name).map { String(cString: $0) } ?? ""
    }
    strings = GLStrings(
      vendor: string(GL.vendor), renderer: string(GL.renderer), version: string(GL.version))
    var extensions: Int32 = 0
    functions.GetIntegerv(GL.numExtensions, &extensions)
    let canClip = (0..<UInt32(max(0, extensions))).contains { index in
      functions.GetStringi(GL.extensions, index).map { String(cString: $0) }
        == "GL_ARB_clip_control"
    }
    // Entry points exist for every name, so only the list tells what the driver has.
    guard canClip else { throw .unsupported("\(strings.renderer) lacks GL_ARB_clip_control") }
  }

  deinit {
    assertOwner()
    cegl_context_destroy(handle)
  }

  /// Throws the oldest unreported OpenGL error, naming what was being done.
  func check(_ doing: @autoclosure () -> String) throws(EGLError) {
    assertOwner()
    let code = gl.GetError()
    guard code != 0 else { return }
    // A lost context reports for ever; a few reads empty any real queue.
    for _ in 0..<8 where gl.GetError() == 0 { break }
    throw .gl(code: code, doing: doing())
  }

  private func assertOwner() {
    precondition(
      pthread_equal(thread, pthread_self()) != 0, "an OpenGL context was used on another thread")
  }
}

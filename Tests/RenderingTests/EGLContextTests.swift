import Testing

@testable import Rendering

/// Driver failures come back as typed errors, once, and leave the context usable.
@Suite(.enabled(if: EGLTestMachine.hasEGL, "libEGL.so.1 cannot be opened here"))
struct EGLContextTests {
  /// Runs `body` with a context of the software device on a thread of its own.
  private func withContext<Value>(_ body: (GLContext) throws -> Value) throws -> Value {
    let library = try EGLLibrary()
    let device = try #require(try library.devices().first(where: \.isSoftware))
    let thread = GLThread(name: "test")
    defer { thread.finish() }
    return try thread.run { try body(GLContext(library: library, device: device.index)) }
  }

  @Test func anOpenGLErrorIsThrownOnceAndNamed() throws {
    try withContext { context in
      try context.check("doing nothing")
      context.gl.Enable(0xFFFF)
      let error = #expect(throws: EGLError.self) { try context.check("enabling nonsense") }
      #expect(error == .gl(code: 0x500, doing: "enabling nonsense"))
      #expect(error?.description.contains("GL_INVALID_ENUM") == true)
      #expect(throws: Never.self) { try context.check("doing nothing") }
    }
  }

  @Test func aShaderThatDoesNotCompileShowsTheDriversLog() throws {
    try withContext { context in
      let error = #expect(throws: EGLError.self) {
        try GLProgram(
          context, label: "broken", vertex: "#version 330 core\nvoid main() { nonsense }",
          fragment: "#version 330 core\nvoid main() {}")
      }
      guard case .shader("broken", let log) = error else {
        Issue.record("expected a shader error, found \(String(describing: error))")
        return
      }
      #expect(!log.isEmpty)
    }
  }

  @Test func contextsOfOneDeviceComeAndGo() throws {
    for _ in 0..<5 {
      let names = try withContext { $0.strings }
      #expect(names.isSoftware)
    }
  }
}

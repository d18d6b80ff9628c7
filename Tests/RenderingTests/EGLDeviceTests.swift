import Testing

@testable import Rendering

/// Every driver of this machine can be named, and wrong choices are explained.
@Suite(.enabled(if: EGLTestMachine.hasEGL, "libEGL.so.1 cannot be opened here"))
struct EGLDeviceTests {
  @Test func devicesAreListedAndNamed() throws {
    let library = try EGLLibrary()
    let devices = try library.devices()
    #expect(!devices.isEmpty)
    #expect(devices.map(\.index) == Array(devices.indices))
    for device in devices where device.isSoftware {
      let strings = try library.strings(ofDevice: device.index)
      #expect(strings.isSoftware)
      #expect(!strings.version.isEmpty)
    }
  }

  @Test(arguments: [-1, 63, Int.max]) func anUnknownDeviceIsAnErrorThatNamesTheRange(index: Int) {
    let error = #expect(throws: EGLError.self) {
      try EGLLibrary().strings(ofDevice: index)
    }
    #expect(error?.description.contains("no EGL device \(index)") == true)
    #expect(error?.description.contains("--render-gpu") == true)
  }
}

/// A thread that owns a context runs closures one after the other and passes errors on.
struct GLThreadTests {
  struct Failure: Error {}

  @Test func closuresRunOnOneThreadWhoeverCalls() async throws {
    let thread = GLThread(name: "test")
    let names = try await withThrowingTaskGroup(of: UInt.self) { group in
      for _ in 0..<64 { group.addTask { try thread.run { EGLTestMachine.currentThread() } } }
      return try await group.reduce(into: Set<UInt>()) { $0.insert($1) }
    }
    #expect(names.count == 1)
    #expect(!names.contains(EGLTestMachine.currentThread()))
  }

  @Test func errorsReachTheCaller() {
    let thread = GLThread(name: "test")
    #expect(throws: Failure.self) { try thread.run { throw Failure() } }
    #expect(throws: Never.self) { try thread.run {} }
    thread.finish()
  }
}

import Foundation
import Testing

@testable import Rendering

/// What this machine can do, so that tests skip visibly where it cannot.
enum EGLTestMachine {
  static let hasEGL = (try? EGLLibrary()) != nil

  /// The scene on Mesa's software device, which every machine with Mesa has.
  static func software(_ scene: RenderScene) throws -> EGLSharedScene {
    let library = try EGLLibrary()
    let device = try #require(try library.devices().first(where: \.isSoftware))
    return try EGLSharedScene(scene, library: library, device: device)
  }

  static func currentThread() -> UInt {
    #if canImport(Glibc)
      UInt(pthread_self())
    #else
      UInt(bitPattern: pthread_self())
    #endif
  }
}

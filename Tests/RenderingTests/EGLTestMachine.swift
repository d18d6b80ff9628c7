import Foundation

@testable import Rendering

/// What this machine can do, so that tests skip visibly where it cannot.
enum EGLTestMachine {
  static let hasEGL = (try? EGLLibrary()) != nil

  static func currentThread() -> UInt {
    #if canImport(Glibc)
      UInt(pthread_self())
    #else
      UInt(bitPattern: pthread_self())
    #endif
  }
}

import CEGL

/// Why the OpenGL backend cannot draw; every message says what to install, pick or change.
public enum EGLError: Error, Sendable, Equatable, CustomStringConvertible {
  /// libEGL is missing or broken; the loader's words.
  case noLibrary(String)
  /// A function or extension is missing.
  case unsupported(String)
  /// The device does not exist; the words name the valid indices.
  case noDevice(String)
  /// The device exists but cannot be used.
  case deviceUnusable(String, code: Int32)
  /// OpenGL reported an error while doing something.
  case gl(code: UInt32, doing: String)
  /// A shader did not compile or link; the driver's log.
  case shader(name: String, log: String)
  /// A framebuffer is incomplete.
  case framebuffer(status: UInt32, size: String)

  init(_ status: cegl_status, _ failure: cegl_failure) {
    let detail = withUnsafeBytes(of: failure.detail) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    switch status {
    case CEGL_NO_LIBRARY: self = .noLibrary(detail)
    case CEGL_NO_FUNCTION, CEGL_NO_EXTENSION: self = .unsupported(detail)
    case CEGL_NO_DEVICE: self = .noDevice(detail)
    default: self = .deviceUnusable(detail, code: failure.egl_error)
    }
  }

  /// True when OpenGL is not there at all, false when it is there and fails.
  public var isAbsence: Bool {
    switch self {
    case .noLibrary, .unsupported, .noDevice, .deviceUnusable: true
    case .gl, .shader, .framebuffer: false
    }
  }

  /// What failed and what to do about it.
  public var description: String {
    switch self {
    case .noLibrary(let detail):
      """
      EGL is not installed: \(detail). Install libegl1 and libegl-mesa0 (Debian, Ubuntu: apt-get \
      install libegl1 libegl-mesa0) or the graphics driver's own EGL (NVIDIA: libnvidia-gl), or \
      use --renderer cpu.
      """
    case .unsupported(let detail):
      """
      This EGL or OpenGL driver cannot draw off screen: \(detail). OpenGL 3.3 with \
      ARB_clip_control and EGL_KHR_surfaceless_context is needed; update the driver, pick another \
      device with --render-gpu, or use --renderer cpu.
      """
    case .noDevice(let detail):
      "\(detail). `calvin-eval doctor` lists the devices; pick one with --render-gpu."
    case .deviceUnusable(let detail, let code):
      """
      \(detail) (\(EGLError.name(ofEGLCode: code))). Check that this user may open the device \
      (group `render` or `video` for /dev/dri/render*; a container needs the device and, for \
      NVIDIA, the capability `graphics`), pick another with --render-gpu, or use --renderer cpu.
      """
    case .gl(let code, let doing):
      "OpenGL error \(EGLError.name(ofGLCode: code)) while \(doing)."
    case .shader(let name, let log):
      "The driver rejects the shader `\(name)`: \(log)"
    case .framebuffer(let status, let size):
      "The driver gives no framebuffer of \(size) (status 0x\(String(status, radix: 16)))."
    }
  }

  private static func name(ofEGLCode code: Int32) -> String {
    let names: [Int32: String] = [
      0x3000: "no EGL error", 0x3001: "EGL_NOT_INITIALIZED", 0x3002: "EGL_BAD_ACCESS",
      0x3003: "EGL_BAD_ALLOC", 0x3004: "EGL_BAD_ATTRIBUTE", 0x3005: "EGL_BAD_CONFIG",
      0x3006: "EGL_BAD_CONTEXT", 0x3008: "EGL_BAD_DISPLAY", 0x3009: "EGL_BAD_MATCH",
      0x300C: "EGL_BAD_PARAMETER", 0x300E: "EGL_CONTEXT_LOST",
    ]
    return names[code] ?? "EGL error 0x\(String(code, radix: 16))"
  }

  private static func name(ofGLCode code: UInt32) -> String {
    let names: [UInt32: String] = [
      0x500: "GL_INVALID_ENUM", 0x501: "GL_INVALID_VALUE", 0x502: "GL_INVALID_OPERATION",
      0x505: "GL_OUT_OF_MEMORY", 0x506: "GL_INVALID_FRAMEBUFFER_OPERATION",
      0x507: "GL_CONTEXT_LOST",
    ]
    return names[code] ?? "0x\(String(code, radix: 16))"
  }
}

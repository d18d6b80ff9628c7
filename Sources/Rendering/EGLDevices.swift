import CEGL

/// A graphics device as EGL lists it.
public struct EGLDevice: Sendable, Equatable, Codable {
  /// EGL's index, the N of `--render-gpu N`.
  public var index: Int
  /// CUDA's index of the same GPU, nil when it is not an NVIDIA GPU.
  public var cudaIndex: Int?
  /// True for Mesa's software rasteriser (llvmpipe), which needs no GPU.
  public var isSoftware: Bool
  /// The device file (`/dev/dri/...`), nil when there is none.
  public var drmFile: String?
}

/// Who draws: the driver's own words.
public struct GLStrings: Sendable, Equatable, Codable {
  /// `GL_VENDOR`.
  public var vendor: String
  /// `GL_RENDERER`.
  public var renderer: String
  /// `GL_VERSION`.
  public var version: String

  /// True for renderers that run on the CPU.
  public var isSoftware: Bool {
    let name = renderer.lowercased()
    return ["llvmpipe", "softpipe", "swrast", "swiftshader"].contains { name.contains($0) }
  }
}

/// libEGL, opened at run time; it stays open while anything uses it.
///
/// Thread safe: EGL may be called from any thread, and nothing here changes after `init`.
public final class EGLLibrary: @unchecked Sendable {
  let handle: OpaquePointer

  /// Opens libEGL. Mesa reads `LP_NUM_THREADS` when the first context of a device is made, so
  /// whoever wants to set it must have done so by then.
  public init() throws(EGLError) {
    var failure = cegl_failure()
    var library: OpaquePointer?
    let status = cegl_library_open(&library, &failure)
    guard status == CEGL_OK, let library else { throw EGLError(status, failure) }
    handle = library
  }

  deinit { cegl_library_close(handle) }

  /// Every device, in EGL's order (hardware first, Mesa's software device last).
  public func devices() throws(EGLError) -> [EGLDevice] {
    var failure = cegl_failure()
    var count: Int32 = 0
    let status = cegl_device_count(handle, &count, &failure)
    guard status == CEGL_OK else { throw EGLError(status, failure) }
    var devices: [EGLDevice] = []
    for index in 0..<count { devices.append(try device(index)) }
    return devices
  }

  private func device(_ index: Int32) throws(EGLError) -> EGLDevice {
    var failure = cegl_failure()
    var device = cegl_device()
    let status = cegl_device_describe(handle, index, &device, &failure)
    guard status == CEGL_OK else { throw EGLError(status, failure) }
    let file = withUnsafeBytes(of: device.drm_file) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return EGLDevice(
      index: Int(index), cudaIndex: device.cuda_index < 0 ? nil : Int(device.cuda_index),
      isSoftware: device.is_software != 0, drmFile: file.isEmpty ? nil : file)
  }

  /// Opens the device for a moment to ask its driver for its names.
  public func strings(ofDevice index: Int) throws -> GLStrings {
    let thread = GLThread(name: "gl-probe")
    defer { thread.finish() }
    return try thread.run { try GLContext(library: self, device: index).strings }
  }
}

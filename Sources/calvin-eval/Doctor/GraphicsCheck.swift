import Rendering

/// EGL, its devices and their drivers.
struct GraphicsCheck {
  /// One device as `--json` lists it.
  struct Device: Encodable {
    var device: EGLDevice
    var strings: GLStrings?
    var error: String?
  }

  private(set) var findings: [Finding] = []
  private(set) var devices: [Device] = []

  /// Missing EGL is a problem only when it was asked for.
  init(_ options: RendererOptions) {
    let severity: Finding.Status = options.renderer == .egl ? .problem : .warning
    do {
      let library = try EGLLibrary()
      for device in try library.devices() {
        examine(device, library, severity: options.renderGPU == device.index ? .problem : .warning)
      }
    } catch {
      findings.append(
        Finding(
          "graphics", "EGL", severity, "\(error)", hint: "or use --renderer cpu, which needs none"))
    }
    if let gpu = options.renderGPU, !devices.contains(where: { $0.device.index == gpu }) {
      findings.append(
        Finding(
          "graphics", "EGL device \(gpu)", .problem, "there is no such device",
          hint: "pick one of: \(devices.map { String($0.device.index) }.joined(separator: ", "))"))
    }
  }

  private mutating func examine(
    _ device: EGLDevice, _ library: EGLLibrary, severity: Finding.Status
  ) {
    let name = "EGL device \(device.index)"
    let place = [
      device.cudaIndex.map { "CUDA device \($0)" }, device.drmFile,
      device.isSoftware ? "software" : nil,
    ].compactMap(\.self).joined(separator: ", ")
    do {
      let strings = try library.strings(ofDevice: device.index)
      devices.append(Device(device: device, strings: strings))
      findings.append(
        Finding(
          "graphics", name,
          "\(strings.vendor), \(strings.renderer), OpenGL \(strings.version)"
            + (place.isEmpty ? "" : " (\(place))")))
    } catch {
      devices.append(Device(device: device, error: "\(error)"))
      findings.append(
        Finding("graphics", name + (place.isEmpty ? "" : " (\(place))"), severity, "\(error)"))
    }
  }
}

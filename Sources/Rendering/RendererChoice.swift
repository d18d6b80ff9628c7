/// Which backend draws, as `--renderer` names it.
public enum RendererChoice: String, Sendable, CaseIterable, Codable {
  /// OpenGL where there is a GPU, else the software rasteriser.
  case auto
  /// OpenGL through EGL, on a GPU or on Mesa's llvmpipe.
  case egl
  /// The software rasteriser: the same bytes on every machine.
  case cpu
}

/// What was chosen and why; callers record it with every result.
public struct RendererSelection: Sendable, Equatable, Codable {
  /// What was asked for.
  public var requested: RendererChoice
  /// `egl` or `cpu`.
  public var kind: String
  /// Why this backend, in words for a person.
  public var reason: String
  /// True when `auto` wanted a GPU, found one, and could not use it.
  public var isFallback: Bool
  /// The graphics device, nil for the software rasteriser.
  public var device: EGLDevice?
  /// The driver's names, nil for the software rasteriser.
  public var strings: GLStrings?
}

/// Makes renderers of one scene for any number of workers; they share meshes and textures.
public final class RendererFactory: Sendable {
  /// What was chosen and why.
  public let selection: RendererSelection
  /// What is drawn.
  public let scene: RenderScene
  /// What pictures depend on besides the scene.
  public let settings: RendererSettings

  private let backend: Backend

  private enum Backend {
    case egl(EGLSharedScene)
    case cpu(RasterGeometry)
  }

  /// Chooses a backend. `gpu` is EGL's device index (`--render-gpu`): `egl` then uses this device
  /// and no other, and `auto` prefers it. Throws when `egl` was asked for and cannot be had, with
  /// what to install or pick.
  public init(
    _ scene: RenderScene, choice: RendererChoice = .auto, gpu: Int? = nil,
    settings: RendererSettings = RendererSettings()
  ) throws {
    self.scene = scene
    self.settings = settings
    switch choice {
    case .cpu:
      backend = .cpu(try RasterGeometry(scene))
      selection = .cpu(choice, "asked for")
    case .egl:
      let shared = try RendererFactory.open(scene, gpu: gpu)
      backend = .egl(shared)
      selection = .egl(choice, "asked for", shared)
    case .auto:
      do {
        let shared = try RendererFactory.openHardware(scene, gpu: gpu)
        backend = .egl(shared)
        selection = .egl(choice, "a GPU is there", shared)
      } catch let failure {
        backend = .cpu(try RasterGeometry(scene))
        selection = .cpu(choice, failure.reason, isFallback: failure.isFallback)
      }
    }
  }

  /// A renderer for one worker; throws `EGLError`.
  public func makeRenderer() throws -> any Renderer {
    switch backend {
    case .egl(let shared): return try EGLRenderer(shared, settings: settings)
    case .cpu(let geometry): return CPURenderer(geometry, settings: settings)
    }
  }

  /// The device asked for, else the first that works, hardware first.
  private static func open(_ scene: RenderScene, gpu: Int?) throws -> EGLSharedScene {
    let library = try EGLLibrary()
    let devices = try library.devices()
    if let gpu {
      guard let device = devices.first(where: { $0.index == gpu }) else {
        throw EGLError.noDevice(
          "no EGL device \(gpu), expected one of "
            + devices.map { "\($0.index)" }.joined(separator: ", "))
      }
      return try EGLSharedScene(scene, library: library, device: device)
    }
    var failure: any Error = EGLError.noDevice("there is no EGL device")
    for device in devices.filter({ !$0.isSoftware }) + devices.filter(\.isSoftware) {
      do { return try EGLSharedScene(scene, library: library, device: device) } catch {
        failure = error
      }
    }
    throw failure
  }

  private struct NoHardware: Error {
    var reason: String
    var isFallback: Bool
  }

  private static func openHardware(
    _ scene: RenderScene, gpu: Int?
  ) throws(NoHardware) -> EGLSharedScene {
    let library: EGLLibrary
    let devices: [EGLDevice]
    do {
      library = try EGLLibrary()
      devices = try library.devices()
    } catch {
      throw NoHardware(reason: "there is no EGL to look for a GPU with", isFallback: false)
    }
    let candidates = devices.filter { !$0.isSoftware && (gpu == nil || $0.index == gpu) }
    var failures: [String] = []
    for device in candidates {
      do {
        let shared = try EGLSharedScene(scene, library: library, device: device)
        guard shared.strings.isSoftware else { return shared }
        failures.append("EGL device \(device.index) draws with \(shared.strings.renderer)")
      } catch { failures.append("EGL device \(device.index): \(error)") }
    }
    let wanted =
      gpu.map {
        devices.indices.contains($0)
          ? "EGL device \($0) is no GPU" : "there is no EGL device \($0)"
      } ?? "there is no GPU"
    throw NoHardware(
      reason: failures.isEmpty ? wanted : failures.joined(separator: "; "),
      isFallback: !failures.isEmpty || gpu != nil)
  }
}

extension RendererSelection {
  fileprivate static func egl(
    _ requested: RendererChoice, _ reason: String, _ shared: EGLSharedScene
  ) -> RendererSelection {
    RendererSelection(
      requested: requested, kind: "egl", reason: reason, isFallback: false,
      device: shared.device, strings: shared.strings)
  }

  fileprivate static func cpu(
    _ requested: RendererChoice, _ reason: String, isFallback: Bool = false
  ) -> RendererSelection {
    RendererSelection(
      requested: requested, kind: "cpu", reason: reason, isFallback: isFallback)
  }
}

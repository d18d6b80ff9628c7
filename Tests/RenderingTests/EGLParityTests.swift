import NumPy
import Testing

@testable import Rendering

/// The pictures of the same Mesa are PyBullet's own, byte for byte but for rounding at edges.
@Suite(
  .enabled(
    if: EGLTestMachine.hasEGL && ReferenceFrame.isAvailable, "needs EGL and ../shared/reference"))
struct EGLParityTests {
  /// State 000 was recorded without shadows.
  @Test(arguments: ["A", "B", "C", "D"])
  func picturesEqualPyBullets(sceneName: String) throws {
    let scene =
      try sceneName == "D" ? ReferenceFrame.sceneD.get() : ReferenceFrame.scene(sceneName)
    let shared = try EGLTestMachine.software(scene)
    for state in ["000", "017"] {
      try compare("\(sceneName)_\(state)", shared, shadows: state != "000")
    }
  }

  private func compare(_ name: String, _ shared: EGLSharedScene, shadows: Bool) throws {
    let renderer = try EGLRenderer(
      shared, settings: RendererSettings(shadows: shadows, depthBits: 16))
    let frame = try ReferenceFrame(name, of: shared.scene)
    for (camera, picture) in frame.pictures.sorted(by: { $0.key < $1.key }) {
      let image = try renderer.render(frame.drawing, view: picture.view, depth: true)
      let identical = share(of: picture.rgb.count / 3) {
        image.rgb[3 * $0..<3 * $0 + 3] == picture.rgb[3 * $0..<3 * $0 + 3]
      }
      let depth = image.depthMetres(of: picture.view)
      let sameDepth = share(of: depth.count) {
        abs(steps(depth[$0], picture.view) - steps(picture.depth[$0], picture.view)) <= 1
      }
      print("\(frame.name) \(camera): \(identical) of pixels, \(sameDepth) of depths")
      // Measured: at least 0.998 and 0.999; the recorded poses are rounded to float32.
      #expect(identical >= 0.99, "\(frame.name) \(camera)")
      #expect(sameDepth >= 0.99, "\(frame.name) \(camera)")
    }
  }

  /// Metres in steps of a 16-bit depth buffer.
  private func steps(_ metres: Float, _ view: View) -> Double {
    let (near, far, z) = (view.near, view.far, Double(metres))
    return ((far - far * near / z) / (far - near) * 65535).rounded()
  }

  private func share(of count: Int, _ holds: (Int) -> Bool) -> Double {
    Double((0..<count).count(where: holds)) / Double(count)
  }
}

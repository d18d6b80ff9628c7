import Assets
import Geometry
import Testing

@testable import Rendering

/// The software renderer's bytes depend on the drawing and the view, on nothing else.
struct CPURendererTests {
  // Small motions, jumps, and pauses long enough for everything to come to rest, twice.
  private let steps =
    [0, 1, 2, 3, 4, 5, 5, 6, 30] + [Int](repeating: 2, count: 6) + [3, 4]
    + [Int](repeating: 4, count: 10) + [5]

  private func images(
    _ embedded: EmbeddedScene, _ renderer: CPURenderer
  ) throws -> [[RenderedImage]] {
    try steps.map { step in
      try renderer.render(
        embedded.drawing(step: step), views: embedded.views(step: step), depth: true)
    }
  }

  @Test func instructionSetsGiveTheSameBytes() throws {
    let embedded = try EmbeddedScene.d.get()
    let geometry = try RasterGeometry(embedded.scene)
    let expected = try images(embedded, CPURenderer(geometry, instructionSet: .baseline))
    for set in InstructionSet.allCases where set > .baseline {
      guard set <= .best else {
        print("\(set) is not on this processor")
        continue
      }
      #expect(try images(embedded, CPURenderer(geometry, instructionSet: set)) == expected)
    }
  }

  @Test(arguments: [16, 24]) func cachesChangeNothing(depthBits: Int) throws {
    let embedded = try EmbeddedScene.d.get()
    let geometry = try RasterGeometry(embedded.scene)
    for shadows in [true, false] {
      let settings = RendererSettings(shadows: shadows, depthBits: depthBits)
      let kept = try images(embedded, CPURenderer(geometry, settings: settings))
      let plain = try images(
        embedded, CPURenderer(geometry, settings: settings, cachesViews: false))
      let fresh = try steps.map { step in
        try CPURenderer(geometry, settings: settings).render(
          embedded.drawing(step: step), views: embedded.views(step: step), depth: true)
      }
      let renderer = CPURenderer(geometry, settings: settings)
      let oneByOne = try steps.map { step in
        try embedded.views(step: step).flatMap {
          try renderer.render(embedded.drawing(step: step), views: [$0], depth: true)
        }
      }
      #expect(kept == plain)
      #expect(kept == fresh)
      #expect(kept == oneByOne)
    }
  }

  @Test func workersDoNotDisturbEachOther() async throws {
    let embedded = try EmbeddedScene.d.get()
    let geometry = try RasterGeometry(embedded.scene)
    let expected = fingerprint(try images(embedded, CPURenderer(geometry)).flatMap { $0 })
    let prints = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<4 {
        group.addTask {
          fingerprint(try images(embedded, CPURenderer(geometry)).flatMap { $0 })
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(prints == [String](repeating: expected, count: 4))
  }

  /// The same bytes on every x86-64 machine, compiler and day. The scene is this test's own.
  @Test func picturesArePinned() throws {
    let scene = SyntheticScene()
    let renderer = CPURenderer(try RasterGeometry(scene.scene))
    let images = try (0..<3).flatMap { step in
      try renderer.render(scene.drawing(step: step), views: scene.views, depth: true)
    }
    #expect(fingerprint(images) == SyntheticScene.pinned)
  }

  @Test func depthPrecisionAndShadowsAreSettings() throws {
    let embedded = try EmbeddedScene.d.get()
    let geometry = try RasterGeometry(embedded.scene)
    func image(_ settings: RendererSettings) throws -> RenderedImage {
      try CPURenderer(geometry, settings: settings).render(
        embedded.drawing(step: 0), view: embedded.views(step: 0)[0], depth: true)
    }
    let lit = try image(RendererSettings(shadows: true, depthBits: 16))
    let shadowless = try image(RendererSettings(shadows: false, depthBits: 16))
    #expect(lit.depthBuffer == shadowless.depthBuffer)
    // Shadows only darken.
    #expect(lit.rgb != shadowless.rgb)
    #expect(zip(lit.rgb, shadowless.rgb).allSatisfy { $0 <= $1 })
    for depth in lit.depthBuffer {
      #expect(abs(depth * 65535 - (depth * 65535).rounded()) < 0.01)
    }
    let fine = try image(RendererSettings(shadows: true, depthBits: 24))
    #expect(zip(fine.depthBuffer, lit.depthBuffer).allSatisfy { abs($0 - $1) < 1.0 / 65535 })
  }

  @Test func aPictureOfNothingIsAnError() throws {
    let embedded = try EmbeddedScene.d.get()
    let renderer = CPURenderer(try RasterGeometry(embedded.scene))
    var view = try embedded.views(step: 0)[0]
    view.view = View.lookAt(eye: Vector3(0, 0, 3), target: Vector3(0, 0, 9), up: Vector3(0, 1, 0))
    #expect(throws: RenderError.constantImage(renderer: "cpu", rgb: [178, 178, 204])) {
      try renderer.render(embedded.drawing(step: 0), view: view, depth: false)
    }
  }

  @Test func drawingsThatDoNotFitAreErrors() throws {
    let embedded = try EmbeddedScene.d.get()
    let renderer = CPURenderer(try RasterGeometry(embedded.scene))
    let view = try embedded.views(step: 0)[0]
    var drawing = try embedded.drawing(step: 0)
    drawing.worldFromLinks[0].removeLast()
    let links = embedded.scene.linkFromCOM[0].count
    #expect(
      throws: RenderError.drawingMismatch(
        what: "links of body 0, base included", expected: links, found: links - 1)
    ) { try renderer.render(drawing, view: view, depth: false) }
    drawing.worldFromLinks.removeLast()
    #expect(throws: RenderError.self) { try renderer.render(drawing, view: view, depth: false) }
    var large = view
    large.width = 4097
    #expect(throws: RenderError.self) {
      try renderer.render(embedded.drawing(step: 0), view: large, depth: false)
    }
  }
}

/// PyBullet's own pictures; what is left are roundings of texture coordinates.
@Suite(.enabled(if: ReferenceFrame.isAvailable, "reference frames are not beside the package"))
struct CPUParityTests {
  @Test(arguments: ["D_000", "D_001", "D_011", "D_019", "D_023"])
  func picturesAreTheReferences(name: String) throws {
    let scene = try ReferenceFrame.sceneD.get()
    let reference = try ReferenceFrame(name, of: scene)
    let renderer = CPURenderer(
      try RasterGeometry(scene),
      settings: RendererSettings(shadows: !name.hasSuffix("_000"), depthBits: 16))
    for (camera, picture) in reference.pictures {
      let image = try renderer.render(reference.drawing, view: picture.view, depth: true)
      let differences = zip(image.rgb, picture.rgb).map { abs(Int($0) - Int($1)) }
      let square = differences.reduce(0.0) { $0 + Double($1 * $1) } / Double(differences.count)
      let far = differences.count { $0 > 3 }
      let (near, end) = (picture.view.near, picture.view.far)
      let depthError = zip(image.depthBuffer, picture.depth).count { ours, metres in
        let recorded = (end - end * near / Double(metres)) / (end - near)
        return abs((Double(ours) * 65535).rounded() - (recorded * 65535).rounded()) > 1
      }
      print(
        "\(name) \(camera): mean square \(square), \(far) beyond 3, \(depthError) depths beyond a step"
      )
      // 40 dB is the floor for a backend with other roundings.
      #expect(square < 255 * 255 * 1e-4)
      #expect(Double(far) < 0.006 * Double(differences.count))
      #expect(Double(depthError) < 0.01 * Double(picture.depth.count))
    }
  }
}

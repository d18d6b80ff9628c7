import Testing

@testable import Rendering

@Suite(
  .enabled(
    if: EGLTestMachine.hasEGL && ReferenceFrame.isAvailable, "needs EGL and ../shared/reference"))
struct EGLRendererTests {
  private let scene: RenderScene
  private let shared: EGLSharedScene

  init() throws {
    scene = try ReferenceFrame.sceneD.get()
    shared = try EGLTestMachine.software(scene)
  }

  /// Many contexts of one process draw in turn and at once; nobody's picture depends on the others
  /// or on what was drawn before.
  @Test func everyContextDrawsTheSameBytes() async throws {
    let frames = try ["D_003", "D_011", "D_019"].map { try ReferenceFrame($0, of: scene) }
    let alone = try EGLRenderer(shared)
    let expected = try frames.map { try draw($0, with: alone) }
    let shared = shared
    let workers = try await withThrowingTaskGroup(of: [[RenderedImage]].self) { group in
      for worker in 0..<4 {
        group.addTask {
          let renderer = try EGLRenderer(shared)
          return try (0..<6).map { step in
            try draw(frames[(worker + step) % 3], with: renderer)
          }
        }
      }
      return try await group.reduce(into: [[[RenderedImage]]]()) { $0.append($1) }
    }
    #expect(workers.count == 4)
    for pictures in workers {
      // The order in which workers report is not theirs, so the first picture tells which it is.
      let first = try #require(expected.firstIndex(of: pictures[0]))
      for (step, picture) in pictures.enumerated() {
        #expect(picture == expected[(first + step) % 3], "step \(step)")
      }
    }
  }

  @Test func oneViewAtATimeEqualsAllAtOnce() throws {
    let renderer = try EGLRenderer(shared)
    let frame = try ReferenceFrame("D_007", of: scene)
    let together = try draw(frame, with: renderer)
    for (view, image) in zip(views(frame), together) {
      #expect(try renderer.render(frame.drawing, view: view, depth: true) == image)
    }
  }

  @Test func largeAndTinyViewsAreDrawn() throws {
    let renderer = try EGLRenderer(shared)
    let frame = try ReferenceFrame("D_007", of: scene)
    var view = try #require(frame.pictures["static"]?.view)
    let before = try renderer.render(frame.drawing, view: view, depth: false)
    for (width, height) in [(1500, 1100), (4096, 16), (3, 2)] {
      view.width = width
      view.height = height
      let image = try renderer.render(frame.drawing, view: view, depth: true)
      #expect(image.rgb.count == 3 * width * height)
      #expect(image.depthBuffer.count == width * height)
    }
    view.width = 200
    view.height = 200
    // The target has grown meanwhile, which is nobody's business.
    #expect(try renderer.render(frame.drawing, view: view, depth: false) == before)
  }

  @Test func aCameraThatSeesNothingIsAnError() throws {
    let renderer = try EGLRenderer(shared)
    let frame = try ReferenceFrame("D_007", of: scene)
    var view = try #require(frame.pictures["static"]?.view)
    view.view = View.lookAt(
      eye: SIMD3(0, 0, 3), target: SIMD3(0, 0, 9), up: SIMD3(0, 1, 0))
    let error = #expect(throws: RenderError.self) {
      try renderer.render(frame.drawing, view: view, depth: false)
    }
    guard case .constantImage = error else {
      Issue.record("expected a constant image, found \(String(describing: error))")
      return
    }
  }

  @Test func badRequestsAreErrors() throws {
    let renderer = try EGLRenderer(shared)
    let frame = try ReferenceFrame("D_007", of: scene)
    var view = try #require(frame.pictures["static"]?.view)
    var drawing = frame.drawing
    drawing.worldFromLinks.removeLast()
    #expect(throws: RenderError.self) { try renderer.render(drawing, view: view, depth: false) }
    view.width = 5000
    #expect(throws: RenderError.self) {
      try renderer.render(frame.drawing, view: view, depth: false)
    }
    #expect(throws: RenderError.self) {
      try EGLRenderer(shared, settings: RendererSettings(depthBits: 12))
    }
    // A failed request leaves the renderer usable.
    #expect(throws: Never.self) {
      try renderer.render(frame.drawing, views: views(frame), depth: false)
    }
  }

  @Test func askedForADeviceThatIsNotThereTheFactoryNamesTheOthers() throws {
    let error = #expect(throws: EGLError.self) {
      try RendererFactory(scene, choice: .egl, gpu: 41)
    }
    #expect(error?.description.contains("--render-gpu") == true)
    let factory = try RendererFactory(scene, choice: .egl)
    #expect(factory.selection.kind == "egl")
    #expect(factory.selection.strings?.renderer.isEmpty == false)
    #expect(try factory.makeRenderer().kind == "egl")
  }
}

private func views(_ frame: ReferenceFrame) -> [View] {
  frame.pictures.sorted { $0.key > $1.key }.map(\.value.view)
}

private func draw(_ frame: ReferenceFrame, with renderer: EGLRenderer) throws -> [RenderedImage] {
  try renderer.render(frame.drawing, views: views(frame), depth: true)
}

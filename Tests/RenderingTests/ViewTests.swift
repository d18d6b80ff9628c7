import Assets
import Geometry
import Testing

@testable import Rendering

/// Camera matrices, projection and its inverse.
struct ViewTests {
  @Test func projectionIsPyBullets() {
    let narrow = View.perspective(fieldOfViewDegrees: 10, aspect: 1, near: 0.01, far: 10)
    #expect(narrow[5] == 11.430051803588867)
    #expect(narrow[10] == -1.0020020008087158)
    #expect(narrow[14] == -0.0200200192630291)
    let wide = View.perspective(fieldOfViewDegrees: 75, aspect: 1, near: 0.01, far: 2)
    #expect(wide[0] == 1.3032252788543701)
  }

  @Test(.enabled(if: ReferenceFrame.isAvailable, "reference frames are not beside the package"))
  func staticCameraIsTheRecordedOne() throws {
    let root = try AssetRoot(calvinEnv: "\(ReferenceFrame.shared)/calvin_env")
    let camera = try CameraDescription.load("static", root: root)
    let reference = try ReferenceFrame("D_001", of: ReferenceFrame.sceneD.get())
    let recorded = try #require(reference.pictures["static"]).view
    #expect(try View(camera) == recorded)
  }

  /// A floor pixel's world point lies on the floor and projects back onto the pixel.
  @Test func deprojectionUndoesProjection() throws {
    let embedded = try EmbeddedScene.d.get()
    let renderer = CPURenderer(try RasterGeometry(embedded.scene))
    for view in try embedded.views(step: 0) {
      let image = try renderer.render(embedded.drawing(step: 0), view: view, depth: true)
      let metres = image.depthMetres(of: view)
      var greatest = 0
      for y in stride(from: 0, to: view.height, by: 7) {
        for x in stride(from: 0, to: view.width, by: 7) {
          let depth = Double(metres[y * view.width + x])
          let point = view.deproject(SIMD2(x, y), depth: depth)
          let pixel = try #require(view.project(point))
          // Upstream rounds down after taking the pixel's corner for its centre.
          greatest = max(greatest, abs(pixel.x - x), abs(pixel.y - y))
          let fromEye = view.worldFromCamera.inverse(point)
          #expect(abs(-fromEye.z - depth) < 1e-6)
        }
      }
      #expect(greatest <= 1)
    }
  }

  @Test func floorPixelsDeprojectOntoTheFloor() throws {
    let embedded = try EmbeddedScene.d.get()
    let renderer = CPURenderer(try RasterGeometry(embedded.scene))
    // Straight down beside the table.
    var view = try embedded.views(step: 0)[0]
    view.view = View.lookAt(eye: Vector3(2, 2, 3), target: Vector3(2, 2, 0), up: Vector3(0, 1, 0))
    let metres = try renderer.render(embedded.drawing(step: 0), view: view, depth: true)
      .depthMetres(of: view)
    for (pixel, depth) in metres.enumerated() {
      let place = SIMD2(pixel % view.width, pixel / view.width)
      #expect(abs(view.deproject(place, depth: Double(depth)).z) < 1e-4)
    }
  }

  @Test func gripperCamerasNeedAPose() throws {
    let camera = try #require(
      try EmbeddedScene.d.get().assets.cameras.first { $0.mounting == .gripper })
    #expect(throws: RenderError.self) { try View(camera) }
  }

  @Test(arguments: [(0, 84), (84, 4097)]) func sizesAreBounded(width: Int, height: Int) throws {
    let camera = try #require(try EmbeddedScene.d.get().assets.cameras.first)
    #expect(throws: RenderError.self) { try View(camera, width: width, height: height) }
  }

  /// Each absurd camera is refused in words about what is wrong with it.
  @Test func absurdCamerasAreRefused() throws {
    let eye = Vector3(1, -1, 1)
    func camera(
      at target: Vector3 = .zero, up: Vector3 = Vector3(0, 0, 1), from eye: Vector3 = eye,
      fieldOfView: Double = 40, near: Double = 0.01, far: Double = 10
    ) -> CameraDescription {
      CameraDescription(
        name: "odd", mounting: .fixed(lookFrom: eye, lookAt: target, up: up),
        fieldOfViewDegrees: fieldOfView, aspect: 1, near: near, far: far, width: 84, height: 84)
    }
    _ = try View(camera())
    for (odd, word) in [
      (camera(at: eye), "look_from"), (camera(up: .zero), "up_vector"),
      (camera(up: eye), "up_vector"), (camera(from: Vector3(1e20, 0, 0)), "place"),
      (camera(fieldOfView: 0), "field of view"), (camera(fieldOfView: 1e-9), "field of view"),
      (camera(near: 10), "planes"), (camera(near: 10, far: 10.0000001), "planes"),
    ] {
      let error = #expect(throws: RenderError.self) { try View(odd) }
      #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }
  }

  @Test func largePicturesShowTheSameScene() throws {
    let embedded = try EmbeddedScene.d.get()
    let renderer = CPURenderer(try RasterGeometry(embedded.scene))
    let camera = try #require(embedded.assets.cameras.first)
    let drawing = try embedded.drawing(step: 0)
    let small = try renderer.render(drawing, view: View(camera), depth: true)
    let large = try renderer.render(
      drawing, view: View(camera, width: 4 * camera.width, height: 4 * camera.height),
      depth: true)
    // A pixel's depth lies among those of the block of pixels it stands for, edges aside.
    var strays = 0
    for y in 0..<small.height {
      for x in 0..<small.width {
        let depths = (0..<16).map {
          large.depthBuffer[(4 * y + $0 / 4) * large.width + 4 * x + $0 % 4]
        }
        let depth = small.depthBuffer[y * small.width + x]
        if depth < (depths.min() ?? 0) - 1e-4 || depth > (depths.max() ?? 1) + 1e-4 { strays += 1 }
      }
    }
    #expect(Double(strays) < 0.01 * Double(small.width * small.height))
  }
}

/// Cutting triangles at the planes of a view.
struct ClippingTests {
  private func vertex(_ x: Float, _ y: Float, _ z: Float, _ w: Float) -> ClipVertex {
    ClipVertex(
      clip: SIMD4(x, y, z, w), world: SIMD3(x, y, z), normal: SIMD3(0, 0, 1),
      textureCoordinate: .zero)
  }

  @Test func whatIsInsideStaysWhole() {
    let inside = [vertex(0, 0, 0, 1), vertex(0.5, 0, 0, 1), vertex(0, 0.5, 0, 1)]
    #expect(clipped(inside).map(\.clip) == inside.map(\.clip))
    // The guard band: off the screen by less than its size again.
    let band = [vertex(-1.5, 0, 0, 1), vertex(0.5, 0, 0, 1), vertex(0, 0.5, 0, 1)]
    #expect(clipped(band).count == 3)
  }

  @Test func whatIsOutsideVanishes() {
    #expect(clipped([vertex(0, 0, -2, 1), vertex(1, 0, -3, 1), vertex(0, 1, -2, 1)]).isEmpty)
    #expect(clipped([vertex(3, 0, 0, 1), vertex(5, 0, 0, 1), vertex(4, 1, 0, 1)]).isEmpty)
  }

  @Test func cutPolygonsLieInsideTheirPlanes() {
    let triangle = [vertex(0, -1, -2, -1), vertex(5, 0, 0.5, 1), vertex(0, 0.5, 0.9, 1)]
    let polygon = clipped(triangle)
    #expect(polygon.count >= 3)
    for corner in polygon {
      #expect(corner.clip.w > 0)
      #expect(corner.clip.z >= -corner.clip.w - 1e-5)
      #expect(abs(corner.clip.x) <= corner.clip.w + 1e-5)
      // Attributes are cut in the same proportion.
      #expect(abs(corner.clip.x - corner.world.x) < 1e-5)
    }
  }
}

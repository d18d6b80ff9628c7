import Testing

@testable import Rendering

/// Pictures of the scenes that ship with the package: the same bytes on every x86-64 machine, for
/// every instruction set and number of workers.
struct PinnedPicturesTests {
  private static let steps = [0, 3, 4, 9]

  /// Fingerprints of the static camera's colours and depths, then the gripper camera's.
  private static let pinned = [
    "A": ["bb80f18dc7b0a1f4", "41748dd3175a159e", "15a59c0caf7e0c99", "3d2b4fa67d6b0b13"],
    "B": ["4c4058b0a47b012c", "9e15ea2582700467", "f6124d996cb6bbf1", "f6770161198fa315"],
    "C": ["3a056917496e2b14", "63fb721b9664bbb9", "8f0dfeec27d8a3f0", "91d93f06241629e8"],
    "D": ["1fd229714825848a", "7fe7f8e8fd604cd9", "678e16902f005851", "da2a58b13963c025"],
  ]

  private static func fingerprints(
    _ embedded: EmbeddedScene, _ renderer: CPURenderer
  ) throws -> [String] {
    let images = try steps.map { step in
      try renderer.render(
        embedded.drawing(step: step), views: embedded.views(step: step), depth: true)
    }
    return [0, 1].flatMap { camera in
      let pictures = images.map { $0[camera] }
      return [
        fingerprint(pictures.map { RenderedImage($0, depthBuffer: []) }),
        fingerprint(pictures.map { RenderedImage($0, rgb: []) }),
      ]
    }
  }

  @Test(arguments: ["A", "B", "C", "D"]) func everyInstructionSetDraws(scene: String) throws {
    let embedded = try EmbeddedScene(scene)
    let geometry = try RasterGeometry(embedded.scene)
    for set in InstructionSet.allCases where set <= .best {
      let renderer = CPURenderer(geometry, instructionSet: set)
      let prints = try Self.fingerprints(embedded, renderer)
      #expect(prints == Self.pinned[scene], "\(set)")
    }
  }

  @Test(arguments: [2, 4]) func workersDraw(count: Int) async throws {
    let embedded = try EmbeddedScene.d.get()
    let geometry = try RasterGeometry(embedded.scene)
    try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<count {
        group.addTask { try Self.fingerprints(embedded, CPURenderer(geometry)) }
      }
      for try await prints in group { #expect(prints == Self.pinned["D"]) }
    }
  }
}

extension RenderedImage {
  fileprivate init(_ image: RenderedImage, rgb: [UInt8]? = nil, depthBuffer: [Float]? = nil) {
    self.init(
      width: image.width, height: image.height, rgb: rgb ?? image.rgb,
      depthBuffer: depthBuffer ?? image.depthBuffer)
  }
}

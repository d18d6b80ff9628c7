import Foundation
import Testing

/// `calvin-eval render` draws what it was asked for or says what is wrong, and never a black frame.
@Suite(.enabled(if: Program.isBuilt, "calvin-eval is not built beside the tests"))
struct RenderCommandTests {
  /// Runs `body` with a folder of its own.
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "render-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func aPictureOfAnySizeWithDepthAndText() throws {
    try withFolder { folder in
      let text = "a line that is much too long for a picture of so few pixels across"
      let plain = try Program.run([
        "render", "--chain", "0", "--renderer", "cpu", "--size", "200x150", "--depth", "-o",
        folder.appending(path: "plain.png").path,
      ])
      let written = try Program.run([
        "render", "--chain", "0", "--renderer", "cpu", "--size", "200x150", "--overlay", text,
        "-o", folder.appending(path: "text.png").path,
      ])
      #expect(plain.status == 0, "\(plain.errors)")
      #expect(written.status == 0, "\(written.errors)")
      let pictures = try ["plain.png", "text.png"].map {
        try Data(contentsOf: folder.appending(path: $0))
      }
      #expect(pictures[0] != pictures[1])
      // Width and height in a PNG file's header.
      for picture in pictures {
        #expect(picture[16..<24].elementsEqual([0, 0, 0, 200, 0, 0, 0, 150]))
      }
      #expect(
        FileManager.default.fileExists(atPath: folder.appending(path: "plain_depth.npy").path))
    }
  }

  @Test(arguments: [
    ("fov: 40", "fov: 0", "fov between 0 and 180"),
    ("fov: 40", "fov: 180", "fov between 0 and 180"),
    ("fov: 40", "fov: 1e-9", "field of view"), ("farval: 10", "farval: 0.01", "nearval < farval"),
    ("width: 84", "width: 0", "from 1 to 4096"), ("width: 84", "width: 4097", "from 1 to 4096"),
    ("look_at: [0, 0, 0.5]", "look_at: [1, -1, 1]", "look_from and look_at to differ"),
    ("look_at: [0, 0, 0.5]", "look_at: [1, -1, 0]", "up_vector"),
    ("look_at: [0, 0, 0.5]", "look_at: [1, -0.9, 9]", "the frame shows nothing"),
  ])
  func aCameraThatCannotSeeIsBadInput(good: String, bad: String, expected: String) throws {
    let camera = """
      _target_: calvin_env.camera.static_camera.StaticCamera
      fov: 40
      aspect: 1
      nearval: 0.01
      farval: 10
      width: 84
      height: 84
      look_at: [0, 0, 0.5]
      look_from: [1, -1, 1]
      up_vector: [0, 0, 1]
      """
    try withFolder { folder in
      let file = folder.appending(path: "odd.yaml")
      try Data(camera.replacing(good, with: bad).utf8).write(to: file)
      let picture = folder.appending(path: "odd.png").path
      let outcome = try Program.run([
        "render", "--chain", "0", "--renderer", "cpu", "--camera", file.path, "-o", picture,
      ])
      #expect(outcome.status == 2)
      #expect(outcome.errors.contains(expected), "\(outcome.errors)")
      #expect(!FileManager.default.fileExists(atPath: picture))
    }
  }

  @Test func withoutEGLOnlyWhoAskedForItFails() throws {
    try withFolder { folder in
      // The loader finds this file first and cannot use it.
      try Data("no library".utf8).write(to: folder.appending(path: "libEGL.so.1"))
      let picture = folder.appending(path: "picture.png").path
      func render(_ options: [String]) throws -> Program.Outcome {
        try Program.run(
          ["render", "--chain", "0", "-o", picture] + options,
          environment: ["LD_LIBRARY_PATH": folder.path])
      }
      let asked = try render(["--renderer", "egl"])
      #expect(asked.status == 2)
      #expect(asked.errors.contains("apt-get install libegl1"))
      #expect(!FileManager.default.fileExists(atPath: picture))
      let auto = try render([])
      #expect(auto.status == 0, "\(auto.errors)")
      #expect(FileManager.default.fileExists(atPath: picture))
    }
  }
}

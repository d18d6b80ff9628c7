import ArgumentParser
import Assets
import Calvin
import Foundation
import NumPy
import Rendering
import Simulation

/// `calvin-eval render`: a picture of a state, for papers and reports.
struct RenderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Draw a picture of a state with one of the cameras, at any size up to 4096.",
    discussion: """
      The state is a JSON file with robot_obs and scene_obs, or the start of an official chain.
        calvin-eval render --chain 0 --camera static --size 1024 -o chain0.png
        calvin-eval render --scene B --state state.json --size 1280x720 --depth -o b.png
      """)

  @OptionGroup var scene: SceneOptions
  @OptionGroup var rendering: RendererOptions

  @Option(help: "A JSON file with robot_obs (15 numbers) and scene_obs (24 numbers).")
  var state: String?

  @Option(help: "The start of this official evaluation chain, counted from 0.")
  var chain: Int?

  @Option(help: "Camera: static, gripper, or a camera's YAML file.")
  var camera = "static"

  @Option(help: "Pixels: N for a square, or WIDTHxHEIGHT (default: the camera's own).")
  var size: String?

  @Option(name: .shortAndLong, help: "The PNG file to write.")
  var output: String

  @Flag(help: "Also write depth: OUT_depth.png (near is white) and OUT_depth.npy (metres).")
  var depth = false

  @Option(help: "A line of text to write into the picture.")
  var overlay: String?

  func validate() throws {
    guard state == nil || chain == nil else {
      throw ValidationError("expected one of --state and --chain, found both")
    }
    if let size, Self.parse(size) == nil {
      throw ValidationError(
        "--size: expected N or WIDTHxHEIGHT of 1 to \(View.largestSide), found \(size)")
    }
  }

  func run() async throws {
    do {
      try draw()
    } catch {
      FileHandle.standardError.write(Data("error: render: \(error)\n".utf8))
      throw ExitCode.badInput
    }
  }

  private func draw() throws {
    let assets = try scene.loadAssets().assets
    let environment = try Environment(assets: assets)
    if let target = try startState(assets) { try environment.reset(to: target) }
    var description = try cameraDescription(assets)
    if let size = size.flatMap(Self.parse) {
      let shape = Double(description.width) / Double(description.height)
      description.aspect *= Double(size.width) / Double(size.height) / shape
      (description.width, description.height) = size
    }
    let view = try environment.view(of: description)
    let renderer = try rendering.makeFactory(RenderScene(assets)).makeRenderer()
    let image = try renderer.render(environment.drawing, view: view, depth: depth)
    var picture = Bitmap(
      width: image.width, height: image.height, channels: 3, pixels: image.rgb)
    if let overlay { Self.write(overlay, into: &picture) }
    try picture.writePNG(to: output)
    guard depth else { return }
    let stem = output.hasSuffix(".png") ? String(output.dropLast(4)) : output
    let metres = image.depthMetres(of: view)
    try Self.picture(ofDepths: metres, image).writePNG(to: "\(stem)_depth.png")
    try NPYArray(metres, shape: [image.height, image.width]).write(to: "\(stem)_depth.npy")
  }

  private func startState(_ assets: SceneAssets) throws -> EnvironmentState? {
    if let chain {
      let chains = try taskLibrary().chains.evaluationChains(ChainGenerator.officialCount)
      guard chains.indices.contains(chain) else {
        throw ValidationError("--chain: expected 0 to \(chains.count - 1), found \(chain)")
      }
      return try chains[chain].initialState.startState(in: SceneLayout(assets.scene))
    }
    return try state.map { path in
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      let record: StateRecord
      do {
        record = try JSONDecoder().decode(StateRecord.self, from: data)
      } catch {
        throw ValidationError("\(path): expected robot_obs and scene_obs: \(error)")
      }
      return EnvironmentState(
        robotObservation: record.robot_obs, sceneObservation: record.scene_obs)
    }
  }

  private struct StateRecord: Decodable {
    var robot_obs: [Double]
    var scene_obs: [Double]
  }

  private func cameraDescription(_ assets: SceneAssets) throws -> CameraDescription {
    if let known = assets.cameras.first(where: { $0.name == camera }) { return known }
    let root =
      try scene.calvinEnv.map { try AssetRoot(calvinEnv: $0) } ?? AssetRoot.embedded()
    return try CameraDescription.load(camera, root: root)
  }

  private static func parse(_ size: String) -> (width: Int, height: Int)? {
    let numbers = size.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(numbers.count), let width = numbers[0],
      let height = numbers[numbers.count - 1]
    else { return nil }
    let sides = 1...View.largestSide
    return sides.contains(width) && sides.contains(height) ? (width, height) : nil
  }

  /// White text on a dark bar along the lower edge, in as many lines as it needs.
  private static func write(_ text: String, into picture: inout Bitmap) {
    let scale = max(1, picture.height / 256)
    let margin = 3 * scale
    let text = fold(text, width: picture.width - 2 * margin, scale: scale)
    let size = BitmapFont.size(of: text, scale: scale)
    let top = max(0, picture.height - size.height - 2 * margin)
    picture.fill(
      x: 0, y: top, width: picture.width, height: picture.height - top, color: [24, 24, 28])
    picture.draw(text, x: margin, y: top + margin, scale: scale, color: [255, 255, 255])
  }

  /// The text in lines of at most `width` pixels, broken between words where that is possible.
  private static func fold(_ text: String, width: Int, scale: Int) -> String {
    func fits(_ line: String) -> Bool { BitmapFont.size(of: line, scale: scale).width <= width }
    var lines = [""]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      let joined = last.isEmpty ? String(word) : last + " " + word
      if fits(joined) {
        lines[lines.count - 1] = joined
        continue
      }
      if !last.isEmpty { lines.append("") }
      for character in word {
        let longer = lines[lines.count - 1] + String(character)
        if fits(longer) || longer.count == 1 {
          lines[lines.count - 1] = longer
        } else {
          lines.append(String(character))
        }
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Grey, white at the nearest and black at the farthest depth that shows something.
  private static func picture(ofDepths metres: [Float], _ image: RenderedImage) -> Bitmap {
    let shown = zip(metres, image.depthBuffer).filter { $0.1 < 1 }.map(\.0)
    let near = shown.min() ?? 0
    let span = max((shown.max() ?? 1) - near, 1e-6)
    let pixels = metres.map { UInt8(255 * (1 - min(max(($0 - near) / span, 0), 1))) }
    return Bitmap(width: image.width, height: image.height, channels: 1, pixels: pixels)
  }
}

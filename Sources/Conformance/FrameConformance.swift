import Assets
import Foundation
import Rendering

/// Compares pictures of recorded poses with PyBullet's own.
public struct FrameConformance {
  /// How pictures are made and what is kept.
  public struct Options {
    /// The backend.
    public var renderer: RendererChoice
    /// EGL device index, nil for the first that works.
    public var gpu: Int?
    /// Depth buffer precision; the recordings have 16 bits.
    public var depthBits: Int
    /// Where to write side-by-side pictures: reference, ours, difference.
    public var differenceFolder: String?
    /// Where to write our pictures and depths under the reference's names.
    public var dumpFolder: String?

    /// Options; nil folders write nothing.
    public init(
      renderer: RendererChoice, gpu: Int? = nil, depthBits: Int = 16,
      differenceFolder: String? = nil, dumpFolder: String? = nil
    ) {
      self.renderer = renderer
      self.gpu = gpu
      self.depthBits = depthBits
      self.differenceFolder = differenceFolder
      self.dumpFolder = dumpFolder
    }
  }

  private let folder: String
  private let root: AssetRoot
  private let options: Options

  /// A comparison of the recordings in `folder`, drawn from the assets of `root`.
  public init(folder: String, root: AssetRoot, options: Options) {
    self.folder = folder
    self.root = root
    self.options = options
  }

  /// Draws and compares everything. Throws on references and assets that cannot be read.
  public func run() throws -> ConformanceReport {
    let names = try FrameReference.names(in: folder)
    let scenes = Dictionary(grouping: names) { String($0.prefix { $0 != "_" }) }
    var groups: [(name: String, scores: [FrameScore])] = []
    var kind = ""
    for scene in scenes.keys.sorted() {
      let assets = try SceneAssets.load(root: root, scene: scene)
      let renderScene = try RenderScene(assets)
      let lit = try RendererFactory(
        renderScene, choice: options.renderer, gpu: options.gpu,
        settings: RendererSettings(shadows: true, depthBits: options.depthBits))
      let shadowless = try RendererFactory(
        renderScene, choice: options.renderer, gpu: options.gpu,
        settings: RendererSettings(shadows: false, depthBits: options.depthBits))
      let renderers = (lit: try lit.makeRenderer(), shadowless: try shadowless.makeRenderer())
      kind = lit.selection.kind
      var scores: [String: [FrameScore]] = [:]
      for name in scenes[scene, default: []] {
        let reference = try FrameReference(
          name: name, folder: folder, cameras: assets.cameras)
        let drawing = try renderScene.drawing(
          worldFromLinkFrames: reference.drawing.worldFromLinkFrames,
          colors: assets.lampColors(
            sceneObservation: reference.drawing.sceneObservation))
        let renderer = reference.hasShadows ? renderers.lit : renderers.shadowless
        let images = try renderer.render(
          drawing, views: reference.cameras.map(\.view), depth: true)
        for (camera, image) in zip(reference.cameras, images) {
          scores[camera.name, default: []].append(
            FrameScore(
              name: "\(name)_\(camera.name)", image: image, view: camera.view,
              referenceRGB: camera.rgb.pixels, referenceDepth: camera.depth))
          try keep(image, camera: camera, state: name)
        }
      }
      for camera in ["static", "gripper"] {
        groups.append(("\(scene) \(camera)", scores[camera, default: []]))
      }
    }
    return report(groups, kind: kind)
  }

  private func report(
    _ groups: [(name: String, scores: [FrameScore])], kind: String
  ) -> ConformanceReport {
    let all = groups.flatMap(\.scores)
    let total = FrameTotals(all)
    let isEGL = kind == "egl"
    let depthAgrees = options.depthBits != 16 || total.depthWithinOne >= 0.99
    let agrees =
      isEGL
      ? total.identical >= 0.99 && total.meanPSNR >= 45 && total.leastPSNR >= 34
        && total.withinThree >= 0.995 && depthAgrees
      : total.meanPSNR >= 40 && total.leastPSNR >= 32 && total.withinThree >= 0.98 && depthAgrees
    var lines = groups.map { "\($0.name): \(FrameTotals($0.scores).text)" }
    for camera in ["static", "gripper"] {
      let scores = groups.filter { $0.name.hasSuffix(camera) }.flatMap(\.scores)
      lines.append("\(camera): \(FrameTotals(scores).text)")
    }
    lines.append("\(kind), \(options.depthBits)-bit depth, all: \(total.text)")
    return ConformanceReport(
      lines: lines,
      totals: [
        ("images", Double(all.count)), ("identical_pixels", total.identical),
        ("psnr_mean_db", total.meanPSNR), ("psnr_min_db", total.leastPSNR),
        ("within_3_levels", total.withinThree), ("depth_within_1_step", total.depthWithinOne),
      ], agrees: agrees)
  }

  private func keep(
    _ image: RenderedImage,
    camera: (name: String, view: View, rgb: Bitmap, depth: [Float]), state: String
  ) throws {
    let picture = Bitmap(
      width: image.width, height: image.height, channels: 3, pixels: image.rgb)
    if let dump = options.dumpFolder {
      try FileManager.default.createDirectory(atPath: dump, withIntermediateDirectories: true)
      try picture.writePNG(to: "\(dump)/\(state)_\(camera.name).png")
    }
    if let folder = options.differenceFolder {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let score = FrameScore(
        name: "\(state)_\(camera.name)", image: image, view: camera.view,
        referenceRGB: camera.rgb.pixels, referenceDepth: camera.depth)
      try sideBySide(reference: camera.rgb, ours: picture, score: score)
        .writePNG(to: "\(folder)/\(state)_\(camera.name).png")
    }
  }
}

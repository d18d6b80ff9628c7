import ArgumentParser
import Assets
import Calvin
import DatasetAudits
import Datasets
import Foundation
import Rendering

/// `calvin-eval data project DIR --frame N -o out.png`: do 2D and 3D meet?
struct DataProjectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "project",
    abstract: "Draw a frame's TCP path, block outlines and action into its pictures.",
    discussion: """
      World to pixel: the TCP's path (blue before, yellow after), every block's outline, an arrow
      from the TCP to the action's target (green opens, red closes). Pixel to world: depth where the
      state says that a block is seen, taken back to the world, is compared with the block's surface;
      the distance is printed. Leaves with 1 when they do not meet.
        calvin-eval data project ../task_D_D/validation --frame 53600 -o frame.png
      """)

  @Argument(
    help: "A split of a dataset, or the dataset's folder (the first split with the frame then).")
  var folder: String

  @Option(help: "Number of the frame.")
  var frame: Int

  @Option(name: .shortAndLong, help: "The PNG file to write.")
  var output: String

  @Option(help: "Scene of the frame: A, B, C or D (default: as scene_info.npy says).")
  var scene: String?

  @Option(
    name: .customLong("calvin-env"),
    help: "A calvin_env checkout to read scenes from (default: the embedded Scenes/).")
  var calvinEnv: String?

  @OptionGroup var report: OutputOptions

  func run() throws {
    let projection: Projection
    do {
      let splits = try DatasetSplit.splits(at: folder, toleratesFaults: true)
      let split = splits.first { $0.episode(of: frame) != nil } ?? splits[0]
      let root = try calvinEnv.map { try AssetRoot(calvinEnv: $0) } ?? AssetRoot.embedded()
      let library = try SceneLibrary(
        root: root, configurationFile: split.configurationFile,
        makeRenderers: { try RendererFactory($0, choice: .cpu, settings: $1) })
      projection = try Projection(
        frame, of: split, library: library,
        scenes: SceneNames(split, library: library, forced: scene))
      try projection.sheet.writePNG(to: output)
    } catch {
      FileHandle.standardError.write(Data("error: data project: \(error)\n".utf8))
      throw ExitCode.badInput
    }
    print(self.report.json ? Self.json(projection).pythonText : Self.text(projection))
    if !projection.meets { throw ExitCode.mismatch }
  }

  private static func text(_ projection: Projection) -> String {
    let lines = projection.residuals.map { residual in
      residual.camera.padding(toLength: 8, withPad: " ", startingAt: 0)
        + residual.block.padding(toLength: 12, withPad: " ", startingAt: 0)
        + String(
          format: "%5d pixels, %.2f mm from the block in the median, 95%% below %.2f mm, "
            + "%.0f%% off",
          residual.pixels, 1000 * residual.median, 1000 * residual.high, 100 * residual.off)
    }
    let covered =
      projection.coveredPixels > 0
      ? ["\(projection.coveredPixels) more pixels of blocks show something in front of them"] : []
    return
      (["frame \(projection.frame), \(projection.depthSource) depth against the blocks"]
      + (lines.isEmpty ? ["no block is seen"] : lines) + covered).joined(separator: "\n")
  }

  private static func json(_ projection: Projection) -> OrderedJSON {
    .object([
      .init(key: "frame", value: .integer(projection.frame)),
      .init(key: "depth", value: .string(projection.depthSource)),
      .init(key: "covered_pixels", value: .integer(projection.coveredPixels)),
      .init(
        key: "residuals",
        value: .array(
          projection.residuals.map { residual in
            .object([
              .init(key: "camera", value: .string(residual.camera)),
              .init(key: "block", value: .string(residual.block)),
              .init(key: "pixels", value: .integer(residual.pixels)),
              .init(key: "median_metres", value: .number(residual.median)),
              .init(key: "high_metres", value: .number(residual.high)),
              .init(key: "off_fraction", value: .number(residual.off)),
            ])
          })),
    ])
  }
}

import ArgumentParser
import Assets
import Calvin
import DatasetAudits
import Datasets
import Foundation
import Rendering

/// `calvin-eval data audit DIR`: do a dataset's parts belong together?
struct DataAuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Check that actions, pictures and texts of a dataset belong together.",
    discussion: """
      Compares rel_actions with actions and robot_obs, draws every camera's picture again from the
      recorded state (frames before and after included), asks the oracle whether annotated spans
      show their tasks, and plays the recorded actions in the simulator.
      Leaves with 0 when nothing is wrong, with 1 when something is; each finding has a code
      (docs/audit.md lists them).
      Examples:
        calvin-eval data audit ../task_D_D
        calvin-eval data audit ../task_ABC_D/training --sample 5000 --page audit.html --json
      """)

  @Argument(help: "A split of a dataset, or the dataset's folder.")
  var folder: String

  @Option(
    help: ArgumentHelp(
      "Frames each check examines, in runs spread over the split; 0 for all.", valueName: "n"))
  var sample = 20_000

  @Option(help: "Scene of all frames: A, B, C or D (default: as scene_info.npy says).")
  var scene: String?

  @Option(
    name: .customLong("calvin-env"),
    help: "A calvin_env checkout to read scenes from (default: the embedded Scenes/).")
  var calvinEnv: String?

  @Option(help: "Threads (default: one per core).")
  var workers = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Backend: auto (a GPU, else the CPU), egl (OpenGL), or cpu.")
  var renderer = RendererChoice.auto

  @Option(
    name: .customLong("render-gpu"),
    help: ArgumentHelp("EGL device to draw on.", valueName: "n"))
  var renderGPU: Int?

  @Option(
    help: ArgumentHelp(
      "Write a self-contained HTML page with plots and pictures.", valueName: "html"))
  var page: String?

  @OptionGroup var language: LanguageOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if sample < 0 { throw ValidationError("--sample must be at least 0") }
    if workers < 1 { throw ValidationError("--workers must be at least 1") }
  }

  func run() throws {
    var audits: [DatasetAudit] = []
    do {
      let library = try taskLibrary()
      let root = try calvinEnv.map { try AssetRoot(calvinEnv: $0) } ?? AssetRoot.embedded()
      let (renderer, gpu) = (renderer, renderGPU)
      var splits: [(DatasetAudit, [AuditPicture])] = []
      let all = try DatasetSplit.splits(
        at: folder, languageFolder: language.folder, toleratesFaults: true)
      for split in all {
        let scenes = try SceneLibrary(
          root: root, configurationFile: split.configurationFile,
          makeRenderers: { scene, style in
            try RendererFactory(scene, choice: renderer, gpu: gpu, settings: style)
          })
        if let scene { _ = try scenes.scene(scene) }
        let audit = try DatasetAudit(
          of: split, tasks: library, library: scenes,
          options: .init(budget: sample == 0 ? nil : sample, workers: workers, scene: scene))
        audits.append(audit)
        if page != nil { splits.append((audit, AuditPicture.worst(of: audit, library: scenes))) }
      }
      if let page {
        try AuditPage(splits).html().write(toFile: page, atomically: true, encoding: .utf8)
      }
    } catch {
      FileHandle.standardError.write(Data("error: \(error)\n".utf8))
      throw ExitCode.badInput
    }
    print(
      output.json
        ? OrderedJSON.object([.init(key: "splits", value: .array(audits.map(\.json)))])
          .pythonText
        : audits.map(\.text).joined(separator: "\n\n"))
    if !audits.allSatisfy(\.isClean) { throw ExitCode.mismatch }
  }
}

import ArgumentParser
import Datasets
import Foundation
import Reports
import Results

/// `calvin-eval data show DIR`: look at a span.
struct DataShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a span of a dataset: both cameras, instruction, actions and states in step.",
    discussion: """
      A page (.html) plays by itself, steps with the arrow keys and jumps where a plot is clicked; it
      needs nothing else and no network. A video (.mp4) needs ffmpeg; without it an animated PNG is
      written.

      Examples:
        calvin-eval data show ../task_D_D/validation --task open_drawer -o drawer.html
        calvin-eval data show demos --span 12 --context 10 -o clip.mp4
      """)

  @Argument(
    help: """
      A split of a dataset, or the dataset's folder: --span counts in its first split then, --task \
      takes the first split that shows it.
      """)
  var folder: String

  @Option(help: ArgumentHelp("Number of the span in auto_lang_ann.npy, from 0.", valueName: "k"))
  var span: Int?

  @Option(help: "Show the first span of this task.")
  var task: String?

  @Option(
    help: ArgumentHelp(
      "Further frames of the episode before and after the span.", valueName: "n"))
  var context = 0

  @Option(
    name: .shortAndLong, help: ArgumentHelp("A .html page or a .mp4 video.", valueName: "file"))
  var output: String

  @OptionGroup var language: LanguageOptions
  @OptionGroup var format: VideoFormatOptions

  func validate() throws {
    guard (span == nil) != (task == nil) else {
      throw ValidationError("Give either --span K or --task T.")
    }
    guard context >= 0 else { throw ValidationError("--context is at least 0, not \(context).") }
    guard output.hasSuffix(".html") || output.hasSuffix(".mp4") else {
      throw ValidationError("-o \(output): expected a name ending in .html or .mp4")
    }
  }

  func run() throws {
    try exitingOnBadInput {
      let clip = try clip()
      if output.hasSuffix(".html") {
        try DurableFile.write(try clip.page(), to: output)
        print(output)
      } else {
        print(try film(clip))
      }
    }
  }

  private func clip() throws -> Clip {
    let splits = try DatasetSplit.splits(at: folder, languageFolder: language.folder)
    let split =
      splits.first { split in
        task == nil || split.annotations?.spans.contains { $0.task == task } == true
      } ?? splits[0]
    guard let annotations = split.annotations else {
      throw DatasetError(split.path, "has no annotated spans (auto_lang_ann.npy)")
    }
    let spans = annotations.spans
    let index: Int
    if let span {
      guard spans.indices.contains(span) else {
        throw InputError("--span \(span): \(annotations.file) has spans 0 to \(spans.count - 1)")
      }
      index = span
    } else {
      guard let found = spans.firstIndex(where: { $0.task == task }) else {
        let known = Set(spans.map(\.task)).sorted().joined(separator: ", ")
        throw InputError("--task: no span shows '\(task ?? "")'; the dataset shows \(known)")
      }
      index = found
    }
    let shown = spans[index]
    // A span may be wrong about its episode; what is there is shown.
    let episode = split.episode(of: shown.first)
    let first = max(shown.first - context, min(shown.first, episode?.first ?? shown.first))
    let last = min(shown.last + context, max(shown.last, episode?.last ?? shown.last))
    var steps: [Clip.Step] = []
    let fields: DatasetFrame.Fields = [.pictures, .actions, .state]
    try FrameStream(split, fields: fields).forEach(Array(first...last)) { frame in
      guard let fixed = frame.staticCamera, let gripper = frame.gripperCamera else { return }
      steps.append(
        Clip.Step(
          number: frame.number, fixed: fixed, gripper: gripper, action: frame.action,
          relativeAction: frame.relativeAction, state: frame.state))
    }
    return Clip(
      dataset: Self.name(of: split.path), span: index, task: shown.task,
      instruction: shown.instruction, scene: split.scene(of: shown.first),
      annotated: shown.first...shown.last, steps: steps)
  }

  /// The last two parts of a path: `task_D_D/training`.
  private static func name(of path: String) -> String {
    URL(filePath: path).standardizedFileURL.pathComponents.suffix(2).joined(separator: "/")
  }

  private func film(_ clip: Clip) throws -> String {
    let folder = URL(filePath: output).deletingLastPathComponent().path
    guard access(folder, W_OK) == 0 else {
      throw InputError("-o \(output): \(folder) is no folder that can be written to")
    }
    // An encoder that dies is an error to report, not the end of this program.
    signal(SIGPIPE, SIG_IGN)
    let layout = ClipLayout(of: clip, size: format.videoSize)
    let file = try VideoFile(
      path: String(output.dropLast(".mp4".count)), width: layout.width, height: layout.height,
      ffmpeg: format.ffmpeg)
    for index in clip.steps.indices { try file.append(layout.picture(at: index)) }
    try file.finish()
    return file.path
  }
}

import ArgumentParser
import Foundation
import Logging
import Reports
import Results
import Rollouts

/// `calvin-eval video RUN`.
struct VideoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "video",
    abstract: "Film chains of a run from their recorded actions, without the policy.",
    discussion: """
      Writes MP4 where ffmpeg is installed, else animated PNG, into the run's folder videos.

      Examples:
        calvin-eval video Results/night --chains 3,17
        calvin-eval video Results/night --select failed --video-size 480
      """)

  @Argument(help: ArgumentHelp("Folder of the run.", valueName: "run"))
  var folder: String

  @Option(help: ArgumentHelp("Chain numbers, separated by commas.", valueName: "list"))
  var chains: String?

  @Option(help: ArgumentHelp("Chains by outcome.", valueName: "failed|all|first:N"))
  var select: VideoSelection?

  @OptionGroup var format: VideoFormatOptions

  mutating func validate() throws {
    guard (chains == nil) != (select == nil) else {
      throw ValidationError("Give either --chains LIST or --select failed|all|first:N.")
    }
  }

  func run() async throws {
    let log = standardErrorLogger()
    try exitingOnBadInput {
      let run = try FinishedRun(folder)
      let numbers = try chains.map(Self.numbers) ?? select?.chains(of: run.outcomes.results) ?? []
      let plan = try run.plan(log: log)
      for file in try format.film(numbers, of: plan, log: log) { print(file) }
    }
  }

  private static func numbers(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Int(part), number >= 0 else {
        throw InputError("--chains \(text): '\(part)' is no chain number; expected e.g. 3,17")
      }
      return number
    }
  }
}

/// How videos look and what writes them.
struct VideoFormatOptions: ParsableArguments {
  @Option(
    name: .customLong("video-size"),
    help: ArgumentHelp("Side of each camera's picture in a video.", valueName: "pixels"))
  var videoSize = 300

  @Flag(
    name: .customLong("animated-png"), help: "Write animated PNG even where ffmpeg is installed.")
  var animatedPNG = false

  mutating func validate() throws {
    guard (64...1080).contains(videoSize) else {
      throw ValidationError("--video-size is 64 to 1080 pixels, not \(videoSize).")
    }
  }

  /// Films chains of a finished run into its folder `videos`; gives the files.
  @discardableResult
  func film(_ chains: [Int], of plan: RunPlan, log: Logger) throws -> [String] {
    // An encoder that dies is an error to report, not the end of this program.
    signal(SIGPIPE, SIG_IGN)
    let layout = VideoLayout(size: videoSize)
    let ffmpeg = ffmpeg
    let folder = plan.directory.path + "/videos"
    try DurableFile.createFolder(folder)
    if ffmpeg == nil, !animatedPNG {
      log.warning("ffmpeg is not installed: videos become animated PNG files")
    }
    return try chains.map { chain in
      let path = folder + "/chain_" + chain.padded(to: 4)
      try plan.replay(chains: [chain]) { result in
        ChainVideo(
          of: result, layout: layout,
          file: try VideoFile(path: path, layout: layout, ffmpeg: ffmpeg))
      }
      return path + (ffmpeg == nil ? ".png" : ".mp4")
    }
  }

  /// The encoder, nil where there is none or it is not wanted.
  var ffmpeg: String? { animatedPNG ? nil : Self.programNamed("ffmpeg") }

  /// The program of this name on the user's path.
  private static func programNamed(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}

extension VideoSelection: ExpressibleByArgument {
  /// Reads `failed`, `all` or `first:N`.
  public init?(argument: String) { self.init(argument) }

  /// The chains of these results that are meant.
  func chains(of results: [ChainResult]) -> [Int] {
    switch self {
    case .all: results.map(\.chain)
    case .failed: results.filter { $0.successes < $0.tasks.count }.map(\.chain)
    case .first(let count): results.prefix(count).map(\.chain)
    }
  }
}

import ArgumentParser
import Calvin
import Datasets
import Foundation

/// `calvin-eval data info DIR`: what a dataset holds.
struct DataInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Describe a dataset: frames, scenes, tasks, instructions, action statistics.",
    discussion: """
      DIR is a split (it has ep_start_end_ids.npy) or holds training/ and validation/.
      Examples:
        calvin-eval data info ../task_D_D
        calvin-eval data info ../task_ABC_D/training --sample 20000 --json
        calvin-eval data info ../task_D_D/training --statistics > statistics.yaml
      """)

  @Argument(help: "A split of a dataset, or the dataset's folder.")
  var folder: String

  @Option(help: "Read about this many frames for the statistics, spread over the split.")
  var sample: Int?

  @Flag(help: "Print mean, std and bounds in the form of upstream's statistics.yaml only.")
  var statistics = false

  @OptionGroup var language: LanguageOptions
  @OptionGroup var index: IndexOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let sample, sample < 1 { throw ValidationError("--sample must be at least 1") }
    if statistics && output.json {
      throw ValidationError("--statistics and --json exclude each other")
    }
  }

  func run() throws {
    let summaries: [DatasetSummary]
    do {
      let names = try taskLibrary().taskNames
      let splits = try DatasetSplit.splits(at: folder, languageFolder: language.folder)
      summaries = try splits.map {
        try DatasetSummary(of: $0, taskNames: names, sample: sample, cache: index.cache)
      }
    } catch {
      FileHandle.standardError.write(Data("error: \(error)\n".utf8))
      throw ExitCode.badInput
    }
    if statistics {
      // Two splits are two documents: one mapping cannot have the same keys twice.
      print(
        summaries.map { "# \($0.split.path)\n\($0.numbers.normalization.yaml)" }
          .joined(separator: "---\n"), terminator: "")
    } else if output.json {
      print(
        OrderedJSON.object([
          .init(key: "splits", value: .array(summaries.map(DatasetSummaryText.json)))
        ]).pythonText)
    } else {
      print(summaries.map(DatasetSummaryText.text).joined(separator: "\n\n"))
    }
  }
}

import ArgumentParser
import Calvin
import Datasets
import Foundation

/// `calvin-eval bench data DIR`: opening a dataset and decoding its frames.
struct DataBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Measure opening a dataset and decoding both pictures and the actions of its frames.",
    discussion: """
      list_ms is the time to list the folder, list_kept_ms the same from the list an earlier start
      kept (large folders only). scripts/numpy_loading.py measures numpy on the same files.

        calvin-eval bench data ../shared/reference/dataset
      """)

  @Argument(help: "A split of a dataset in CALVIN's layout.")
  var folder: String

  @Option(help: "Frames to decode; the split's frames repeat when it has fewer. 0: only open it.")
  var frames = 2000

  @OptionGroup var index: IndexOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard frames >= 0 else { throw ValidationError("--frames must be at least 0") }
  }

  func run() throws {
    do {
      try measure()
    } catch {
      FileHandle.standardError.write(Data("error: bench data: \(error)\n".utf8))
      throw ExitCode.badInput
    }
  }

  private func measure() throws {
    var opening = Measurement()
    let split = try opening.measure { try DatasetSplit(path: folder) }
    var listing = Measurement()
    let inventory = try listing.measure { try FrameInventory(of: split) }
    var kept = Measurement()
    _ = try FrameInventory(of: split, cache: index.cache)
    _ = try kept.measure { try FrameInventory(of: split, cache: index.cache) }
    var figures: [(String, Double)] = [
      ("open_ms", opening.medianMilliseconds), ("list_ms", listing.medianMilliseconds),
      ("list_kept_ms", kept.medianMilliseconds), ("files", Double(inventory.count)),
    ]
    if frames > 0 { figures += try decode(split, inventory) }
    figures.append(("resident_mib", residentMebibytes() ?? 0))
    if output.json {
      print(
        OrderedJSON.object(figures.map { .init(key: $0.0, value: .number($0.1)) }).pythonText)
    } else {
      for (name, value) in figures { print(name, String(format: "%.3f", value)) }
    }
  }

  private func decode(
    _ split: DatasetSplit, _ inventory: FrameInventory
  ) throws -> [(String, Double)] {
    let there = split.episodes.flatMap { inventory.frames(from: $0.first, through: $0.last) }
    guard !there.isEmpty else { throw DatasetError(folder, "no frame of an episode has a file") }
    let numbers = (0..<frames).map { there[$0 % there.count] }
    let stream = FrameStream(split, fields: [.pictures, .actions])
    var bytes = 0
    try stream.forEach(Array(numbers.prefix(64))) { _ in }  // The first reading warms the cache.
    var decoding = Measurement()
    let processor = processorSeconds()
    try decoding.measure {
      try stream.forEach(numbers) { frame in
        bytes += (frame.staticCamera?.rgb.count ?? 0) + (frame.gripperCamera?.rgb.count ?? 0)
      }
    }
    let seconds = decoding.medianMilliseconds / 1000
    return [
      ("frames", Double(frames)), ("frames_per_second", Double(frames) / seconds),
      ("megabytes_per_second", Double(bytes) / seconds / 1e6),
      ("processor_ms_per_frame", (processorSeconds() - processor) * 1000 / Double(frames)),
    ]
  }
}

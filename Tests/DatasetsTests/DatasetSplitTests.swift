@testable import Datasets
import Foundation
import NumPy
import Testing

@Suite struct DatasetSplitTests {
  @Test(arguments: [(true, false), (false, false), (true, true)])
  func framesAreReadAsWritten(compressed: Bool, singlePrecision: Bool) throws {
    let sample = try SampleDataset(compressed: compressed, singlePrecision: singlePrecision)
    let split = try DatasetSplit(path: sample.path)
    #expect(split.episodes.map { $0.first...$0.last } == sample.episodes)
    #expect(split.frameCount == 20)
    #expect(split.annotations == nil && split.scenes.isEmpty && split.statistics == nil)
    let frame = try split.frame(12, fields: [.pictures, .depth, .actions, .state])
    #expect(frame.number == 12)
    #expect(frame.staticCamera?.width == 20 && frame.staticCamera?.rgb[1] == 43)
    #expect(frame.gripperCamera?.rgb.first == 13)
    #expect(frame.gripperCamera?.depth == [Float](repeating: 2, count: 64))
    let expected = sample.relativeAction(12).map { singlePrecision ? Double(Float($0)) : $0 }
    #expect(frame.relativeAction == expected)
    #expect(frame.state.robotObservation[8] == 12.5)
    #expect(frame.state.sceneObservation[3] == 0)
  }

  @Test func onlyWhatIsAskedForIsRead() throws {
    let sample = try SampleDataset()
    let split = try DatasetSplit(path: sample.path)
    let frame = try split.frame(10, fields: [.rgbGripper])
    #expect(frame.staticCamera == nil && frame.gripperCamera?.depth.isEmpty == true)
    #expect(frame.action.isEmpty && frame.state.robotObservation.isEmpty)
  }

  @Test func damagedFilesNameThemselves() throws {
    let sample = try SampleDataset()
    let split = try DatasetSplit(path: sample.path)
    let whole = try readFile(sample.file(11))
    try writeFileAtomically(Array(whole.dropLast(100)), to: sample.file(11))
    let cut = #expect(throws: DatasetError.self) { try split.frame(11, fields: .state) }
    #expect(cut?.path == sample.file(11))
    try writeNPZ([("actions", NPYArray([1.0]))], to: sample.file(11))
    let shape = #expect(throws: DatasetError.self) { try split.frame(11, fields: .actions) }
    #expect(shape?.path == sample.file(11) + "/actions")
    let absent = #expect(throws: DatasetError.self) { try split.frame(20, fields: .actions) }
    #expect(absent?.path == sample.file(20))
  }

  @Test func aStreamKeepsTheOrderAndStopsAtDamage() throws {
    let sample = try SampleDataset()
    let split = try DatasetSplit(path: sample.path)
    for ahead in [1, 3, 64] {
      var seen: [Int] = []
      let wanted = [30, 12, 12, 10, 34, 25, 19]
      try FrameStream(split, fields: [.actions], ahead: ahead).forEach(wanted) {
        seen.append($0.number)
        #expect($0.relativeAction == sample.relativeAction($0.number))
      }
      #expect(seen == wanted)
    }
    try FrameStream(split, fields: [.actions]).forEach([]) { _ in Issue.record("no frame") }
    try FileManager.default.removeItem(atPath: sample.file(13))
    var seen: [Int] = []
    let error = #expect(throws: DatasetError.self) {
      try FrameStream(split, fields: [.actions], ahead: 2).forEach(Array(10...19)) {
        seen.append($0.number)
      }
    }
    #expect(error?.path == sample.file(13))
    #expect(seen == [10, 11, 12])
  }

  @Test func inconsistentIndexFilesAreRefused() throws {
    let sample = try SampleDataset()
    try NPYArray([10, 9]).write(to: "\(sample.path)/ep_lens.npy")
    let lengths = #expect(throws: DatasetError.self) { try DatasetSplit(path: sample.path) }
    #expect(lengths?.message.contains("episode 1 is 9 frames long") == true)
    try NPYArray([19, 10], shape: [1, 2]).write(to: "\(sample.path)/ep_start_end_ids.npy")
    let ids = #expect(throws: DatasetError.self) { try DatasetSplit(path: sample.path) }
    #expect(ids?.message == "episode 0 goes from frame 19 to 10")
    let none = #expect(throws: DatasetError.self) { try DatasetSplit(path: sample.path + "/x") }
    #expect(none?.message.contains("ep_start_end_ids.npy") == true)
  }

  @Test func anInventoryIsKeptElsewhereUntilTheFolderChanges() throws {
    let sample = try SampleDataset()
    let split = try DatasetSplit(path: sample.path)
    let kept = sample.path + "-lists"
    defer { try? FileManager.default.removeItem(atPath: kept) }
    func lists() -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: kept)) ?? []).sorted()
    }
    let before = try FileManager.default.contentsOfDirectory(atPath: sample.path).sorted()
    #expect(try FrameInventory(of: split).present == sample.episodes)
    _ = try FrameInventory(of: split, cache: InventoryCache(folder: kept))
    #expect(lists().isEmpty, "a small folder's list is not worth keeping")
    _ = try FrameInventory(of: split, cache: InventoryCache(folder: kept, keptFrom: 1))
    #expect(lists().isEmpty, "a folder changed just now may change again unnoticed")

    let cache = InventoryCache(folder: kept, keptFrom: 1, settling: 0)
    let first = try FrameInventory(of: split, cache: cache)
    #expect(lists().count == 1 && first.present == sample.episodes)
    #expect(cache.ranges(of: try FolderState(of: sample.path)) == first.present)
    #expect(try FrameInventory(of: split, cache: cache) == first)

    try FileManager.default.removeItem(atPath: sample.file(13))
    #expect(cache.ranges(of: try FolderState(of: sample.path)) == nil)
    let second = try FrameInventory(of: split, cache: cache)
    #expect(second.present == [10...12, 14...19, 25...34])
    #expect(!second.contains(13) && second.contains(14) && !second.contains(35))
    #expect(second.count == 19)
    #expect(second.frames(from: 11, through: 15) == [11, 12, 14, 15])
    #expect(second.firstMissing(from: 10, through: 19) == 13)
    #expect(second.firstMissing(from: 14, through: 19) == nil)
    #expect(second.firstMissing(from: 33, through: 40) == 35)
    #expect(second.firstMissing(from: 0, through: 40) == 0)
    for damaged in [[], [1, 2, 3]] as [[UInt8]] {
      try writeFileAtomically(damaged, to: "\(kept)/\(lists()[0])")
      #expect(try FrameInventory(of: split, cache: cache) == second)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: sample.path).sorted()
        == before.filter { !$0.contains("13") }, "nothing is ever written into the dataset")
    // A place that cannot be written is no error.
    let nowhere = InventoryCache(folder: "/dev/null/lists", keptFrom: 1, settling: 0)
    #expect(try FrameInventory(of: split, cache: nowhere) == second)
  }

  @Test func theNamingIsFoundWhateverElseLiesThere() throws {
    let sample = try SampleDataset()
    let frames = try readFile(sample.file(11))
    try FileManager.default.removeItem(atPath: sample.file(10))
    for stray in ["aaa_1.npz", "zzz99.npz", "cache.npz"] {
      try writeFileAtomically(frames, to: "\(sample.path)/\(stray)")
    }
    #expect(try DatasetSplit(path: sample.path).naming == FrameNaming())
    let files = try FileManager.default.contentsOfDirectory(atPath: sample.path)
    for name in files where name.hasPrefix("episode_") {
      let other = name.replacingOccurrences(of: "episode_00000", with: "step0")
      try FileManager.default.moveItem(
        atPath: "\(sample.path)/\(name)", toPath: "\(sample.path)/\(other)")
    }
    // No form is CALVIN's and none has the first frame: the first by name, not by the folder's order.
    #expect(
      try DatasetSplit(path: sample.path).naming == FrameNaming(prefix: "aaa_", digits: 1))
    try writeFileAtomically(frames, to: "\(sample.path)/step010.npz")
    let split = try DatasetSplit(path: sample.path)
    #expect(split.naming == FrameNaming(prefix: "step", digits: 3))
    #expect(try FrameInventory(of: split).count == 20)
    #expect(try split.frame(34, fields: .actions).relativeAction == sample.relativeAction(34))
  }

  @Test func annotationsAreFoundInTheOfficialFoldersOrTheOneAskedFor() throws {
    let sample = try SampleDataset()
    func annotate(_ folder: String, _ task: String) throws {
      try FileManager.default.createDirectory(
        atPath: "\(sample.path)/\(folder)", withIntermediateDirectories: true)
      let span = LanguageAnnotations.Span(first: 10, last: 12, task: task, instruction: "go")
      let index = SplitIndex(
        episodes: [], scenes: [], spans: [span],
        statistics: NormalizationStatistics(
          robot: .init(mean: [], deviation: []), scene: .init(mean: [], deviation: []),
          actionMinimum: [], actionMaximum: []), configuration: "")
      let bytes = try #require(index.files.first { $0.path.hasSuffix("auto_lang_ann.npy") }).bytes
      try writeFileAtomically(bytes, to: "\(sample.path)/\(folder)/auto_lang_ann.npy")
    }
    func task(_ folder: String? = nil) throws -> String? {
      try DatasetSplit(path: sample.path, languageFolder: folder).annotations?.spans.first?.task
    }
    #expect(try task() == nil)
    try annotate("my_lang", "own")
    #expect(try task() == nil, "only the official names are looked for")
    #expect(try task("my_lang") == "own")
    try annotate("lang_clip_ViTB32", "clip")
    try annotate("lang_paraphrase-MiniLM-L3-v2", "paraphrase")
    #expect(try task() == "paraphrase")
    try annotate(".", "root")
    #expect(try task() == "root")
    try annotate("lang_annotations", "usual")
    #expect(try task() == "usual")
    #expect(try task("lang_clip_ViTB32") == "clip")
    let absent = #expect(throws: DatasetError.self) { try task("lang_BERT") }
    #expect(absent?.path.hasSuffix("lang_BERT/auto_lang_ann.npy") == true)
    #expect(
      absent?.message.contains(
        "lang_annotations, lang_clip_ViTB32, lang_paraphrase-MiniLM-L3-v2, my_lang") == true)
  }

  @Test func hugeEpisodesOfNoFilesAreNoBurden() throws {
    let sample = try SampleDataset()
    try NPYArray([0, 1 << 31], shape: [1, 2]).write(to: "\(sample.path)/ep_start_end_ids.npy")
    try NPYArray([(1 << 31) + 1]).write(to: "\(sample.path)/ep_lens.npy")
    let split = try DatasetSplit(path: sample.path)
    #expect(try DatasetSummary(of: split, taskNames: []).missingFrames == (1 << 31) + 1 - 20)
    let audit = StructureAudit(of: split, inventory: try FrameInventory(of: split), scenes: [])
    #expect(audit.findings.map(\.code) == [.missingFrames])
  }

  @Test(.enabled(if: Recordings.exist, "no recordings beside the package"))
  func damagedAnnotationsGiveErrorsNotCrashes() throws {
    let sample = try SampleDataset()
    let file = "\(sample.path)/auto_lang_ann.npy"
    let whole = try readFile("\(Recordings.reference)/dataset/lang_annotations/auto_lang_ann.npy")
    var random = RandomState(seed: 4)
    var refused = 0
    for _ in 0..<400 {
      var damaged = whole
      for _ in 0...random.randint(0, 4) {
        damaged[random.randint(0, min(900, damaged.count))] = UInt8(random.randint(0, 256))
      }
      try writeFileAtomically(damaged, to: file)
      do { _ = try DatasetSplit(path: sample.path) } catch {
        refused += 1
        #expect(error.path.hasPrefix(file))
      }
    }
    #expect(refused > 200)
  }

  @Test func theSummaryCounts() throws {
    let sample = try SampleDataset()
    let split = try DatasetSplit(path: sample.path)
    let summary = try DatasetSummary(of: split, taskNames: ["a"])
    let frames = Array(sample.episodes.joined())
    #expect(summary.numbers.frames == 20)
    #expect(summary.missingFrames == 0 && summary.strayFrames == 0)
    let moving = frames.map(sample.relativeAction)
    let mean = moving.reduce(0) { $0 + $1[2] } / 20
    #expect(abs(summary.numbers.relativeActions.mean[2] - mean) < 1e-12)
    let variance = moving.reduce(0) { $0 + ($1[2] - mean) * ($1[2] - mean) } / 20
    #expect(abs(summary.numbers.relativeActions.deviation[2] - variance.squareRoot()) < 1e-12)
    #expect(summary.numbers.beyondRange[0] == moving.count { abs($0[0]) > 0.65 })
    #expect(summary.numbers.gripperOpen == 20 && summary.numbers.gripperToggles == 0)
    #expect(summary.tasks.map(\.task) == ["a"] && summary.tasks[0].spans == 0)
    #expect(try DatasetSummary(of: split, taskNames: [], sample: 7).numbers.frames == 7)
    try FileManager.default.removeItem(atPath: sample.file(30))
    #expect(try DatasetSummary(of: split, taskNames: []).missingFrames == 1)
  }

  @Test(.enabled(if: Recordings.exist, "no recordings beside the package"))
  func theRecordedSplitIsRead() throws {
    let split = try DatasetSplit(path: "\(Recordings.reference)/dataset")
    #expect(split.frameCount == 262)
    #expect(split.scenes.map(\.name) == ["calvin_scene_B", "calvin_scene_D"])
    #expect(split.scene(of: 3168) == "calvin_scene_B" && split.scene(of: 3169) == "calvin_scene_D")
    let spans = try #require(split.annotations).spans
    #expect(spans.count == 6)
    #expect(
      spans[0]
        == .init(
          first: 3017, last: 3037, task: "push_pink_block_right",
          instruction: "push the pink block towards the right"))
    let frame = try split.frame(3017, fields: [.pictures, .depth, .actions, .state])
    #expect(frame.staticCamera?.height == 200 && frame.gripperCamera?.width == 84)
    #expect(frame.staticCamera?.depth.count == 40_000)
    #expect(abs(frame.relativeAction[0] + 0.09896982) < 1e-8)
  }

  @Test(.enabled(if: Recordings.exist, "no recordings beside the package"))
  func officialStatisticsComeBackFromOurText() throws {
    let path = URL(filePath: Recordings.reference).deletingLastPathComponent()
      .appending(path: "calvin_dataset/validation/statistics.yaml").path
    let official = try NormalizationStatistics(file: path)
    #expect(official.robot.mean[0] == 0.039233 && official.actionMaximum[6] == 1)
    let copy = FileManager.default.temporaryDirectory.appending(
      path: "\(UUID().uuidString).yaml"
    ).path
    try writeFileAtomically(Array(official.yaml.utf8), to: copy)
    defer { try? FileManager.default.removeItem(atPath: copy) }
    #expect(try NormalizationStatistics(file: copy) == official)
  }
}

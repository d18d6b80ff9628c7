import Foundation
import NumPy

/// One split of a CALVIN dataset (`training`, `validation`): frames in files of their own, episodes
/// as ranges of frame numbers, and instructions for spans of frames. Opening reads a few small
/// files and no frame.
public struct DatasetSplit: Sendable {
  /// A recorded episode: frames `first...last` follow each other in time.
  public struct Episode: Sendable, Hashable {
    /// First frame number.
    public var first: Int
    /// Last frame number, included.
    public var last: Int

    /// Number of frames.
    public var count: Int { last - first + 1 }

    /// Frames from the first to the last.
    public init(first: Int, last: Int) {
      self.first = first
      self.last = last
    }

    /// True when the frame lies in the episode.
    public func contains(_ frame: Int) -> Bool { first <= frame && frame <= last }
  }

  /// A scene and the frames recorded in it.
  public struct SceneRange: Sendable, Hashable {
    /// Name as upstream writes it, e.g. `calvin_scene_D`.
    public var name: String
    /// First frame number.
    public var first: Int
    /// Last frame number, included.
    public var last: Int

    /// A scene of these frames.
    public init(name: String, first: Int, last: Int) {
      self.name = name
      self.first = first
      self.last = last
    }
  }

  /// Recorded frames per second.
  public static let framesPerSecond = 30.0

  /// The folder.
  public let path: String
  /// Episodes in the file's order (`ep_start_end_ids.npy`).
  public let episodes: [Episode]
  /// Scenes in the order of their frames (`scene_info.npy`); empty when the file is absent.
  public let scenes: [SceneRange]
  /// Annotated spans (`auto_lang_ann.npy`); nil when the file is absent.
  public let annotations: LanguageAnnotations?
  /// Normalisation (`statistics.yaml`); nil when the file is absent.
  public let statistics: NormalizationStatistics?
  /// The configuration the split was recorded with (`.hydra/merged_config.yaml`), if there.
  public let configurationFile: String?
  /// How frames are named.
  public let naming: FrameNaming
  /// Why `ep_lens.npy` is not of these episodes, nil when it is or is absent.
  public let lengthsComplaint: String?

  /// Episodes that are left out because they are none, empty unless faults are tolerated.
  let episodeComplaints: [String]

  /// Number of frames of all episodes.
  public var frameCount: Int { episodes.reduce(0) { $0 + $1.count } }

  /// Opens the split in a folder.
  ///
  /// - Parameters:
  ///   - languageFolder: Where its annotations are, as upstream's `lang_folder`; nil looks where they
  ///     usually are.
  ///   - toleratesFaults: True keeps what is wrong with episodes, lengths and annotations as
  ///     complaints for an audit, false throws it.
  public init(
    path: String, languageFolder: String? = nil, toleratesFaults: Bool = false
  ) throws(DatasetError) {
    self.path = path
    let idsFile = "\(path)/ep_start_end_ids.npy"
    guard Self.exists(idsFile) else {
      throw DatasetError(
        path, "expected a split of a CALVIN dataset, which has ep_start_end_ids.npy")
    }
    (episodes, episodeComplaints) = try Self.readEpisodes(idsFile, tolerant: toleratesFaults)
    let lengthsFile = "\(path)/ep_lens.npy"
    lengthsComplaint = try Self.complaint(aboutLengths: lengthsFile, of: episodes)
    if let lengthsComplaint, !toleratesFaults {
      throw DatasetError(lengthsFile, lengthsComplaint)
    }
    scenes = try Self.readScenes("\(path)/scene_info.npy")
    annotations = try Self.annotationsFile(in: path, folder: languageFolder).map {
      file throws(DatasetError) in
      try LanguageAnnotations(file: file, toleratesFaults: toleratesFaults)
    }
    let statisticsFile = "\(path)/statistics.yaml"
    statistics =
      Self.exists(statisticsFile) ? try NormalizationStatistics(file: statisticsFile) : nil
    let configuration = "\(path)/.hydra/merged_config.yaml"
    configurationFile = Self.exists(configuration) ? configuration : nil
    naming = try FrameNaming(of: path, firstFrame: episodes.first?.first)
  }

  /// The splits at a path: the folder itself, or its `training` and `validation`.
  public static func splits(
    at path: String, languageFolder: String? = nil, toleratesFaults: Bool = false
  ) throws(DatasetError) -> [DatasetSplit] {
    func open(_ path: String) throws(DatasetError) -> DatasetSplit {
      try DatasetSplit(
        path: path, languageFolder: languageFolder, toleratesFaults: toleratesFaults)
    }
    if exists("\(path)/ep_start_end_ids.npy") { return [try open(path)] }
    var splits: [DatasetSplit] = []
    for name in ["training", "validation"] where exists("\(path)/\(name)") {
      splits.append(try open("\(path)/\(name)"))
    }
    guard !splits.isEmpty else {
      throw DatasetError(
        path,
        "expected a split with ep_start_end_ids.npy, or a folder with training/ or validation/")
    }
    return splits
  }

  /// Path of a frame's file.
  public func file(of frame: Int) -> String { "\(path)/\(naming.name(of: frame))" }

  /// The episode a frame belongs to, nil when it belongs to none.
  public func episode(of frame: Int) -> Episode? { episodes.first { $0.contains(frame) } }

  /// The scene a frame was recorded in, nil when the split does not say.
  public func scene(of frame: Int) -> String? {
    scenes.first { $0.first <= frame && frame <= $0.last }?.name
  }

  /// True when something is at the path.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Folders with annotations in the official datasets: the same sentences with embeddings of
  /// different sentence models.
  private static let languageFolders = [
    "lang_annotations", "lang_paraphrase-MiniLM-L3-v2", "lang_all-MiniLM-L6-v2",
    "lang_all-mpnet-base-v2", "lang_all-distilroberta-v1", "lang_BERT", "lang_clip_resnet50",
    "lang_clip_ViTB32", "lang_huggingface_distilroberta", "lang_huggingface_mpnet",
    "lang_msmarco-bert-base-dot-v5",
  ]

  /// The annotations of a folder: in the language folder asked for, else the first of the official
  /// ones or the split's own folder. What lies there under other names is not looked for: listing
  /// millions of files takes seconds.
  private static func annotationsFile(
    in path: String, folder: String?
  ) throws(DatasetError) -> String? {
    let name = "auto_lang_ann.npy"
    guard let folder else {
      let usual = languageFolders.map { "\(path)/\($0)/\(name)" }
      return ([usual[0], "\(path)/\(name)"] + usual.dropFirst()).first(where: exists)
    }
    let file = "\(path)/\(folder)/\(name)"
    guard !exists(file) else { return file }
    var there: [String] = []
    forEachName(in: path) { entry in
      let entry = String(decoding: entry, as: UTF8.self)
      if !entry.hasSuffix(".npz"), exists("\(path)/\(entry)/\(name)") { there.append(entry) }
      return true
    }
    throw DatasetError(
      file,
      "is not there; folders with annotations: "
        + (there.isEmpty ? "none" : there.sorted().joined(separator: ", ")))
  }

  private static func readEpisodes(
    _ file: String, tolerant: Bool
  ) throws(DatasetError) -> ([Episode], complaints: [String]) {
    let numbers = try reading { () throws(NumPyError) in
      try readNPY(file).expectingShape([nil, 2]).integers()
    }
    var (episodes, complaints): ([Episode], [String]) = ([], [])
    for index in stride(from: 0, to: numbers.count, by: 2) {
      let (first, last) = (numbers[index], numbers[index + 1])
      guard first >= 0, first <= last, last < 1 << 32 else {
        let complaint = "episode \(index / 2) goes from frame \(first) to \(last)"
        guard tolerant else { throw DatasetError(file, complaint) }
        complaints.append(complaint)
        continue
      }
      episodes.append(Episode(first: first, last: last))
    }
    guard !episodes.isEmpty else { throw DatasetError(file, "holds no episode") }
    return (episodes, complaints)
  }

  private static func complaint(
    aboutLengths file: String, of episodes: [Episode]
  ) throws(DatasetError) -> String? {
    guard exists(file) else { return nil }
    let lengths = try reading { () throws(NumPyError) in
      try readNPY(file).expectingShape([nil]).integers()
    }
    guard lengths.count == episodes.count else {
      return "holds \(lengths.count) lengths for \(episodes.count) episodes"
    }
    for (index, episode) in episodes.enumerated() where lengths[index] != episode.count {
      return "episode \(index) is \(lengths[index]) frames long, but its frames "
        + "\(episode.first)...\(episode.last) are \(episode.count)"
    }
    return nil
  }

  private static func readScenes(_ file: String) throws(DatasetError) -> [SceneRange] {
    guard exists(file) else { return [] }
    let entries = try reading { () throws(NumPyError) in
      try readNPY(file).objects().first?.entries
    }
    guard let entries else { throw DatasetError(file, "expected a pickled dictionary") }
    var scenes: [SceneRange] = []
    for entry in entries {
      guard let name = entry.key.string, let range = entry.value.numbers, range.count == 2 else {
        throw DatasetError(file, "expected scene names with first and last frame")
      }
      scenes.append(SceneRange(name: name, first: range[0], last: range[1]))
    }
    return scenes.sorted { $0.first < $1.first }
  }
}

extension PickleValue {
  /// Whole numbers of a list, tuple or array, nil for anything else.
  var numbers: [Int]? {
    if let elements {
      let numbers = elements.compactMap(\.integer)
      return numbers.count == elements.count ? numbers : nil
    }
    return (try? array(source: ""))?.wholeNumbers
  }
}

extension NPYArray {
  fileprivate var wholeNumbers: [Int]? { try? integers() }
}

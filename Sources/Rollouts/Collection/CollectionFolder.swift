import Datasets
import Foundation
import Results

/// The folder a dataset is collected into. While work goes on, every demonstration has a folder of
/// its own under `.collecting/`, complete when its `demonstration.json` is there; when all are
/// complete their frames are moved to their final names. A process killed at any moment loses the
/// demonstrations it was working on and nothing else.
public final class CollectionFolder: Sendable {
  /// The number of each split's first frame. Upstream's loader refuses spans that end before frame
  /// 64 (it compares the number with the window's length), so numbering cannot begin at 0.
  public static let firstFrame = 100

  /// The dataset's folder.
  public let path: String
  /// What is collected.
  public let settings: CollectionSettings
  /// True when the dataset was complete already.
  public let isComplete: Bool
  private let lock: Int32

  private var work: String { path + "/.collecting" }
  private var settingsFile: String { work + "/settings.json" }
  /// What the dataset was collected with, and what came of it.
  public var recordFile: String { path + "/collection.json" }

  /// Opens or creates the folder; a second process on it is refused, and so are other settings than
  /// it was begun with.
  public init(path: String, settings: CollectionSettings) throws {
    self.path = path
    self.settings = settings
    let finished = path + "/collection.json"
    isComplete = DatasetSplit.exists(finished)
    if isComplete {
      lock = -1
      let record = try JSONValue(parsing: DurableFile.read(finished))
      try Self.check(record["settings"], settings, file: finished)
      Self.removeLeftovers(of: path)
      return
    }
    for folder in [path] + DatasetPart.allCases.map({ "\(path)/\($0.rawValue)" })
    where DatasetSplit.exists(folder + "/ep_start_end_ids.npy")
      && !DatasetSplit.exists(path + "/.collecting")
    {
      throw DatasetError(path, "holds a dataset already, which was not collected here")
    }
    try DurableFile.createFolder(path + "/.collecting")
    lock = open(path + "/.collecting/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      throw DatasetError(path, "another process is collecting into this folder")
    }
    if DatasetSplit.exists(settingsFile) {
      let value = try JSONValue(parsing: DurableFile.read(settingsFile))
      try Self.check(value, settings, file: settingsFile)
    } else {
      try DurableFile.write(JSONValue(encoding: settings).pretty, to: settingsFile)
    }
  }

  deinit { if lock >= 0 { close(lock) } }

  /// Clears the work's folder away when a process was killed while it did that, and does so no more.
  private static func removeLeftovers(of path: String) {
    let work = path + "/.collecting"
    guard DatasetSplit.exists(work) else { return }
    let lock = open(work + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    defer { if lock >= 0 { close(lock) } }
    if lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 {
      try? FileManager.default.removeItem(atPath: work)
    }
  }

  private static func check(
    _ found: JSONValue?, _ wanted: CollectionSettings, file: String
  ) throws {
    let wanted = try JSONValue(encoding: wanted)
    guard let found, case .object(let old) = found, case .object(let new) = wanted else {
      throw DatasetError(file, "expected the settings of a collection")
    }
    let differing = new.keys.filter { old[$0] != new[$0] }.sorted().map { key in
      "\(key) is \(old[key]?.canonical ?? "absent") there, \(new[key]?.canonical ?? "") now"
    }
    guard differing.isEmpty else {
      throw DatasetError(
        file, "was begun with other settings: \(differing.joined(separator: "; "))")
    }
  }

  // MARK: Demonstrations

  private func folder(of planned: PlannedDemonstration) -> String {
    "\(work)/\(planned.index.padded(to: 7))"
  }

  private func record(of planned: PlannedDemonstration) -> String {
    folder(of: planned) + "/demonstration.json"
  }

  /// An empty folder for a demonstration's frames.
  public func begin(_ planned: PlannedDemonstration) throws -> String {
    let folder = folder(of: planned)
    if DatasetSplit.exists(folder) { try FileManager.default.removeItem(atPath: folder) }
    try DurableFile.createFolder(folder)
    return folder
  }

  /// Marks a demonstration complete. Frames a failed attempt left behind the last one are removed.
  public func complete(
    _ planned: PlannedDemonstration, with demonstration: Demonstration
  ) throws {
    var next = demonstration.sizes.count
    let folder = folder(of: planned)
    while unlink(DemonstrationRecorder.file(next, in: folder)) == 0 { next += 1 }
    try DurableFile.write(
      JSONValue(encoding: demonstration).canonical, to: record(of: planned))
  }

  /// The demonstration when it is complete and all its frames are there, nil when it has to be made.
  public func completed(_ planned: PlannedDemonstration) throws -> Demonstration? {
    let file = record(of: planned)
    guard DatasetSplit.exists(file) else { return nil }
    let demonstration = try JSONValue(parsing: DurableFile.read(file))
      .decoded(as: Demonstration.self)
    // Once frames are being moved, those that are gone from here are under their final names.
    if DatasetSplit.exists(movingFile) { return demonstration }
    // The system may have stopped before it had written what this process had handed over.
    let folder = folder(of: planned)
    let isWhole = demonstration.sizes.enumerated().allSatisfy { number, size in
      Self.size(of: DemonstrationRecorder.file(number, in: folder)) == size
    }
    return isWhole ? demonstration : nil
  }

  private static func size(of file: String) -> Int? {
    var status = stat()
    return stat(file, &status) == 0 ? Int(status.st_size) : nil
  }

  // MARK: Finishing

  private var movingFile: String { work + "/moving" }

  /// Moves all frames to their final names and writes the splits' other files; every demonstration
  /// must be complete. Can be repeated after an interruption.
  ///
  /// - Parameter configuration: Text of a scene's `merged_config.yaml`.
  public func finish(
    _ demonstrations: [(planned: PlannedDemonstration, made: Demonstration)],
    configuration: (_ scene: String) throws -> String
  ) throws {
    // What is moved must have reached the disk, or its absence could not be told from a move.
    sync()
    try DurableFile.write("", to: movingFile)
    for part in DatasetPart.allCases {
      let own = demonstrations.filter { $0.planned.part == part && !$0.made.sizes.isEmpty }
      guard let first = own.first else { continue }
      let folder = "\(path)/\(part.rawValue)"
      try DurableFile.createFolder(folder)
      let naming = FrameNaming()
      var next = Self.firstFrame
      var index = SplitIndexBuilder()
      for (planned, made) in own {
        for (number, size) in made.sizes.enumerated() {
          try move(
            DemonstrationRecorder.file(number, in: self.folder(of: planned)),
            to: "\(folder)/\(naming.name(of: next + number))", size: size)
        }
        index.add(made, of: planned, from: next)
        next += made.sizes.count
      }
      let files = index.files(configuration: try configuration(first.planned.scene))
      for (name, bytes) in files {
        let file = "\(folder)/\(name)"
        try DurableFile.createFolder(URL(filePath: file).deletingLastPathComponent().path)
        try DurableFile.write(bytes, to: file)
      }
    }
    try DurableFile.write(try record(demonstrations).pretty, to: recordFile)
    try FileManager.default.removeItem(atPath: work)
  }

  private func move(_ source: String, to target: String, size: Int) throws {
    if rename(source, target) == 0 { return }
    guard errno == ENOENT, Self.size(of: target) == size else {
      throw DatasetError(source, "cannot be moved to \(target), and is not there yet")
    }
  }

  private func record(
    _ demonstrations: [(planned: PlannedDemonstration, made: Demonstration)]
  ) throws -> JSONValue {
    let missing = demonstrations.filter { $0.made.sizes.isEmpty }.map { planned, _ in
      JSONValue.string("\(planned.task), scene \(planned.scene), episode \(planned.episode)")
    }
    return [
      "settings": try JSONValue(encoding: settings),
      "frames": .int(demonstrations.reduce(0) { $0 + $1.made.sizes.count }),
      "demonstrations": .int(demonstrations.count - missing.count),
      "missing": .array(missing),
      "spans": .int(demonstrations.reduce(0) { $0 + $1.made.spans.count }),
      "failed_attempts": .int(demonstrations.reduce(0) { $0 + $1.made.failures }),
      "refused_starts": .int(demonstrations.reduce(0) { $0 + $1.made.redraws }),
    ]
  }
}

/// Gathers what a split's index says while its demonstrations are numbered.
private struct SplitIndexBuilder {
  private var episodes: [DatasetSplit.Episode] = []
  private var scenes: [DatasetSplit.SceneRange] = []
  private var spans: [LanguageAnnotations.Span] = []
  private var robot = RunningMoments(width: 15)
  private var scene = RunningMoments(width: 24)
  private var actions = RunningMoments(width: 7)

  mutating func add(_ made: Demonstration, of planned: PlannedDemonstration, from first: Int) {
    let last = first + made.sizes.count - 1
    episodes.append(DatasetSplit.Episode(first: first, last: last))
    let name = "calvin_scene_\(planned.scene)"
    if scenes.last?.name == name {
      scenes[scenes.count - 1].last = last
    } else {
      scenes.append(DatasetSplit.SceneRange(name: name, first: first, last: last))
    }
    spans += made.spans.map {
      LanguageAnnotations.Span(
        first: first + $0.first, last: first + $0.last, task: $0.task,
        instruction: $0.instruction)
    }
    robot.add(made.robot)
    scene.add(made.scene)
    actions.add(made.actions)
  }

  func files(configuration: String) -> [(path: String, bytes: [UInt8])] {
    SplitIndex(
      episodes: episodes, scenes: scenes, spans: spans,
      statistics: NormalizationStatistics(
        robot: .init(mean: robot.mean, deviation: robot.deviation),
        scene: .init(mean: scene.mean, deviation: scene.deviation),
        actionMinimum: actions.minimum, actionMaximum: actions.maximum),
      configuration: configuration
    ).files
  }
}

import Calvin
import Datasets
import Foundation
import NumPy
import Results
import Testing

@testable import Rollouts

private func settings(
  episodes: Int = 10, validation: Double = 0.1, seed: UInt64 = 0
) -> CollectionSettings {
  CollectionSettings(
    scenes: ["A", "B"], assets: ["a", "b"], tasks: ["open_drawer", "turn_on_led"],
    episodes: episodes, validation: validation, policy: "expert", seed: seed, noise: 0,
    largestAction: 0.65, stepsPerSubtask: 360, packing: "deflated", renderer: "cpu")
}

@Suite struct CollectionPlanTests {
  @Test func everyDemonstrationIsPlannedOnce() {
    let planned = settings().demonstrations
    #expect(planned.map(\.index) == Array(0..<40))
    #expect(Set(planned.map { "\($0.scene) \($0.task) \($0.episode)" }).count == 40)
  }

  @Test func splitsAndScenesAreContiguous() {
    let planned = settings().demonstrations
    #expect(planned.map(\.part) == planned.map(\.part).sorted { $0.rawValue < $1.rawValue })
    let training = planned.filter { $0.part == .training }.map(\.scene)
    #expect(training == training.sorted())
  }

  @Test(arguments: [(10, 0.1, 1), (10, 0.0, 0), (1, 0.5, 0), (2, 0.01, 1), (4, 0.99, 3)])
  func heldOutShare(episodes: Int, share: Double, expected: Int) {
    #expect(settings(episodes: episodes, validation: share).heldOut == expected)
  }
}

@Suite struct ActionNoiseTests {
  @Test func noNoiseChangesNothing() {
    var noise = ActionNoise(deviation: 0, random: RandomState(seed: 1))
    #expect(noise.disturbing([1, -1, 0.5, 0, 0, 0, -1]) == [1, -1, 0.5, 0, 0, 0, -1])
    #expect(noise.detour().isEmpty)
  }

  @Test func actionsStayValidAndTheTargetStaysNear() {
    var noise = ActionNoise(deviation: 0.3, random: RandomState(seed: 1))
    var sum = 0.0
    var largest = 0.0
    for step in 0..<2000 {
      let action = [step % 7 == 0 ? 1 : 0.2, 0, 0, 0, 0, 0, 1]
      let disturbed = noise.disturbing(action)
      #expect(disturbed.prefix(6).allSatisfy { abs($0) <= 1 } && disturbed[6] == 1)
      sum += disturbed[1]
      largest = max(largest, abs(sum))
    }
    // Five standard deviations; a random walk would be far beyond after 2000 steps.
    #expect(largest > 0.3 && largest < 1.5)
  }

  @Test func detoursNeverGoDown() {
    for seed in 0..<50 as Range<UInt32> {
      var noise = ActionNoise(deviation: 0.1, random: RandomState(seed: seed))
      #expect(noise.detour().allSatisfy { $0[2] >= 0 && $0[6] == 1 })
    }
  }
}

@Suite struct RecordedActionTests {
  private let robot = [0.1, -0.2, 0.5, 3.1, 0.2, -3.1] + [Double](repeating: 0.04, count: 9)

  @Test func relativeActionsAreKeptAndAgreeWithUpstreamsFormula() throws {
    let action = [0.5, -0.65, 1, 1, -0.25, -1, -1]
    let (absolute, relative) = try DemonstrationRecorder.both(.cartesianRelative(action), at: robot)
    #expect(relative == action)
    for axis in 0..<3 {
      #expect(abs((absolute[axis] - robot[axis]) * 50 - action[axis]) < 1e-12)
      let turn = remainder(absolute[3 + axis] - robot[3 + axis], 2 * .pi)
      #expect(abs(turn * 20 - action[3 + axis]) < 1e-12)
      #expect(abs(absolute[3 + axis]) <= .pi)
    }
  }

  @Test func absoluteActionsAreKeptAndTheRelativeOneIsClipped() throws {
    let action = [0.2, -0.21, 0.5, -3.1, 0.2, -3.1, 1]
    let (absolute, relative) = try DemonstrationRecorder.both(.cartesianAbsolute(action), at: robot)
    #expect(absolute == action)
    #expect(relative[0] == 1 && abs(relative[1] + 0.5) < 1e-12 && relative[2] == 0)
    #expect(relative[3] == 1 && relative[6] == 1)
  }
}

@Suite struct CollectionFolderTests {
  private let path = FileManager.default.temporaryDirectory.appending(path: "collect-\(UUID())")
    .path

  private func demonstration(_ frames: Int, in folder: String) throws -> Demonstration {
    var made = Demonstration()
    for number in 0..<frames {
      let bytes = [UInt8](repeating: UInt8(number), count: 10 + number)
      try Data(bytes).write(to: URL(filePath: DemonstrationRecorder.file(number, in: folder)))
      made.sizes.append(bytes.count)
      made.robot.add((0..<15).map { Double($0 + number) })
      made.scene.add((0..<24).map { Double($0 + number) })
      made.actions.add((0..<7).map { Double($0 + number) })
    }
    made.spans = [.init(first: 1, last: frames - 1, task: "open_drawer", instruction: "pull")]
    return made
  }

  private func collect(_ folder: CollectionFolder) throws {
    let planned = folder.settings.demonstrations
    for one in planned where try folder.completed(one) == nil {
      try folder.complete(one, with: demonstration(3 + one.index, in: try folder.begin(one)))
    }
    let made = try planned.map { ($0, try #require(try folder.completed($0))) }
    try folder.finish(made) { _ in "scene: {}\n" }
  }

  private func contents(_ part: String) throws -> [String: Data] {
    let folder = "\(path)/\(part)"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    return try Dictionary(
      uniqueKeysWithValues: names.filter { $0.contains(".np") }.map {
        ($0, try Data(contentsOf: URL(filePath: "\(folder)/\($0)")))
      })
  }

  @Test func aFinishedDatasetIsOneThatCanBeRead() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try collect(try CollectionFolder(path: path, settings: settings(episodes: 2)))
    let split = try DatasetSplit(path: path + "/training")
    #expect(split.episodes.first?.first == CollectionFolder.firstFrame)
    #expect(split.episodes.map(\.count) == [3, 4, 5, 6])
    #expect(split.scenes.map(\.name) == ["calvin_scene_A", "calvin_scene_B"])
    #expect(split.annotations?.spans.map(\.first) == split.episodes.map { $0.first + 1 })
    #expect(try FrameInventory(of: split).count == split.frameCount)
    #expect(!FileManager.default.fileExists(atPath: path + "/.collecting"))
    #expect(try CollectionFolder(path: path, settings: settings(episodes: 2)).isComplete)
  }

  @Test func interruptionsLoseAndRepeatNothing() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try collect(try CollectionFolder(path: path, settings: settings(episodes: 2)))
    let wanted = try contents("training")
    try FileManager.default.removeItem(atPath: path)

    // Killed while working: one is complete, one has lost a frame, one is half made.
    do {
      let folder = try CollectionFolder(path: path, settings: settings(episodes: 2))
      let planned = folder.settings.demonstrations
      for one in planned.prefix(2) {
        try folder.complete(one, with: demonstration(3 + one.index, in: try folder.begin(one)))
      }
      let staged = path + "/.collecting/0000001/0002.npz"
      try Data([1]).write(to: URL(filePath: staged))
      _ = try demonstration(2, in: try folder.begin(planned[2]))
      #expect(try folder.completed(planned[0]) != nil)
      #expect(try folder.completed(planned[1]) == nil)
      #expect(try folder.completed(planned[2]) == nil)
    }
    // Killed while moving frames: a file already has its final name.
    do {
      let folder = try CollectionFolder(path: path, settings: settings(episodes: 2))
      for one in folder.settings.demonstrations where try folder.completed(one) == nil {
        try folder.complete(one, with: demonstration(3 + one.index, in: try folder.begin(one)))
      }
      try FileManager.default.createDirectory(
        atPath: path + "/training", withIntermediateDirectories: true)
      try FileManager.default.moveItem(
        atPath: path + "/.collecting/0000000/0000.npz",
        toPath: path + "/training/episode_0000100.npz")
      try Data().write(to: URL(filePath: path + "/.collecting/moving"))
    }
    try collect(try CollectionFolder(path: path, settings: settings(episodes: 2)))
    #expect(try contents("training") == wanted)

    // Killed while clearing up: the dataset is complete, the work's folder is still there.
    let left = path + "/.collecting/0000000"
    try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
    #expect(try CollectionFolder(path: path, settings: settings(episodes: 2)).isComplete)
    #expect(!FileManager.default.fileExists(atPath: path + "/.collecting"))
    #expect(try contents("training") == wanted)
  }

  @Test func whatCouldNotBeMadeIsMissingInTheRecord() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = try CollectionFolder(path: path, settings: settings(episodes: 2))
    let planned = folder.settings.demonstrations
    for one in planned.dropFirst() {
      try folder.complete(one, with: demonstration(3 + one.index, in: try folder.begin(one)))
    }
    _ = try folder.begin(planned[0])
    var none = Demonstration()
    none.failures = DemonstrationRunner.mostFailures
    try folder.complete(planned[0], with: none)
    #expect(try folder.completed(planned[0]) == none)
    try folder.finish(planned.map { ($0, try #require(try folder.completed($0))) }) { _ in "" }
    let record = try JSONValue(parsing: DurableFile.read(folder.recordFile))
    let name = "\(planned[0].task), scene \(planned[0].scene), episode \(planned[0].episode)"
    #expect(record["missing"] == .array([.string(name)]))
    #expect(record["failed_attempts"] == .int(DemonstrationRunner.mostFailures))
    #expect(try DatasetSplit(path: path + "/training").episodes.map(\.count) == [4, 5, 6])
  }

  @Test func foreignDatasetsAreLeftAlone() throws {
    for folder in [path, path + "/training"] {
      defer { try? FileManager.default.removeItem(atPath: path) }
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data().write(to: URL(filePath: folder + "/ep_start_end_ids.npy"))
      let error = #expect(throws: DatasetError.self) {
        try CollectionFolder(path: path, settings: settings())
      }
      #expect(error?.message.contains("holds a dataset already") == true)
      #expect(!FileManager.default.fileExists(atPath: path + "/.collecting"))
    }
  }

  @Test func aSecondProcessIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = try CollectionFolder(path: path, settings: settings())
    #expect(throws: DatasetError.self) {
      try CollectionFolder(path: path, settings: settings())
    }
    withExtendedLifetime(folder) {}
  }

  @Test func otherSettingsAreNamed() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    do { _ = try CollectionFolder(path: path, settings: settings()) }
    let error = #expect(throws: DatasetError.self) {
      try CollectionFolder(path: path, settings: settings(seed: 7))
    }
    #expect(error?.message.contains("seed is 0 there, 7 now") == true)
  }
}

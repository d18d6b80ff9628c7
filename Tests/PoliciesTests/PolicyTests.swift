import Calvin
import Foundation
import Geometry
import NumPy
import Policies
import Testing

private final class NoCameras: CameraSource {
  func frame(_ camera: String, depth: Bool) throws -> Frame {
    Frame(width: 0, height: 0, rgb: [])
  }
}

private func observation(gripper: Double = 1, step: Int = 0) -> Observation {
  Observation(
    state: EnvironmentState(
      robotObservation: [Double](repeating: 0, count: 14) + [gripper],
      sceneObservation: [Double](repeating: 0, count: 24)),
    info: SceneInfo(
      blocks: [], doors: [], lights: [], robotContacts: [],
      names: .init(fixedBodies: [:], links: [:])), cameras: NoCameras(), step: step)
}

private func context(_ task: String = "open_drawer", chain: Int, position: Int) -> SubtaskContext {
  SubtaskContext(task: task, instruction: "", chain: chain, position: position)
}

@Suite struct RandomPolicyTests {
  private func actions(_ seed: UInt64, _ chain: Int, _ position: Int) -> [[Double]] {
    let policy = RandomPolicy(seed: seed)
    policy.reset(for: context(chain: chain, position: position))
    return (0..<50).map { _ in policy.act(observation()).values }
  }

  @Test func dependsOnlyOnSeedChainAndPosition() {
    let first = actions(3, 7, 1)
    #expect(actions(3, 7, 1) == first)
    for other in [actions(4, 7, 1), actions(3, 8, 1), actions(3, 7, 2), actions(3 << 32, 7, 1)] {
      #expect(other != first)
    }
  }

  @Test func resettingStartsAnew() {
    let policy = RandomPolicy(seed: 1)
    policy.reset(for: context(chain: 0, position: 0))
    let first = policy.act(observation())
    policy.reset(for: context(chain: 0, position: 0))
    #expect(policy.act(observation()) == first)
  }

  @Test func staysInRangeWithBothGripperStates() {
    let all = actions(0, 0, 0)
    #expect(all.allSatisfy { $0.count == 7 && $0.dropLast().allSatisfy { abs($0) <= 1 } })
    #expect(Set(all.map { $0[6] }) == [-1, 1])
    #expect(all.joined().contains { $0 < -0.9 } && all.joined().contains { $0 > 0.9 })
  }
}

@Test func zeroPolicyKeepsTheGripper() {
  let policy = ZeroPolicy()
  #expect(policy.act(observation(gripper: 1)).values == [0, 0, 0, 0, 0, 0, 1])
  #expect(policy.act(observation(gripper: -1)).values == [0, 0, 0, 0, 0, 0, -1])
}

@Suite final class RecordingTests {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "recording-\(UUID().uuidString)"
  ).path
  let chain = Chain(
    index: 7,
    initialState: InitialState(entries: [
      .init(key: "led", value: .number(1)), .init(key: "slider", value: .word("left")),
    ]), subtasks: ["open_drawer", "turn_on_led", "stack_block", "a", "b"])

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func state(_ number: Double) -> EnvironmentState {
    EnvironmentState(
      robotObservation: (0..<15).map { number + Double($0) / 3 },
      sceneObservation: (0..<24).map { -number - Double($0) / 7 })
  }

  private func recorded(_ precision: Action.Precision = .double) throws -> Recording {
    var recording = Recording(chain: chain, scene: "D", assets: "abc", start: state(0))
    for step in 0..<5 {
      try recording.append(
        .cartesianRelative(
          (0..<7).map { Double(step) + 0.125 * Double($0) }, precision: precision),
        position: step < 3 ? 0 : 1, state: state(Double(step + 1)))
    }
    recording.finish(successes: [true, false])
    return recording
  }

  @Test(arguments: [Action.Precision.double, .single, .half])
  func comesBackFromItsFiles(precision: Action.Precision) throws {
    let recording = try recorded(precision)
    try recording.write(to: folder)
    let read = try Recording(chain: 7, in: folder)
    #expect(read == recording)
    #expect(
      try NPZArchive(path: Recording.stem(of: 7, in: folder) + ".npz").array("actions").dtype
        == (precision == .single ? .float32 : .float64))
    #expect(
      read.outcomes == [
        .init(task: "open_drawer", success: true, firstStep: 1, lastStep: 3),
        .init(task: "turn_on_led", success: false, firstStep: 4, lastStep: 5),
      ])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        == ["chain_0007.json", "chain_0007.npz"])
  }

  @Test func replayRepeatsTheActionsOfEachSubtask() throws {
    let recording = try recorded()
    try recording.write(to: folder)
    let recordings = RecordingFolder(path: folder, scene: "D", assets: "abc")
    try recordings.check([chain])
    let policy = ReplayPolicy(recordings)
    try policy.reset(for: context(chain: 7, position: 0))
    let first = try (0..<3).map { try policy.act(observation(step: $0)).values }
    #expect(first == Array(recording.actions[..<3]))
    #expect(throws: PolicyFault.self) { try policy.act(observation(step: 3)) }
    try policy.reset(for: context("turn_on_led", chain: 7, position: 1))
    #expect(try policy.act(observation()).values == recording.actions[3])
    #expect(throws: RecordingError.self) {
      try policy.reset(for: context("close_drawer", chain: 7, position: 1))
    }
    #expect(throws: (any Error).self) { try policy.reset(for: context(chain: 8, position: 0)) }
  }

  @Test func refusesAnotherChainSceneOrOtherAssets() throws {
    try recorded().write(to: folder)
    let cases = [
      (RecordingFolder(path: folder, scene: "A", assets: "abc"), chain, "in scene D, not A"),
      (RecordingFolder(path: folder, scene: "D", assets: "abd"), chain, "other assets: abc"),
      (
        RecordingFolder(path: folder, scene: "D", assets: "abc"),
        Chain(index: 7, initialState: chain.initialState, subtasks: ["x", "a", "b", "c", "d"]),
        "another chain 7"
      ),
      (
        RecordingFolder(path: folder, scene: "D", assets: "abc"),
        Chain(index: 7, initialState: InitialState(entries: []), subtasks: chain.subtasks),
        "from another initial state"
      ),
      (
        RecordingFolder(path: folder, scene: "D", assets: "abc"),
        Chain(index: 8, initialState: chain.initialState, subtasks: chain.subtasks),
        "chain_0008.json"
      ),
    ]
    for (recordings, chain, expected) in cases {
      let error = #expect(throws: RecordingError.self) { try recordings.check([chain]) }
      #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }
  }

  @Test func oneKindOfActionPerRecording() throws {
    var recording = try recorded()
    #expect(throws: RecordingError.self) {
      try recording.append(
        .jointAbsolute([Double](repeating: 0, count: 8)), position: 1, state: state(9))
    }
  }

  @Test func damagedFilesNameThemselves() throws {
    try recorded().write(to: folder)
    let path = "\(folder)/chain_0007.json"
    try Data("{\"chain\": 7}".utf8).write(to: URL(filePath: path))
    let error = #expect(throws: RecordingError.self) { try Recording(chain: 7, in: folder) }
    #expect(error?.description == "\(path): 'subtasks' is missing or not a list of names")
  }
}

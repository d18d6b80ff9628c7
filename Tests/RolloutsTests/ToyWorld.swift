import Calvin
import Foundation
import Geometry
import Policies
import Results
import Rollouts

/// A world without physics: the drawer moves by the action's first number (in centimetres), and a
/// large second number breaks it.
final class ToyWorld: RolloutWorld {
  private(set) var drawer = 0.0
  private var steps = 0.0

  var state: EnvironmentState {
    EnvironmentState(
      robotObservation: [Double](repeating: steps, count: 15),
      sceneObservation: [drawer] + [Double](repeating: 0, count: 23))
  }

  var info: SceneInfo {
    SceneInfo(
      blocks: [], doors: [.init(joint: "base__drawer", position: drawer)], lights: [],
      robotContacts: [], names: .init(fixedBodies: [:], links: [:]))
  }

  func reset(to state: EnvironmentState) {
    drawer = state.sceneObservation[0]
    steps = 0
  }

  func step(_ action: Action) throws {
    if action.values[1] > 5 { throw ToyError.exploded }
    drawer += action.values[0] * 0.01
    steps = action.values[2] > 5 ? .nan : steps + 1
  }

  func frame(_ camera: String, depth: Bool) throws -> Frame {
    if camera == "broken" { throw ToyError.exploded }
    let shade = UInt8(clamping: Int(drawer * 100))
    return Frame(width: 1, height: 1, rgb: [shade, shade, shade])
  }
}

enum ToyError: Error {
  case exploded
}

/// Answers by a function of the subtask and the step.
final class ToyPolicy: Policy {
  private let answer: (SubtaskContext, Int) throws -> [Double]
  private var context: SubtaskContext?
  private(set) var resets: [SubtaskContext] = []

  init(_ answer: @escaping (SubtaskContext, Int) throws -> [Double]) {
    self.answer = answer
  }

  func reset(for subtask: SubtaskContext) {
    context = subtask
    resets.append(subtask)
  }

  func act(_ observation: Observation) throws -> Action {
    guard let context else { throw PolicyFault("not reset") }
    return .cartesianRelative(try answer(context, observation.step))
  }
}

func toyOracle() throws -> TaskOracle {
  try TaskOracle(
    yaml: """
      tasks:
        open_drawer: ["move_door_rel", "base__drawer", 0.12]
        close_drawer: ["move_door_rel", "base__drawer", -0.12]
      """, source: "toy")
}

func toyChain(_ index: Int) -> PlannedChain {
  PlannedChain(
    chain: Chain(
      index: index, initialState: InitialState(entries: []),
      subtasks: ["open_drawer", "close_drawer", "open_drawer", "close_drawer", "open_drawer"]),
    start: EnvironmentState(
      robotObservation: [Double](repeating: 0, count: 15),
      sceneObservation: [Double](repeating: 0, count: 24)),
    instructions: ["open it", "close it", "open it", "close it", "open it"])
}

/// Solves all subtasks but the one at position `chain % 6`, taking its time per chain.
func unevenPolicy() -> ToyPolicy {
  ToyPolicy { context, _ in unevenAnswer(context) }
}

func unevenAnswer(_ context: SubtaskContext) -> [Double] {
  if context.position == context.chain % 6 { return [0, 0, 0, 0, 0, 0, 1] }
  let speed = 1 + Double(context.chain % 3)
  return [context.task == "open_drawer" ? speed : -speed, 0, 0, 0, 0, 0, 0]
}

func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.path + "/rollouts-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

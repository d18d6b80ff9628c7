import Calvin
import Foundation
import Policies
import Results

/// Takes the report's pictures by running finished chains again from their recorded actions.
public enum FilmStrips {
  /// The chains a report shows: the first three failures and the first success, in chain order.
  public static func chains(of results: [ChainResult]) -> [Int] {
    let ordered = results.sorted { $0.chain < $1.chain }
    let failed = ordered.filter { $0.successes < $0.tasks.count }.prefix(3)
    let solved = ordered.filter { $0.successes == $0.tasks.count }.prefix(1)
    return (failed + solved).map(\.chain).sorted()
  }

  /// Env steps shown of a chain: its start, the end of every solved subtask, and of a failed one
  /// each quarter.
  static func steps(of result: ChainResult) -> [Int] {
    var steps = [0]
    var start = 0
    for subtask in result.subtasks {
      if subtask.success {
        steps.append(start + subtask.steps)
      } else {
        steps += (1...4).map { start + subtask.steps * $0 / 4 }
      }
      start += subtask.steps
    }
    return Array(Set(steps)).sorted()
  }

  /// Runs `plan` again with its recorded actions and takes the pictures. Throws when the chain does
  /// not come out as recorded, which would mean that the machine computes differently.
  public static func take(
    _ plan: PlannedChain, result: ChainResult, actions: RecordedActions, runner: ChainRunner,
    loadWorld: () throws -> any RolloutWorld
  ) throws -> FilmStrip {
    let photographer = Photographer(steps: Set(steps(of: result)))
    let outcome = try runner.run(
      plan, policy: ActionReplay(actions), observers: [photographer], loadWorld: loadWorld)
    let again = outcome.result.subtasks.map { [$0.success ? 1 : 0, $0.steps] }
    guard again == result.subtasks.map({ [$0.success ? 1 : 0, $0.steps] }) else {
      throw InfrastructureFailure(
        "chain \(plan.chain.index) comes out differently when replayed from its recorded actions")
    }
    return FilmStrip(chain: plan.chain.index, moments: photographer.moments)
  }
}

private final class Photographer: ChainObserver {
  private let steps: Set<Int>
  private var step = 0
  private(set) var moments: [FilmStrip.Moment] = []

  init(steps: Set<Int>) {
    self.steps = steps
  }

  func began(_ plan: PlannedChain, state: EnvironmentState, cameras: any CameraSource) throws {
    try photograph(position: 0, cameras)
  }

  func stepped(
    _ action: Action, position: Int, state: EnvironmentState, cameras: any CameraSource
  ) throws {
    step += 1
    try photograph(position: position, cameras)
  }

  func ended(_ result: ChainResult) {}

  private func photograph(position: Int, _ cameras: any CameraSource) throws {
    guard steps.contains(step) else { return }
    moments.append(
      FilmStrip.Moment(
        step: step, position: position,
        staticFrame: try cameras.frame("static", depth: false),
        gripperFrame: try cameras.frame("gripper", depth: false)))
  }
}

import Calvin
import Policies
import Reports
import Results

/// Films a finished chain while it is run again from its recorded actions.
public final class ChainVideo: ChainObserver {
  private let result: ChainResult
  private let layout: VideoLayout
  private let file: VideoFile
  private var instructions: [String] = []
  private var step = 0
  private var position = 0

  /// Films the chain with this verdict into `file`.
  public init(of result: ChainResult, layout: VideoLayout, file: VideoFile) {
    self.result = result
    self.layout = layout
    self.file = file
  }

  /// Films the state after the reset.
  public func began(
    _ plan: PlannedChain, state: EnvironmentState, cameras: any CameraSource
  ) throws {
    instructions = plan.instructions
    try film(cameras)
  }

  /// Films the state after a step; a subtask's last picture shows its verdict for half a second.
  public func stepped(
    _ action: Action, position: Int, state: EnvironmentState, cameras: any CameraSource
  ) throws {
    if position != self.position {
      self.position = position
      step = 0
    }
    step += 1
    let isLast = position < result.subtasks.count && step == result.subtasks[position].steps
    for _ in 0..<(isLast ? 15 : 1) { try film(cameras, isVerdict: isLast) }
  }

  /// Completes the file.
  public func ended(_ result: ChainResult) throws { try file.finish() }

  private func film(_ cameras: any CameraSource, isVerdict: Bool = false) throws {
    let subtask = position < result.subtasks.count ? result.subtasks[position] : nil
    let task = result.tasks[position]
    let verdict = subtask.map { subtask in
      subtask.success
        ? "SOLVED: \(task) in \(subtask.steps) steps"
        : "FAILED: \(subtask.fault ?? subtask.miss ?? task)"
    }
    let marks = result.tasks.indices.map { index -> VideoCaption.Mark in
      if index == position, !isVerdict { return .current }
      if index > position { return .ahead }
      return result.subtasks[index].success ? .solved : .failed
    }
    try file.append(
      layout.picture(
        static: try cameras.frame("static", depth: false),
        gripper: try cameras.frame("gripper", depth: false),
        caption: VideoCaption(
          chain: result.chain,
          instruction: position < instructions.count ? instructions[position] : task, task: task,
          position: position, step: step, marks: marks, verdict: isVerdict ? verdict : nil)))
  }
}

extension RunPlan {
  /// Runs finished chains again from their recorded actions, each with its own observer.
  ///
  /// Throws when a chain has no verdict, or comes out differently than recorded.
  public func replay(
    chains numbers: [Int], observer: @escaping @Sendable (ChainResult) throws -> any ChainObserver
  ) throws {
    let outcomes = try directory.outcomes()
    let results = Dictionary(outcomes.results.map { ($0.chain, $0) }) { first, _ in first }
    let plan = self
    try onOwnThread {
      let loadWorld = try plan.factory.worlds()
      for number in numbers {
        guard let result = results[number] else {
          throw ResultsError.malformed(
            path: plan.directory.path, line: nil, message: "chain \(number) has no verdict")
        }
        let actions = try RecordedActions(
          path: RecordedActions.file(of: number, in: plan.directory))
        let outcome = try plan.runner.run(
          plan.chains[number], policy: ActionReplay(actions), observers: [observer(result)],
          loadWorld: loadWorld)
        guard outcome.result.subtasks.map(\.success) == result.subtasks.map(\.success) else {
          throw InfrastructureFailure(
            "chain \(number) comes out differently when replayed from its recorded actions")
        }
      }
    }
  }
}

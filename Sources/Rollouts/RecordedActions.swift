import Calvin
import NumPy
import Policies
import Results

/// The actions of a finished chain, kept so that it can be seen again without its policy: chains
/// are deterministic, so actions alone bring back every state.
public struct RecordedActions: Sendable, Equatable {
  /// The actions in order.
  public private(set) var actions: [Action] = []

  /// No actions.
  public init() {}

  /// Adds the next action.
  public mutating func append(_ action: Action) {
    actions.append(action)
  }

  /// The trace file of a chain in a run.
  public static func file(of chain: Int, in run: RunDirectory) -> String {
    run.tracesFolder + "/chain_" + chain.padded(to: 4) + ".npz"
  }

  /// Writes `actions` (`[steps, 8]` float64, unused numbers 0), `count` (numbers used) and `kind` (0
  /// `cartesian_rel`, 1 `cartesian_abs`, 2 `joint_rel`, 3 `joint_abs`, 4 `cartesian_rel` scaled in
  /// float32).
  public func write(to path: String) throws {
    var numbers: [Double] = []
    var kinds: [UInt8] = []
    var counts: [UInt8] = []
    for action in actions {
      let values = action.values
      numbers += values + [Double](repeating: 0, count: Self.width - values.count)
      kinds.append(Self.code(of: action))
      counts.append(UInt8(values.count))
    }
    let bytes = try npzBytes(
      [
        ("actions", NPYArray(numbers, shape: [actions.count, Self.width])),
        ("kind", NPYArray(kinds)), ("count", NPYArray(counts)),
      ], compressed: false)
    try DurableFile.write(bytes, to: path)
  }

  /// Reads what `write` wrote.
  public init(path: String) throws {
    let archive = try NPZArchive(path: path)
    let numbers = try archive.array("actions").expectingShape([nil, Self.width]).doubles()
    let kinds = try archive.array("kind").integers()
    let counts = try archive.array("count").integers()
    guard kinds.count * Self.width == numbers.count, counts.count == kinds.count,
      kinds.allSatisfy({ (0...5).contains($0) }),
      counts.allSatisfy({ (0...Self.width).contains($0) })
    else {
      throw ResultsError.malformed(
        path: path, line: nil, message: "expected as many kinds and counts as actions")
    }
    actions = kinds.indices.map { index in
      let values = Array(numbers[index * Self.width..<index * Self.width + counts[index]])
      switch kinds[index] {
      case 0: return .cartesianRelative(values)
      case 1: return .cartesianAbsolute(values)
      case 2: return .jointRelative(values)
      case 3: return .jointAbsolute(values)
      case 4: return .cartesianRelative(values, precision: .single)
      default: return .cartesianRelative(values, precision: .half)
      }
    }
  }

  private static let width = 8

  private static func code(of action: Action) -> UInt8 {
    switch action {
    case .cartesianRelative(_, .double): 0
    case .cartesianAbsolute: 1
    case .jointRelative: 2
    case .jointAbsolute: 3
    case .cartesianRelative(_, .single): 4
    case .cartesianRelative(_, .half): 5
    }
  }
}

/// Writes a chain's actions into the run's `traces` folder when it ends.
final class TraceWriter: ChainObserver {
  private let run: RunDirectory
  private var trace = RecordedActions()

  init(run: RunDirectory) {
    self.run = run
  }

  func began(_ plan: PlannedChain, state: EnvironmentState, cameras: any CameraSource) {
    trace = RecordedActions()
  }

  func stepped(
    _ action: Action, position: Int, state: EnvironmentState, cameras: any CameraSource
  ) {
    trace.append(action)
  }

  func ended(_ result: ChainResult) throws {
    try trace.write(to: RecordedActions.file(of: result.chain, in: run))
  }
}

/// Acts as recorded; past the recording's end it faults.
public final class ActionReplay: Policy {
  private let actions: [Action]
  private var next = 0

  /// A policy that repeats these actions over all subtasks of one chain.
  public init(_ recording: RecordedActions) {
    actions = recording.actions
  }

  /// Goes on where the last subtask ended.
  public func reset(for subtask: SubtaskContext) {}

  /// The next recorded action.
  public func act(_ observation: Observation) throws -> Action {
    guard next < actions.count else { throw PolicyFault("the recording ends here") }
    next += 1
    return actions[next - 1]
  }
}

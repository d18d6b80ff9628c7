import Calvin
import Policies
import Results

/// Watches a chain as it runs: recordings, frame dumps, film strips.
public protocol ChainObserver: AnyObject {
  /// The world was reset for the chain (or reset again: an attempt failed).
  func began(_ plan: PlannedChain, state: EnvironmentState, cameras: any CameraSource) throws
  /// The world made a step with exactly this action for the subtask at `position`.
  func stepped(
    _ action: Action, position: Int, state: EnvironmentState, cameras: any CameraSource) throws
  /// The chain has its verdict.
  func ended(_ result: ChainResult) throws
}

import Calvin
import Policies
import Results

/// Writes each chain's recording (`--record`) when it ends.
public final class ChainRecorder: ChainObserver {
  private let folder: String
  private let assets: String
  private let scene: String
  private var recording: Recording?

  /// Writes into `folder`, which must exist; scene and assets digest go into every recording.
  public init(folder: String, scene: String, assets: String) {
    self.folder = folder
    self.scene = scene
    self.assets = assets
  }

  /// Starts a recording.
  public func began(_ plan: PlannedChain, state: EnvironmentState, cameras: any CameraSource) {
    recording = Recording(chain: plan.chain, scene: scene, assets: assets, start: state)
    recording?.preparation = plan.preparation.map {
      Recording.Preparation(start: plan.start, actions: $0.map(\.values))
    }
  }

  /// Adds a step.
  public func stepped(
    _ action: Action, position: Int, state: EnvironmentState, cameras: any CameraSource
  ) throws {
    try recording?.append(action, position: position, state: state)
  }

  /// Writes the files.
  public func ended(_ result: ChainResult) throws {
    recording?.finish(successes: result.subtasks.map(\.success))
    try recording?.write(to: folder)
  }
}

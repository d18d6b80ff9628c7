import Calvin

/// A folder of recordings (`--record DIR`) that is to be replayed in a given scene.
public struct RecordingFolder: Sendable {
  /// The folder.
  public let path: String
  /// The scene and digest of the assets it is replayed with.
  private let scene: String
  private let assets: String

  /// A folder to replay in this scene with these assets.
  public init(path: String, scene: String, assets: String) {
    self.path = path
    self.scene = scene
    self.assets = assets
  }

  /// Throws unless every chain is there and was recorded as the same chain, in the same scene, with
  /// the same assets. Reads the JSON files only, so a run can ask before it starts.
  public func check(_ chains: [Chain]) throws {
    for chain in chains {
      let file = Recording.stem(of: chain.index, in: path) + ".json"
      let names = try Recording.names(in: file)
      try check(names, file: file)
      guard names.chain == chain else {
        throw RecordingError(
          file,
          "records another chain \(chain.index): \(names.chain.subtasks.joined(separator: ", "))"
            + " instead of \(chain.subtasks.joined(separator: ", "))"
            + (names.chain.initialState == chain.initialState
              ? "" : ", from another initial state"))
      }
    }
  }

  /// The recording of a chain, checked against scene and assets.
  func recording(of chain: Int) throws -> Recording {
    let recording = try Recording(chain: chain, in: path)
    try check(recording, file: Recording.stem(of: chain, in: path) + ".json")
    return recording
  }

  private func check(_ recording: Recording, file: String) throws {
    guard recording.scene == scene else {
      throw RecordingError(file, "was recorded in scene \(recording.scene), not \(scene)")
    }
    guard recording.assets == assets else {
      throw RecordingError(
        file, "was recorded with other assets: \(recording.assets), not \(assets)")
    }
  }
}

/// Repeats recorded actions. In the same simulation it reproduces every state; where it does not,
/// its actions run out, which counts as a fault of the policy.
public final class ReplayPolicy: Policy {
  private let folder: RecordingFolder
  private var recording: Recording?
  private var actions: ArraySlice<Action> = []

  /// A policy that replays this folder's chains.
  public init(_ folder: RecordingFolder) {
    self.folder = folder
  }

  /// Takes up the actions recorded for the subtask.
  public func reset(for subtask: SubtaskContext) throws {
    let recording: Recording
    if let loaded = self.recording, loaded.chain.index == subtask.chain {
      recording = loaded
    } else {
      recording = try folder.recording(of: subtask.chain)
      self.recording = recording
    }
    let recorded = recording.chain.subtasks
    guard recorded.indices.contains(subtask.position), recorded[subtask.position] == subtask.task
    else {
      throw RecordingError(
        Recording.stem(of: subtask.chain, in: folder.path),
        "records \(recorded.joined(separator: ", ")), not \(subtask.task) at position "
          + "\(subtask.position)")
    }
    actions = recording.actions(at: subtask.position)[...]
  }

  /// The next recorded action.
  public func act(_ observation: Observation) throws -> Action {
    guard let action = actions.popFirst() else {
      throw PolicyFault(
        "the recording of this subtask ends after \(observation.step) steps, and the simulation "
          + "did not end it there")
    }
    return action
  }
}

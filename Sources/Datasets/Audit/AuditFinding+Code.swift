extension AuditFinding {
  /// The kinds of findings; the raw value is the code that reports carry.
  public enum Code: String, Sendable, CaseIterable {
    /// Frames without a file.
    case missingFrames = "missing-frames"
    /// A frame's file is damaged, lacks an array, or holds a state that cannot be.
    case unreadableFrame = "unreadable-frame"
    /// `ep_lens.npy` disagrees with `ep_start_end_ids.npy`.
    case episodeLengths = "episode-lengths-mismatch"
    /// A frame belongs to two episodes.
    case episodesOverlap = "episodes-overlap"
    /// `scene_info.npy` leaves out frames, names some twice, or names no scene of the benchmark.
    case sceneRanges = "scene-ranges"
    /// The state jumps within an episode.
    case discontinuity = "discontinuity"
    /// Frames hold the state of the frame before although the robot was moving.
    case repeatedFrames = "repeated-frames"
    /// The robot goes farther in one frame than its action can take it: frames between are lost.
    case droppedFrames = "dropped-frames"
    /// An episode ends before it begins.
    case invalidEpisode = "episode-invalid"
    /// Files of frames that belong to no episode.
    case strayFrames = "stray-frames"
    /// A number is NaN or infinite.
    case notFinite = "not-finite"
    /// Numbers were stored in half precision once.
    case lowPrecision = "low-precision"
    /// A modality lies some frames before or after the others.
    case shifted = "shifted-modality"
    /// `rel_actions` do not follow from `actions` and `robot_obs`, for no reason found.
    case relativeMismatch = "rel-actions-mismatch"
    /// `actions` and `rel_actions` stand for each other.
    case exchangedActions = "actions-exchanged"
    /// `rel_actions` are metres and radians.
    case unnormalized = "rel-actions-unnormalised"
    /// `rel_actions` go beyond 1.
    case unclipped = "rel-actions-unclipped"
    /// `rel_actions` are along the axes of the TCP.
    case relativeFrame = "rel-actions-frame"
    /// Translations of `rel_actions` have another factor than 50.
    case translationScale = "translation-scale"
    /// Rotations of `rel_actions` have another factor than 20.
    case rotationScale = "rotation-scale"
    /// Angles are in another order of axes.
    case eulerOrder = "euler-order"
    /// Axes of positions or angles stand for each other, or are negated.
    case axes = "axes-exchanged"
    /// Angles are in degrees.
    case degrees = "angles-in-degrees"
    /// Angles are not within ±π, or their differences were not brought there.
    case unwrapped = "angles-unwrapped"
    /// Positions are not in metres.
    case lengthUnit = "positions-not-in-metres"
    /// The TCP of `robot_obs` is not where its joints put it.
    case tcpMismatch = "tcp-mismatch"
    /// The robot does not follow `actions` after the time it takes in CALVIN.
    case lag = "action-lag"
    /// The gripper's action has the wrong sign.
    case gripperNegated = "gripper-negated"
    /// The gripper's action contradicts the recorded state.
    case gripperMismatch = "gripper-mismatch"
    /// The gripper's action is neither 1 nor -1.
    case gripperEncoding = "gripper-encoding"
    /// The gripper's opening is not the distance of its fingers.
    case gripperWidth = "gripper-width"
    /// `statistics.yaml` is not of these frames.
    case statistics = "statistics-mismatch"
    /// Red and blue are exchanged.
    case colors = "swapped-channels"
    /// Pictures are mirrored or turned.
    case flipped = "flipped-picture"
    /// Static and wrist camera stand for each other.
    case camerasExchanged = "cameras-exchanged"
    /// Pictures show another scene than `scene_info.npy` says.
    case wrongScene = "wrong-scene"
    /// `scene_obs` names things in another order than the pictures show.
    case sceneOrder = "scene-obs-order"
    /// Blocks, doors or lamps are elsewhere in the pictures than `scene_obs` says.
    case sceneMismatch = "scene-obs-mismatch"
    /// Pictures have another size than the camera's.
    case resolution = "wrong-resolution"
    /// Pictures are no bytes [height, width, 3].
    case pictureFormat = "picture-format"
    /// Pictures of one colour.
    case blank = "blank-picture"
    /// A picture stays the same while the robot moves.
    case frozen = "frozen-picture"
    /// Pictures lost detail: made smaller and larger again, or strongly compressed.
    case resampled = "resampled-picture"
    /// Pictures show the right state but were drawn in another way.
    case renderer = "other-renderer"
    /// Pictures show the right state with other surfaces than the embedded scenes have.
    case surfaces = "other-surfaces"
    /// Pictures do not show the recorded states, for no reason found.
    case pictureMismatch = "picture-mismatch"
    /// Depth is not in metres.
    case depthUnit = "depth-unit"
    /// Depth does not show the recorded states, for no reason found.
    case depthMismatch = "depth-mismatch"
    /// A span leaves its episode, or lies in none.
    case spanOutsideEpisode = "span-outside-episode"
    /// A span ends before it begins.
    case invalidSpan = "span-invalid"
    /// Spans, tasks, instructions and embeddings are not equally many.
    case annotationLengths = "annotation-lengths-mismatch"
    /// A span without instruction.
    case emptyInstruction = "empty-instruction"
    /// A span is annotated twice.
    case duplicateSpan = "duplicate-span"
    /// An instruction says something other than its task.
    case contradictingInstruction = "instruction-contradicts-task"
    /// One instruction stands for several tasks.
    case ambiguousInstruction = "ambiguous-instruction"
    /// A task the benchmark does not have.
    case unknownTask = "unknown-task"
    /// A task of the benchmark without a span.
    case missingTask = "missing-task"
    /// The frames of a span show another task than its label.
    case wrongTask = "wrong-task"
    /// The frames of a span show no task.
    case taskNotShown = "task-not-shown"
    /// A span ends before its task is achieved, or begins after it was begun.
    case truncatedSpan = "span-truncated"
    /// All spans lie some frames off.
    case shiftedSpans = "spans-shifted"
    /// Recorded actions do not lead where the recording goes.
    case replayDrift = "replay-drift"

    /// True for what is worth knowing but no fault.
    public var isNote: Bool {
      [Self.strayFrames, .surfaces, .missingTask].contains(self)
    }

    /// What to do about it.
    public var advice: String {
      switch self {
      case .missingFrames: "Fetch the files again; training stops where one is missing."
      case .unreadableFrame: "Fetch the file again, or cut the episode before and after the frame."
      case .episodeLengths: "Recompute ep_lens.npy: last - first + 1 of every episode."
      case .episodesOverlap: "Correct ep_start_end_ids.npy: every frame belongs to one episode."
      case .sceneRanges:
        "Correct scene_info.npy: one range of frames per scene, together all frames."
      case .discontinuity:
        "Correct ep_start_end_ids.npy so that the episode ends where the recording was cut."
      case .repeatedFrames: "Drop the repeated frames and renumber, or mask them in training."
      case .droppedFrames:
        "Cut the episode at these frames; windows across them teach wrong motion."
      case .invalidEpisode: "Correct ep_start_end_ids.npy: first and last frame of every episode."
      case .strayFrames: "Expect no training on these frames, or correct ep_start_end_ids.npy."
      case .notFinite: "Drop the frames; one NaN spoils a whole batch."
      case .lowPrecision:
        "Store float32 or float64 from the source; half a millimetre and 0.05 degrees are lost."
      case .shifted: "Move the named modality back by that many frames before training on it."
      case .relativeMismatch:
        "Recompute rel_actions: (actions - robot_obs) times 50 and 20, angles wrapped, clipped to 1."
      case .exchangedActions: "Exchange the two arrays."
      case .unnormalized: "Multiply rel_actions by 50 (position) and 20 (angles) and clip to 1."
      case .unclipped: "Clip rel_actions to [-1, 1]."
      case .relativeFrame:
        "Turn the translations into the world's axes by the TCP's orientation, or recompute them."
      case .translationScale: "Recompute rel_actions with the factor 50 (0.02 m is 1)."
      case .rotationScale: "Recompute rel_actions with the factor 20 (0.05 rad is 1)."
      case .axes: "Put the numbers in the order x, y, z, with the signs calvin_env writes."
      case .eulerOrder: "Convert the angles to extrinsic x, y, z as calvin_env writes them."
      case .degrees: "Convert the angles to radians."
      case .unwrapped: "Bring the angles, and for rel_actions their differences, to -pi...pi."
      case .lengthUnit: "Convert the positions to metres."
      case .tcpMismatch:
        "Check the columns of robot_obs: TCP position, TCP angles, width, 7 joints, gripper action."
      case .lag: "Check whether actions and observations were paired with the same time step."
      case .gripperNegated: "Negate the gripper's action: +1 opens, -1 closes."
      case .gripperMismatch: "Check which recording the gripper's action was taken from."
      case .gripperEncoding: "Write the gripper's action as +1 (open) and -1 (closed)."
      case .gripperWidth: "Write the distance of the fingers: 0 closed, 0.08 m open."
      case .statistics: "Write the statistics anew: calvin-eval data info DIR --statistics."
      case .colors: "Reverse the last axis of the pictures."
      case .flipped: "Undo it before training: the benchmark's pictures are upright."
      case .camerasExchanged: "Exchange rgb_static and rgb_gripper."
      case .wrongScene:
        "Correct scene_info.npy; evaluation on the named scene would not be what was trained."
      case .sceneOrder:
        "Reorder scene_obs: slider, drawer, button, switch, bulb, LED, blocks in scene-file order."
      case .sceneMismatch:
        "Check which recording scene_obs was taken from, or whether it was recorded at all."
      case .resolution:
        "Resize in training, not on disk: other sizes change what augmentation and encoder see."
      case .pictureFormat: "Store uint8 pictures of the shape [height, width, 3]."
      case .blank: "Render again, or drop the frames."
      case .frozen: "Drop the frames, or render them again from their states."
      case .resampled: "Render again from the states; lost detail does not come back."
      case .renderer:
        "Render again with the benchmark's renderer, or expect a gap between training and evaluation."
      case .surfaces:
        "Give --calvin-env DIR to compare official pictures with official scenes, pixel by pixel."
      case .pictureMismatch: "Check which recording the pictures were taken from."
      case .depthUnit: "Convert the depth to metres along the optical axis."
      case .depthMismatch: "Check which recording the depth was taken from."
      case .spanOutsideEpisode: "Cut the span at the episode's end or drop it."
      case .invalidSpan: "Correct info/indx: first and last frame of the span."
      case .annotationLengths: "Annotate again, or find the entry that one of the lists lacks."
      case .emptyInstruction: "Write an instruction, or drop the span."
      case .duplicateSpan: "Drop one of the two."
      case .contradictingInstruction: "Check whether instructions and spans are in the same order."
      case .ambiguousInstruction: "Say in the instruction what sets the tasks apart."
      case .unknownTask: "Use the benchmark's task names (calvin-eval tasks lists them)."
      case .missingTask: "Expect a policy trained on this split alone not to know the task."
      case .wrongTask:
        "Check whether labels and spans are in the same order; relabel with the task reported."
      case .taskNotShown: "Drop the span, or annotate it again."
      case .truncatedSpan: "Extend the span by the frames named."
      case .shiftedSpans: "Move info/indx by that many frames."
      case .replayDrift:
        "Check robot, scene and control settings against the dataset's .hydra configuration."
      }
    }
  }
}

/// A problem found in a dataset, or something worth knowing about it.
public struct AuditFinding: Sendable, Equatable {
  /// The kinds of findings; the raw value is the code that reports carry.
  public enum Code: String, Sendable, CaseIterable {
    /// A modality lies some frames before or after the others.
    case shifted = "shifted-modality"
    /// `rel_actions` do not follow from `actions` and `robot_obs`, for no reason found.
    case relativeMismatch = "rel-actions-mismatch"
    /// Translations of `rel_actions` have another factor than 50.
    case translationScale = "translation-scale"
    /// Rotations of `rel_actions` have another factor than 20.
    case rotationScale = "rotation-scale"
    /// Angles are in another order of axes.
    case eulerOrder = "euler-order"
    /// Angles are in degrees.
    case degrees = "angles-in-degrees"
    /// Positions are not in metres.
    case lengthUnit = "positions-not-in-metres"
    /// The robot does not follow `actions` after the time it takes in CALVIN.
    case lag = "action-lag"
    /// The gripper's action has the wrong sign.
    case gripperNegated = "gripper-negated"
    /// The gripper's action contradicts the recorded state.
    case gripperMismatch = "gripper-mismatch"
    /// A span leaves its episode, or lies in none.
    case spanOutsideEpisode = "span-outside-episode"
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
    /// Frames without a file.
    case missingFrames = "missing-frames"

    /// True for what is worth knowing but no fault.
    public var isNote: Bool { self == .missingTask }

    /// What to do about it.
    public var advice: String {
      switch self {
      case .shifted: "Move the named modality back by that many frames before training on it."
      case .relativeMismatch:
        "Recompute rel_actions: (actions - robot_obs) times 50 and 20, angles wrapped, clipped to 1."
      case .translationScale: "Recompute rel_actions with the factor 50 (0.02 m is 1)."
      case .rotationScale: "Recompute rel_actions with the factor 20 (0.05 rad is 1)."
      case .eulerOrder: "Convert the angles to extrinsic x, y, z as calvin_env writes them."
      case .degrees: "Convert the angles to radians."
      case .lengthUnit: "Convert the positions to metres."
      case .lag: "Check whether actions and observations were paired with the same time step."
      case .gripperNegated: "Negate the gripper's action: +1 opens, -1 closes."
      case .gripperMismatch: "Check which recording the gripper's action was taken from."
      case .spanOutsideEpisode: "Cut the span at the episode's end or drop it."
      case .duplicateSpan: "Drop one of the two."
      case .contradictingInstruction: "Check whether instructions and spans are in the same order."
      case .ambiguousInstruction: "Say in the instruction what sets the tasks apart."
      case .unknownTask: "Use the benchmark's task names (calvin-eval tasks lists them)."
      case .missingTask: "Expect a policy trained on this split alone not to know the task."
      case .missingFrames: "Fetch the files again; training stops where one is missing."
      }
    }
  }

  /// Its kind.
  public var code: Code
  /// Where: an episode, a span, or the split.
  public var place: String
  /// What was found, with figures.
  public var message: String

  /// A finding of these parts.
  public init(_ code: Code, at place: String, _ message: String) {
    self.code = code
    self.place = place
    self.message = message
  }
}

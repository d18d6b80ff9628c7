import Calvin

/// A stretch of a dataset to be looked at.
public struct Clip: Sendable {
  /// One recorded step.
  public struct Step: Sendable {
    /// Frame number.
    public var number: Int
    /// The static camera's picture.
    public var fixed: Frame
    /// The wrist camera's picture.
    public var gripper: Frame
    /// `actions` (7).
    public var action: [Double]
    /// `rel_actions` (7).
    public var relativeAction: [Double]
    /// `robot_obs` and `scene_obs`.
    public var state: EnvironmentState

    /// A step of these parts.
    public init(
      number: Int, fixed: Frame, gripper: Frame, action: [Double], relativeAction: [Double],
      state: EnvironmentState
    ) {
      self.number = number
      self.fixed = fixed
      self.gripper = gripper
      self.action = action
      self.relativeAction = relativeAction
      self.state = state
    }
  }

  /// Name of the dataset's folder.
  public var dataset: String
  /// Number of the span in its annotations.
  public var span: Int
  /// Task name.
  public var task: String
  /// Sentence.
  public var instruction: String
  /// Scene name, nil when the dataset does not say.
  public var scene: String?
  /// The annotated frames; steps before and after are context.
  public var annotated: ClosedRange<Int>
  /// Consecutive steps, at least one.
  public var steps: [Step]

  /// A clip of these parts.
  public init(
    dataset: String, span: Int, task: String, instruction: String, scene: String?,
    annotated: ClosedRange<Int>, steps: [Step]
  ) {
    precondition(!steps.isEmpty)
    self.dataset = dataset
    self.span = span
    self.task = task
    self.instruction = instruction
    self.scene = scene
    self.annotated = annotated
    self.steps = steps
  }
}

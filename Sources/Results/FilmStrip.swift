import Calvin

/// Pictures of one chain for the report: a few moments seen by both cameras.
public struct FilmStrip: Sendable, Equatable {
  /// Chain index.
  public var chain: Int
  /// The moments in order.
  public var moments: [Moment]

  /// One moment of a chain.
  public struct Moment: Sendable, Equatable {
    /// Env steps since the chain's start.
    public var step: Int
    /// Position of the subtask being attempted, 0-4.
    public var position: Int
    /// The static camera's picture (200x200 RGB).
    public var staticFrame: Frame
    /// The gripper camera's picture (84x84 RGB).
    public var gripperFrame: Frame

    /// A moment of these parts.
    public init(step: Int, position: Int, staticFrame: Frame, gripperFrame: Frame) {
      self.step = step
      self.position = position
      self.staticFrame = staticFrame
      self.gripperFrame = gripperFrame
    }
  }

  /// A strip of these parts.
  public init(chain: Int, moments: [Moment]) {
    self.chain = chain
    self.moments = moments
  }
}

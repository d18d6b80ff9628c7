/// A policy's deterministic failure: the same observations would make it fail again (NaN in the
/// network, an output of the wrong shape). The subtask fails and the fault is recorded; nothing is
/// retried. Any other error a policy throws counts as failed infrastructure (process gone,
/// connection lost): the chain is retried and never scored.
public struct PolicyFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// What happened.
  public var description: String

  /// A fault with this message.
  public init(_ description: String) {
    self.description = description
  }
}

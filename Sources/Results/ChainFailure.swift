/// A chain that has no verdict because infrastructure failed every attempt; never a score.
public struct ChainFailure: Codable, Sendable, Equatable {
  /// Chain index.
  public var chain: Int
  /// Attempts made.
  public var attempts: Int
  /// What went wrong at the last attempt.
  public var reason: String

  /// A failure of these parts.
  public init(chain: Int, attempts: Int, reason: String) {
    self.chain = chain
    self.attempts = attempts
    self.reason = reason
  }
}

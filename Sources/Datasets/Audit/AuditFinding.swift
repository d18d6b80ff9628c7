/// A problem found in a dataset, or something worth knowing about it.
public struct AuditFinding: Sendable, Equatable {
  /// Its kind.
  public var code: Code
  /// What it is about: an array of the frames (`rgb_static`) or a file; nil where the place says it.
  public var subject: String?
  /// Where: an episode, a span, or the split.
  public var place: String
  /// What was found, with figures.
  public var message: String
  /// The size of the fault, where it has one: frames, a factor, decibels.
  public var amount: Double?

  /// A finding of these parts.
  public init(
    _ code: Code, of subject: String? = nil, at place: String, _ message: String,
    amount: Double? = nil
  ) {
    self.code = code
    self.subject = subject
    self.place = place
    self.message = message
    self.amount = amount
  }
}

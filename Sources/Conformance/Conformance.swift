/// What a conformance kind found; the command prints it as text or JSON.
public struct ConformanceReport: Sendable {
  /// One line per file or group compared.
  public var lines: [String]
  /// Named figures for the last line and for `--json`, in order of printing.
  public var totals: [(name: String, value: Double)]
  /// Files or quantities that could not be compared, each with its reason; never counted as passed.
  public var notCovered: [String]
  /// True when everything compared agrees within the stated tolerance.
  public var agrees: Bool

  /// A report of these parts.
  public init(
    lines: [String] = [], totals: [(name: String, value: Double)] = [],
    notCovered: [String] = [], agrees: Bool
  ) {
    self.lines = lines
    self.totals = totals
    self.notCovered = notCovered
    self.agrees = agrees
  }
}

/// Why a comparison could not be made at all: an empty or unreadable reference.
public struct ConformanceError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, with the file and what was expected.
  public var description: String

  /// An error with this message.
  public init(_ description: String) {
    self.description = description
  }
}

import NumPy

/// Instructions for spans of frames, as `auto_lang_ann.npy` holds them.
public struct LanguageAnnotations: Sendable {
  /// A span of frames that shows a task.
  public struct Span: Sendable, Hashable {
    /// First frame.
    public var first: Int
    /// Last frame, as stored.
    public var last: Int
    /// Task name.
    public var task: String
    /// Instruction.
    public var instruction: String

    /// A span of these parts.
    public init(first: Int, last: Int, task: String, instruction: String) {
      self.first = first
      self.last = last
      self.task = task
      self.instruction = instruction
    }
  }

  /// The file.
  public let file: String
  /// Spans in the file's order.
  public let spans: [Span]
  /// What is wrong with the file, empty unless faults are tolerated.
  public let findings: [AuditFinding]

  /// Reads the pickled dictionary; nothing in it is executed. Embeddings are counted, if there.
  ///
  /// - Parameter toleratesFaults: True reads what can be and keeps what is wrong for an audit, false
  ///   throws it.
  public init(file: String, toleratesFaults: Bool = false) throws(DatasetError) {
    let root = try reading { () throws(NumPyError) in try readNPY(file).objects().first }
    guard let root, root.entries != nil else {
      throw DatasetError(file, "expected a pickled dictionary")
    }
    func list(_ section: String, _ key: String) throws(DatasetError) -> [PickleValue] {
      guard let elements = root[section]?[key]?.elements else {
        throw DatasetError(file, "expected the list ['\(section)']['\(key)']")
      }
      return elements
    }
    guard let ranges = root["info"]?["indx"]?.ranges else {
      throw DatasetError(file, "expected pairs of whole numbers as ['info']['indx']")
    }
    let tasks = try list("language", "task")
    let texts = try list("language", "ann")
    var findings: [AuditFinding] = []
    func complain(
      _ code: AuditFinding.Code, of subject: String, _ message: String
    ) throws(DatasetError) {
      guard toleratesFaults else { throw DatasetError(file, message) }
      findings.append(AuditFinding(code, of: subject, at: "annotations", message))
    }
    if ranges.count != tasks.count || ranges.count != texts.count {
      try complain(
        .annotationLengths, of: "info/indx, language/task, language/ann",
        "holds \(ranges.count) spans, \(tasks.count) tasks and \(texts.count) instructions")
    }
    if toleratesFaults, let embeddings = try? root["language"]?["emb"]?.array(source: file) {
      if let count = embeddings.shape.first, count != ranges.count {
        try complain(
          .annotationLengths, of: "language/emb",
          "holds \(ranges.count) spans and \(count) embeddings")
      }
      if let numbers = try? embeddings.floats(), !numbers.allSatisfy(\.isFinite) {
        try complain(.notFinite, of: "language/emb", "an embedding is not finite")
      }
    }
    var spans: [Span] = []
    spans.reserveCapacity(ranges.count)
    for index in 0..<min(ranges.count, tasks.count, texts.count) {
      let range = ranges[index]
      guard range.count == 2, let task = tasks[index].text, let text = texts[index].text else {
        throw DatasetError(file, "span \(index) is no pair of frames with task and instruction")
      }
      guard 0 <= range[0], range[0] <= range[1] else {
        try complain(
          .invalidSpan, of: "info/indx", "span \(index) goes from frame \(range[0]) to \(range[1])")
        continue
      }
      spans.append(Span(first: range[0], last: range[1], task: task, instruction: text))
    }
    self.file = file
    self.spans = spans
    self.findings = findings
  }
}

extension PickleValue {
  /// The rows of an array of whole numbers, or of a list of such.
  fileprivate var ranges: [[Int]]? {
    if let elements { return elements.map { $0.numbers ?? [] } }
    guard let array = try? array(source: ""), array.shape.count == 2,
      let numbers = try? array.integers()
    else { return nil }
    let width = array.shape[1]
    return (0..<array.shape[0]).map { Array(numbers[($0 * width)..<(($0 + 1) * width)]) }
  }

  /// A text, also where a list of one text stands for it.
  fileprivate var text: String? {
    if let string { return string }
    if let bytes { return String(validating: bytes, as: UTF8.self) }
    guard let elements, elements.count == 1 else { return nil }
    return elements[0].string
  }
}

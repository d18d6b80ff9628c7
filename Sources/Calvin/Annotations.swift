/// Instructions in natural language by task, as in CALVIN's annotation files.
public struct Annotations: Sendable, Equatable {
  /// The file they were read from.
  public let source: String
  /// Task names in the file's order.
  public let tasks: [String]
  private let sentences: [String: [String]]

  /// Reads an annotations file: task -> one sentence or a list of them.
  public init(file path: String) throws(CalvinError) {
    try self.init(yaml: try readText(path), source: path)
  }

  /// Reads the text of such a file; `source` names it in errors.
  public init(yaml text: String, source: String) throws(CalvinError) {
    var tasks: [String] = []
    var sentences: [String: [String]] = [:]
    for (task, node) in try YAMLNode(text: text, source: source).mapping() {
      let texts = try node.strings()
      guard !texts.isEmpty else { throw node.error("task \(task) has no sentence") }
      tasks.append(task)
      sentences[task] = texts
    }
    self.source = source
    self.tasks = tasks
    self.sentences = sentences
  }

  /// All sentences of the task; empty when the file has none.
  public func sentences(of task: String) -> [String] { sentences[task] ?? [] }

  /// The sentence the evaluation gives: the task's first, as upstream.
  public func instruction(for task: String) throws(CalvinError) -> String {
    guard let first = sentences[task]?.first else {
      throw CalvinError(source, "has no sentence for the task \(task)")
    }
    return first
  }
}

/// Examines annotated spans and what their instructions say; no picture and no simulation is
/// needed for that.
public struct AnnotationAudit: Sendable {
  /// What is wrong, and tasks without a span.
  public let findings: [AuditFinding]

  /// Examines a split's annotations against its episodes and the benchmark's tasks.
  ///
  /// - Parameter sentences: Known instructions by task; one that is another task's own sentence
  ///   contradicts its task.
  public init(
    _ spans: [LanguageAnnotations.Span], episodes: [DatasetSplit.Episode], tasks: [String],
    sentences: [String: [String]]
  ) {
    var findings: [AuditFinding] = []
    var ranges: [ClosedRange<Int>: Int] = [:]
    var tasksOfText: [String: Set<String>] = [:]
    var ownersOfSentence: [String: Set<String>] = [:]
    for (task, texts) in sentences {
      for text in texts { ownersOfSentence[Self.normalized(text), default: []].insert(task) }
    }
    for (index, span) in spans.enumerated() {
      let place = "span \(index) (\(span.first)...\(span.last), \(span.task))"
      if !episodes.contains(where: { $0.contains(span.first) && $0.contains(span.last) }) {
        let first = episodes.first { $0.contains(span.first) }
        findings.append(
          AuditFinding(
            .spanOutsideEpisode, at: place,
            first.map { "begins in the episode \($0.first)...\($0.last) and ends outside it" }
              ?? "begins in no episode"))
      }
      if let other = ranges.updateValue(index, forKey: span.first...span.last) {
        findings.append(
          AuditFinding(
            .duplicateSpan, at: place,
            "has the frames of span \(other)"
              + (spans[other].task == span.task ? "" : ", which shows \(spans[other].task)")))
      }
      guard tasks.contains(span.task) else {
        findings.append(AuditFinding(.unknownTask, at: place, "no task is called '\(span.task)'"))
        continue
      }
      let text = Self.normalized(span.instruction)
      guard !text.isEmpty else {
        findings.append(AuditFinding(.emptyInstruction, at: place, "has no instruction"))
        continue
      }
      if let owners = ownersOfSentence[text], !owners.contains(span.task) {
        findings.append(
          AuditFinding(
            .contradictingInstruction, at: place,
            "'\(span.instruction)' is the instruction of \(owners.sorted().joined(separator: ", "))"
          ))
      } else if let reason = InstructionMeaning(text).contradiction(to: span.task) {
        findings.append(
          AuditFinding(
            .contradictingInstruction, at: place, "'\(span.instruction)' \(reason)"))
      } else {
        tasksOfText[text, default: []].insert(span.task)
      }
    }
    for (text, names) in tasksOfText.sorted(by: { $0.key < $1.key }) where names.count > 1 {
      findings.append(
        AuditFinding(
          .ambiguousInstruction, at: "annotations",
          "'\(text)' stands for \(names.sorted().joined(separator: ", "))"))
    }
    let shown = Set(spans.map(\.task))
    for task in tasks where !shown.contains(task) {
      findings.append(AuditFinding(.missingTask, at: "annotations", "no span shows \(task)"))
    }
    self.findings = findings
  }

  private static func normalized(_ text: String) -> String {
    text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

/// What an instruction explicitly says: colours, sides, objects, on and off, open and shut. Only
/// what is said can contradict a task.
struct InstructionMeaning {
  private let words: Set<Substring>

  init(_ text: String) {
    words = Set(
      text.lowercased().split { !$0.isLetter })
  }

  private func says(_ any: String...) -> Bool { any.contains { words.contains(Substring($0)) } }

  /// Why the instruction cannot be that of the task, nil when nothing said is against it.
  func contradiction(to task: String) -> String? {
    let parts = Set(task.split(separator: "_"))
    for group in [["red", "blue", "pink"], ["left", "right"]] {
      let meant = group.filter { parts.contains(Substring($0)) }
      let said = group.filter { words.contains(Substring($0)) }
      if let meant = meant.first, !said.isEmpty, !said.contains(meant) {
        return "says \(said.joined(separator: " and ")), not \(meant)"
      }
    }
    let family = Self.family(of: task)
    let isLamp = says("led", "button", "bulb", "lightbulb")
    if says("led", "button"), !task.hasSuffix("_led") { return "speaks of the LED" }
    if says("bulb", "lightbulb"), !task.hasSuffix("_lightbulb") { return "speaks of the bulb" }
    if says("switch"), !isLamp, family != "turn" { return "speaks of the switch" }
    if says("drawer"), !parts.contains("drawer") { return "speaks of the drawer" }
    if says("door"), family != "move", !task.hasSuffix("_slider") { return "speaks of the door" }
    if says("red", "blue", "pink"), !isLamp, ["turn", "move", "open", "close"].contains(family) {
      return "speaks of a block"
    }
    for (verbs, families) in Self.verbs where !verbs.isDisjoint(with: words) {
      if !families.contains(family) {
        return "says \(verbs.intersection(words).sorted().joined(separator: ", "))"
      }
    }
    if task.hasPrefix("turn_on"), says("off") { return "says off, not on" }
    if task.hasPrefix("turn_off"), says("on"), !says("off") { return "says on, not off" }
    if task == "open_drawer", says("close", "shut") { return "says close, not open" }
    if task == "close_drawer", says("open", "pull"), !says("close") {
      return "says open, not close"
    }
    return nil
  }

  /// First word of the task's name; pushing into the drawer is a family of its own.
  private static func family(of task: String) -> String {
    task == "push_into_drawer" ? "into" : String(task.prefix { $0 != "_" })
  }

  /// Words for what is done, and the families of tasks they are said of.
  private static let verbs: [(words: Set<Substring>, families: Set<String>)] = [
    (["stack", "stacked", "tower"], ["stack", "unstack"]), (["rotate"], ["rotate"]),
    (["lift"], ["lift", "stack", "unstack"]),
    (["push", "slide", "sweep"], ["push", "into", "move", "open", "close", "turn"]),
    (["turn"], ["rotate", "turn"]),
  ]
}

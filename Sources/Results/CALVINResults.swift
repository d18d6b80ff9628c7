/// CALVIN's own `results.json`, as `print_and_save` writes it for one epoch.
public enum CALVINResults {
  /// `{"null": {"avg_seq_len", "chain_sr": {"1"..."5"}, "task_info": {TASK: {"success", "total"}}}}`.
  /// A task's total counts its successes and the failed subtask of each chain; subtasks never
  /// tried do not count. Nil without results: there is no average of nothing.
  public static func json(_ results: [ChainResult]) -> JSONValue? {
    guard !results.isEmpty else { return nil }
    let count = Double(results.count)
    let lengths = results.map(\.successes)
    let rates = (1...5).map { length in
      (String(length), JSONValue.double(Double(lengths.count { $0 >= length }) / count))
    }
    var tasks: [String: (success: Int, total: Int)] = [:]
    for subtask in results.flatMap(\.subtasks) {
      let (success, total) = tasks[subtask.task] ?? (0, 0)
      tasks[subtask.task] = (success + (subtask.success ? 1 : 0), total + 1)
    }
    return [
      "null": [
        "avg_seq_len": .double(Double(lengths.reduce(0, +)) / count),
        "chain_sr": .object(Dictionary(uniqueKeysWithValues: rates)),
        "task_info": .object(
          tasks.mapValues { ["success": .int($0.success), "total": .int($0.total)] }),
      ]
    ]
  }
}

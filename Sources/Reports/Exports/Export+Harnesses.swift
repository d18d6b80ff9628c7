import Results

extension Export {
  /// RoboVLMs appends a line after every chain: how many chains are done and the rates of 1...5 in
  /// a row so far.
  var roboVLMs: String {
    var counts = [0, 0, 0, 0, 0]
    var text = ""
    for (index, result) in results.enumerated() {
      for k in 0..<5 where result.successes > k { counts[k] += 1 }
      let rates = counts.map { decimals(Double($0) / Double(index + 1), 3) + " | " }
      text += "\(index + 1)/\(`protocol`.chains): \(rates.joined())\n"
    }
    return text
  }

  /// One task per chain with one episode, as vla-eval's CALVIN benchmark reports. Session ids, dates
  /// and times are left out: they would differ between equal runs. What vla-eval does not have is
  /// under `calvin`.
  func vlaEval() throws -> JSONValue {
    let id = try `protocol`.id()
    let tasks = results.map { result -> JSONValue in
      let name = "seq_" + result.chain.padded(to: 4)
      let steps = result.subtasks.reduce(0) { $0 + $1.steps }
      let solved = result.successes == 5
      var episode: [String: JSONValue] = [
        "sid": .string(id), "eid": .string("\(id)-\(result.chain.padded(to: 4))"),
        "episode_id": 0,
        "metrics": [
          "success": .bool(solved), "completed_subtasks": .int(result.successes),
        ],
        "steps": .int(steps), "name": .string(name), "seq_idx": .int(result.chain),
        "episode_idx": 0, "task_idx": .int(result.chain),
      ]
      if let fault = result.subtasks.last?.fault {
        episode["failure_reason"] = "policy_fault"
        episode["failure_detail"] = .string(fault)
      }
      return [
        "task": .string(name), "episodes": [.object(episode)], "num_episodes": 1,
        "avg_steps": .double(Double(steps)), "mean_success": .double(solved ? 1 : 0),
        "mean_completed_subtasks": .double(Double(result.successes)),
      ]
    }
    return [
      "benchmark": "calvin", "mode": "sync", "harness_version": "0.8.0",
      "tasks": .array(tasks),
      "config": [
        "benchmark": "calvin-eval", "mode": "sync", "name": "calvin", "subname": .null,
        "episodes_per_task": 1, "max_steps": .int(`protocol`.stepsPerSubtask),
        "params": [
          "num_sequences": .int(`protocol`.chains),
          "seed": .int(Int(truncatingIfNeeded: policy.seed)),
        ],
      ],
      "eval_id": .string(id),
      "server_info": ["model_server": .string(policy.name)],
      "render": ["requested": .string(`protocol`.renderer), "applied_env": [:]],
      "seed": .int(Int(truncatingIfNeeded: policy.seed)),
      "metric_keys": ["success": "mean", "completed_subtasks": "mean"],
      "mean_success": .double(rounded(statistics.inARow[4].rate ?? 0)),
      "mean_completed_subtasks": .double(rounded(statistics.averageLength ?? 0)),
      "num_episodes_total": .int(results.count), "num_errors": 0,
      "calvin": try calvinSummary(id),
    ]
  }

  private func calvinSummary(_ id: String) throws -> JSONValue {
    let interval = statistics.averageLengthInterval
    return [
      "protocol_id": .string(id), "protocol": try JSONValue(encoding: `protocol`),
      "non_standard": .array(nonStandard.map { .string($0) }),
      "average_length": statistics.averageLength.map { .double($0) } ?? .null,
      "average_length_interval": interval.map { [.double($0.lower), .double($0.upper)] } ?? .null,
      "chain_sr": .object(
        Dictionary(
          uniqueKeysWithValues: statistics.inARow.enumerated().map {
            ("\($0.offset + 1)", .double($0.element.rate ?? 0))
          })),
      "task_info": .object(
        Dictionary(
          uniqueKeysWithValues: statistics.skills.filter { $0.success.trials > 0 }.map { skill in
            let interval = skill.success.interval
            return (
              skill.task,
              [
                "success": .int(skill.success.successes), "total": .int(skill.success.trials),
                "interval": [.double(interval.lower), .double(interval.upper)],
              ] as JSONValue
            )
          })),
    ]
  }

  /// vla-eval rounds its means to four places.
  private func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }

  /// `overall_score` is only for ABC->D with the 1000 official chains; otherwise the average length
  /// stands under `task_scores.reported_avg`, as the leaderboard's rules say.
  func leaderboard(_ settings: Settings) -> JSONValue {
    let average = statistics.averageLength.map { JSONValue.double(($0 * 1000).rounded() / 1000) }
    let isOverall =
      settings.split == "ABC->D" && nonStandard.isEmpty && results.count == 1000
    let rates = statistics.inARow.enumerated().map { index, rate in
      (
        "\(index + 1)_task\(index == 0 ? "" : "s")",
        JSONValue.double((1000 * (rate.rate ?? 0)).rounded() / 10)
      )
    }
    var entry: [String: JSONValue] = [
      "model": .string(policy.name), "display_name": .string(policy.name),
      "benchmark": "calvin", "weight_type": "finetuned",
      "curated_by": .string(settings.curator), "date_added": .string(settings.dateAdded),
      "overall_score": isOverall ? average ?? .null : .null,
      "suite_scores": .object(Dictionary(uniqueKeysWithValues: rates)),
      "reported_paper": .null,
      "notes": .string(
        "\(settings.split), \(results.count) chains, \(`protocol`.stepsPerSubtask) steps per "
          + "subtask, calvin-eval"
          + (nonStandard.isEmpty ? "" : "; non-standard: " + nonStandard.joined(separator: "; "))),
    ]
    if !isOverall, let average { entry["task_scores"] = ["reported_avg": average] }
    return .object(entry)
  }
}

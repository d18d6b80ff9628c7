import Foundation
import Results
import Testing

@testable import Reports

/// Three chains: all five solved, two solved, none (a fault).
private let threeChains: [ChainResult] = {
  func solved(_ task: String, _ steps: Int) -> SubtaskResult {
    SubtaskResult(task: task, success: true, steps: steps, policyCalls: steps)
  }
  let tasks = ["open_drawer", "lift_red_block_table", "stack_block", "turn_on_led", "close_drawer"]
  return [
    ChainResult(chain: 0, tasks: tasks, subtasks: zip(tasks, [40, 60, 80, 30, 50]).map(solved)),
    ChainResult(
      chain: 1, tasks: tasks,
      subtasks: [
        solved("open_drawer", 45), solved("lift_red_block_table", 70),
        SubtaskResult(
          task: "stack_block", success: false, steps: 360, policyCalls: 360,
          miss: "not on a block, \"red\" lies on the table"),
      ]),
    ChainResult(
      chain: 2, tasks: tasks,
      subtasks: [
        SubtaskResult(
          task: "open_drawer", success: false, steps: 3, policyCalls: 4, fault: "action is NaN")
      ]),
  ]
}()

private func export(_ nonStandard: [String] = ["3 chains"]) -> Export {
  Export(
    protocol: standardProtocol(chains: 3), policy: policyRecord, nonStandard: nonStandard,
    results: threeChains.reversed())
}

@Test func calvinExportIsTheResultsFile() throws {
  let text = try export().text(.calvin)
  #expect(text == CALVINResults.json(threeChains)?.pretty)
  #expect(text.contains("\"avg_seq_len\": 2.3333333333333335"))
}

@Test func roboVLMsExportGrowsLineByLine() throws {
  #expect(
    try export().text(.robovlms) == """
      1/3: 1.000 | 1.000 | 1.000 | 1.000 | 1.000 | 
      2/3: 1.000 | 1.000 | 0.500 | 0.500 | 0.500 | 
      3/3: 0.667 | 0.667 | 0.333 | 0.333 | 0.333 | 

      """)
}

@Test func csvExportQuotesWhatNeedsIt() throws {
  #expect(
    try export().text(.csv) == """
      chain,position,task,success,steps,policy_calls,miss,fault,chain_length
      0,1,open_drawer,1,40,40,,,5
      0,2,lift_red_block_table,1,60,60,,,5
      0,3,stack_block,1,80,80,,,5
      0,4,turn_on_led,1,30,30,,,5
      0,5,close_drawer,1,50,50,,,5
      1,1,open_drawer,1,45,45,,,2
      1,2,lift_red_block_table,1,70,70,,,2
      1,3,stack_block,0,360,360,"not on a block, ""red"" lies on the table",,2
      2,1,open_drawer,0,3,4,,action is NaN,0

      """)
}

@Test func latexAndMarkdownRows() throws {
  #expect(try export().text(.latex) == "expert & 66.7 & 66.7 & 33.3 & 33.3 & 33.3 & 2.33 \\\\\n")
  let markdown = try export().text(.markdown)
  #expect(markdown.contains("| expert | 66.7% | 66.7% | 33.3% | 33.3% | 33.3% | 2.33 ("))
  #expect(markdown.contains("**Non-standard:** 3 chains"))
  #expect(markdown.contains("| stack_block | 50.0% | "))
}

@Test func junitFailsTasksBelowTheirThreshold() throws {
  let text = try export().text(
    .junit, settings: Export.Settings(thresholds: ["stack_block": 0.95, "open_drawer": 0.9]))
  #expect(text.contains("tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"0\""))
  #expect(text.contains("<failure message=\"50.0 % (95 % interval 9.5–90.5, 1 of 2)"))
  let parser = XMLChecker(text)
  #expect(parser.isWellFormed)
}

/// Every key of a real vla-eval file is there, except the ids and times that differ between equal
/// runs and what its own configuration holds.
@Test(.enabled(if: sampleFile != nil, "no reference data here"))
func vlaEvalExportHasTheRealFilesKeys() throws {
  let sample = try JSONValue(
    parsing: Array(Data(contentsOf: try #require(sampleFile))))
  let ours = try JSONValue(parsing: export().text(.vlaEval))
  for key in keys(sample).subtracting(["created_at"]) { #expect(ours[key] != nil, "\(key)") }
  let (theirTask, ourTask) = (first(sample["tasks"]), first(ours["tasks"]))
  #expect(keys(theirTask) == keys(ourTask))
  #expect(
    keys(first(theirTask?["episodes"])).subtracting(["elapsed_sec"])
      == keys(first(ourTask?["episodes"])))
  #expect(ours["mean_success"] == .double(0.3333))
  #expect(ours["mean_completed_subtasks"] == .double(2.3333))
}

@Test func leaderboardGivesAnOverallScoreOnlyForTheBenchmark() throws {
  let small = try JSONValue(parsing: export().text(.leaderboard))
  #expect(small["overall_score"] == .null)
  #expect(small["task_scores"]?["reported_avg"] == .double(2.333))
  let whole = Export(
    protocol: standardProtocol(), policy: policyRecord, nonStandard: [],
    results: madeUpResults(chains: 1000, skill: 0.8))
  let entry = try JSONValue(parsing: whole.text(.leaderboard))
  #expect(entry["overall_score"] != .null && entry["task_scores"] == nil)
  #expect(keys(entry["suite_scores"]) == ["1_task", "2_tasks", "3_tasks", "4_tasks", "5_tasks"])
}

@Test func everyFormatDependsOnResultsOnly() throws {
  let results = madeUpResults(chains: 50, skill: 0.6)
  for format in ExportFormat.allCases {
    let texts = try [results, results.shuffled()].map {
      try Export(
        protocol: standardProtocol(chains: 50), policy: policyRecord, nonStandard: ["50"],
        results: $0
      ).text(format)
    }
    #expect(texts[0] == texts[1], "\(format)")
  }
}

private let sampleFile: URL? = {
  let file = packageRoot.appending(
    path: "../shared/reference/formats/vla_eval_0.8_aggregate.json")
  return FileManager.default.fileExists(atPath: file.path) ? file : nil
}()

private func keys(_ value: JSONValue?) -> Set<String> {
  if case .object(let members) = value { Set(members.keys) } else { [] }
}

private func first(_ value: JSONValue?) -> JSONValue? {
  if case .array(let values) = value { values.first } else { nil }
}

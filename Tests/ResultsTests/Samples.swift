import Foundation
import Results

/// A verdict with the given number of solved subtasks.
func sampleResult(_ chain: Int, successes: Int = 2) -> ChainResult {
  let tasks = [
    "open_drawer", "lift_red_block_table", "place_in_drawer", "close_drawer", "turn_on_led",
  ]
  let solved = tasks.prefix(successes).map {
    SubtaskResult(task: $0, success: true, steps: 40 + chain, policyCalls: 40 + chain)
  }
  let failed = tasks.dropFirst(successes).prefix(1).map {
    SubtaskResult(
      task: $0, success: false, steps: 360, policyCalls: 360, miss: "rose 0.031 m of 0.05")
  }
  return ChainResult(chain: chain, tasks: tasks, subtasks: solved + failed)
}

func sampleTiming(_ chain: Int) -> ChainTiming {
  ChainTiming(
    chain: chain, worker: chain % 4, steps: 100, frames: 0, seconds: 0.125 + Double(chain),
    phases: ChainTiming.Phases(),
    progress: .init(start: 1, elapsed: Double(chain), memory: 1000 * chain))
}

func sampleEntry(_ chain: Int) -> Journal.Entry {
  .verdict(sampleResult(chain), sampleTiming(chain))
}

func sampleRecord(chains: Int = 4) -> RunRecord {
  RunRecord(
    protocol: ProtocolRecord(
      scene: "D", assets: "a0", tasks: "b1", annotations: "c2", sequences: "d3", chains: chains,
      stepsPerSubtask: 360, actionMode: "cartesian_rel", substeps: 8,
      cameras: [.init(name: "static", width: 200, height: 200, fieldOfViewDegrees: 10)],
      renderer: "egl", depthBits: 24, shadows: true),
    policy: PolicyRecord(kind: "random", name: "random", seed: 7),
    environment: ["machine": ["cores": 4]], settings: RunSettings())
}

/// Calls `body` with a new empty folder that is removed afterwards.
func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.path + "/results-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

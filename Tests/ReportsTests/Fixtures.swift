import Assets
import Calvin
import Foundation
import Results

@testable import Reports

/// The package's folder.
let packageRoot = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

/// The 34 task names.
let taskNames: [String] =
  ["red", "blue", "pink"].flatMap { color in
    [
      "rotate_\(color)_block_right", "rotate_\(color)_block_left", "push_\(color)_block_right",
      "push_\(color)_block_left", "lift_\(color)_block_table", "lift_\(color)_block_slider",
      "lift_\(color)_block_drawer",
    ]
  } + [
    "move_slider_left", "move_slider_right", "open_drawer", "close_drawer", "push_into_drawer",
    "place_in_slider", "place_in_drawer", "stack_block", "unstack_block", "turn_on_lightbulb",
    "turn_off_lightbulb", "turn_on_led", "turn_off_led",
  ]

/// Made-up results: task `t` succeeds with a chance between `skill` and 1 by its number.
func madeUpResults(chains: Int, skill: Double, seed: UInt64 = 1) -> [ChainResult] {
  (0..<chains).map { chain in
    var generator = CounterGenerator(seed: seed, stream: UInt64(chain))
    let tasks = (0..<5).map { position in
      taskNames[(chain * 7 + position * 11 + chain / 34) % taskNames.count]
    }
    var subtasks: [SubtaskResult] = []
    for task in tasks {
      let difficulty = Double(taskNames.firstIndex(of: task) ?? 0) / 34
      let solved = Double.random(in: 0..<1, using: &generator) < skill + (1 - skill) * difficulty
      let steps = solved ? 20 + Int.random(in: 0..<150, using: &generator) : 360
      let moved = Int.random(in: 0..<99, using: &generator)
      let fault = !solved && moved == 7 ? "action holds a NaN at index 3" : nil
      subtasks.append(
        SubtaskResult(
          task: task, success: solved, steps: fault == nil ? steps : 12, policyCalls: steps,
          miss: solved || fault != nil ? nil : "moved 0.0\(moved + 100) m, needs 0.1 m",
          fault: fault))
      if !solved { break }
    }
    return ChainResult(chain: chain, tasks: tasks, subtasks: subtasks)
  }
}

/// A standard protocol over this many chains.
func standardProtocol(chains: Int = 1000) -> ProtocolRecord {
  let digest = String(repeating: "0123456789abcdef", count: 4)
  return ProtocolRecord(
    scene: "D", assets: digest, tasks: digest, annotations: digest, sequences: digest,
    chains: chains, stepsPerSubtask: 360, actionMode: "cartesian_rel", substeps: 8,
    cameras: [
      .init(name: "static", width: 200, height: 200, fieldOfViewDegrees: 10),
      .init(name: "gripper", width: 84, height: 84, fieldOfViewDegrees: 75),
    ], renderer: "cpu", depthBits: 16, shadows: true)
}

/// A policy's record.
let policyRecord = PolicyRecord(kind: "expert", name: "expert", seed: 0)

/// A picture with smooth shading and some texture, different for each number.
func madeUpFrame(_ size: Int, _ number: Int) -> Frame {
  var rgb: [UInt8] = []
  for y in 0..<size {
    for x in 0..<size {
      let noise = (x * 7 + y * 13 + x * y) % 11
      rgb += [
        UInt8(60 + x * 120 / size + noise), UInt8(50 + y * 90 / size + noise),
        UInt8((number * 23 + (x + y) * 60 / size) % 256),
      ]
    }
  }
  return Frame(width: size, height: size, rgb: rgb)
}

/// Strips of these chains: recorded pictures of the benchmark where available, else made-up ones.
func strips(of chains: [Int], moments: Int = 8) -> [FilmStrip] {
  chains.map { chain in
    FilmStrip(
      chain: chain,
      moments: (0..<moments).map { moment in
        let number = (chain + moment) % 24
        return FilmStrip.Moment(
          step: moment * 45, position: moment * 5 / moments,
          staticFrame: recordedFrame("static", number) ?? madeUpFrame(200, number),
          gripperFrame: recordedFrame("gripper", number) ?? madeUpFrame(84, number))
      })
  }
}

private func recordedFrame(_ camera: String, _ number: Int) -> Frame? {
  let name = "D_\(String(format: "%03d", number))_\(camera).png"
  let file = packageRoot.appending(path: "../shared/reference/frames/\(name)")
  guard FileManager.default.fileExists(atPath: file.path),
    let picture = try? Bitmap(pngFile: file.path).rgb()
  else { return nil }
  return Frame(width: picture.width, height: picture.height, rgb: picture.pixels)
}

/// The checked-in published rows.
func referenceRows() throws -> [ReferenceRow] {
  try ReferenceRow.read(
    Data(contentsOf: packageRoot.appending(path: "Results/reference_rows.json")))
}

/// A report with everything a page can show.
func fullReport(chains: Int = 1000) throws -> RunReport {
  let results = madeUpResults(chains: chains, skill: 0.75)
  let failed = results.filter { $0.successes < 5 }.prefix(3).map(\.chain)
  let solved = results.filter { $0.successes == 5 }.prefix(1).map(\.chain)
  return RunReport(
    protocol: standardProtocol(chains: chains), policy: policyRecord,
    nonStandard: chains == 1000 ? [] : ["\(chains) of the 1000 official chains"],
    results: results, strips: strips(of: failed + solved),
    instructions: ["push_red_block_left": "go push the red block left"],
    references: try referenceRows())
}

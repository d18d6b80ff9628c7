import Calvin
import Datasets
import Foundation

/// The two forms `data info` prints.
enum DatasetSummaryText {
  static func text(_ summary: DatasetSummary) -> String {
    let split = summary.split
    let spans = split.annotations?.spans.count ?? 0
    var lines = [
      split.path,
      "frames       \(split.frameCount) in \(split.episodes.count) episodes, "
        + String(format: "%.2f h at 30 frames/s", summary.hours),
      "scenes       "
        + (summary.scenes.isEmpty
          ? "not said (no scene_info.npy)"
          : summary.scenes.map { "\($0.name) \($0.count)" }.joined(separator: ", ")),
    ]
    if summary.missingFrames > 0 { lines.append("MISSING      \(summary.missingFrames) frames") }
    if summary.strayFrames > 0 {
      lines.append("stray        \(summary.strayFrames) files that belong to no episode")
    }
    lines.append("config       \(split.configurationFile ?? "none")")
    lines.append("statistics   \(split.statistics == nil ? "none" : "statistics.yaml")")
    let sentences = Set((split.annotations?.spans ?? []).map(\.instruction)).count
    let shown = summary.tasks.filter { $0.spans > 0 }
    lines.append(
      "annotations  "
        + (split.annotations == nil
          ? "none"
          : "\(spans) spans of \(shown.count) tasks with \(sentences) different instructions, "
            + (split.annotations?.file.dropFirst(split.path.count + 1) ?? "")))
    for task in shown {
      lines.append(
        "  \(task.task.padded(to: 26)) \(String(task.spans).rightAligned(to: 5)) spans, \(String(task.instructions).rightAligned(to: 5)) "
          + "instructions, \(task.frames) frames")
    }
    let absent = summary.tasks.filter { $0.spans == 0 }.map(\.task)
    if split.annotations != nil, !absent.isEmpty {
      lines.append("  no span of: \(absent.joined(separator: ", "))")
    }
    return (lines + numbers(summary.numbers)).joined(separator: "\n")
  }

  private static func numbers(_ numbers: DatasetSummary.Numbers) -> [String] {
    guard numbers.frames > 0 else { return ["no frame was read"] }
    let names = ["x", "y", "z", "roll", "pitch", "yaw", "gripper"]
    var lines = [
      "actions      over \(numbers.frames) frames",
      "  rel_actions      min      max     mean      std  clipped  |a|>0.65",
    ]
    for (index, name) in names.enumerated() {
      let moments = numbers.relativeActions
      var line = "  \(name.padded(to: 11))"
      for value in [
        moments.minimum[index], moments.maximum[index], moments.mean[index],
        moments.deviation[index],
      ] {
        line += String(format: " %8.3f", value)
      }
      if index < 6 {
        line += String(
          format: " %7.1f%% %8.1f%%", percent(numbers.clipped[index], numbers.frames),
          percent(numbers.beyondRange[index], numbers.frames))
      }
      lines.append(line)
    }
    lines.append(
      String(
        format: "  gripper open in %.1f%% of the frames, %d changes",
        percent(numbers.gripperOpen, numbers.frames), numbers.gripperToggles))
    return lines + normalization(numbers.normalization)
  }

  private static func normalization(_ statistics: NormalizationStatistics) -> [String] {
    func row(_ name: String, _ numbers: [Double]) -> [String] {
      stride(from: 0, to: numbers.count, by: 8).map { start in
        "  " + (start == 0 ? name : "").padded(to: 17)
          + numbers[start..<min(start + 8, numbers.count)].map { String(format: "%9.4f", $0) }
          .joined()
      }
    }
    return ["normalisation  actions are clipped to [-0.65, 0.65] and scaled to [-1, 1]"]
      + row("act_min_bound", statistics.actionMinimum)
      + row("act_max_bound", statistics.actionMaximum)
      + row("robot_obs mean", statistics.robot.mean)
      + row("robot_obs std", statistics.robot.deviation)
      + row("scene_obs mean", statistics.scene.mean)
      + row("scene_obs std", statistics.scene.deviation)
  }

  static func json(_ summary: DatasetSummary) -> OrderedJSON {
    let split = summary.split
    let numbers = summary.numbers
    let normalization = numbers.normalization
    return .object([
      .init(key: "path", value: .string(split.path)),
      .init(key: "frames", value: .integer(split.frameCount)),
      .init(key: "episodes", value: .integer(split.episodes.count)),
      .init(key: "hours", value: .number(summary.hours)),
      .init(key: "missing_frames", value: .integer(summary.missingFrames)),
      .init(key: "stray_files", value: .integer(summary.strayFrames)),
      .init(
        key: "scenes",
        value: .object(summary.scenes.map { .init(key: $0.name, value: .integer($0.count)) })),
      .init(key: "spans", value: .integer(split.annotations?.spans.count ?? 0)),
      .init(
        key: "instructions",
        value: .integer(Set((split.annotations?.spans ?? []).map(\.instruction)).count)),
      .init(
        key: "annotations_file", value: split.annotations.map { .string($0.file) } ?? .null),
      .init(
        key: "tasks",
        value: .object(
          summary.tasks.map { task in
            .init(
              key: task.task,
              value: .object([
                .init(key: "spans", value: .integer(task.spans)),
                .init(key: "instructions", value: .integer(task.instructions)),
                .init(key: "frames", value: .integer(task.frames)),
              ]))
          })),
      .init(key: "frames_read", value: .integer(numbers.frames)),
      .init(key: "rel_actions", value: moments(numbers.relativeActions)),
      .init(key: "actions", value: moments(numbers.actions)),
      .init(key: "clipped_fraction", value: fractions(numbers.clipped, numbers.frames)),
      .init(
        key: "beyond_0.65_fraction", value: fractions(numbers.beyondRange, numbers.frames)),
      .init(key: "gripper_open_frames", value: .integer(numbers.gripperOpen)),
      .init(key: "gripper_toggles", value: .integer(numbers.gripperToggles)),
      .init(
        key: "normalization",
        value: .object([
          .init(key: "robot_obs_mean", value: list(normalization.robot.mean)),
          .init(key: "robot_obs_std", value: list(normalization.robot.deviation)),
          .init(key: "scene_obs_mean", value: list(normalization.scene.mean)),
          .init(key: "scene_obs_std", value: list(normalization.scene.deviation)),
          .init(key: "act_min_bound", value: list(normalization.actionMinimum)),
          .init(key: "act_max_bound", value: list(normalization.actionMaximum)),
          .init(key: "norm_min", value: .number(-0.65)),
          .init(key: "norm_max", value: .number(0.65)),
        ])),
    ])
  }

  private static func moments(_ moments: RunningMoments) -> OrderedJSON {
    .object([
      .init(key: "min", value: list(moments.minimum)),
      .init(key: "max", value: list(moments.maximum)),
      .init(key: "mean", value: list(moments.mean)),
      .init(key: "std", value: list(moments.deviation)),
    ])
  }

  /// JSON knows no infinity, which is what the bounds of no frame are.
  private static func list(_ numbers: [Double]) -> OrderedJSON {
    .array(numbers.map { $0.isFinite ? .number($0) : .null })
  }

  private static func fractions(_ counts: [Int], _ total: Int) -> OrderedJSON {
    .array(counts.map { .number(total > 0 ? Double($0) / Double(total) : 0) })
  }

  private static func percent(_ count: Int, _ total: Int) -> Double {
    100 * Double(count) / Double(max(1, total))
  }
}

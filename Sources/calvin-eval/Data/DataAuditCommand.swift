import ArgumentParser
import Calvin
import Datasets
import Foundation

/// `calvin-eval data audit DIR`: do a dataset's parts belong together?
struct DataAuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Check that actions, states and instructions of a dataset belong together.",
    discussion: """
      Compares rel_actions with actions and robot_obs, the time the robot takes to follow, the
      gripper, units and axis order; spans with episodes; instructions with tasks. Pictures are not
      examined and nothing is simulated.
      Leaves with 0 when nothing is wrong, with 1 when something is; each finding has a code.
      Examples:
        calvin-eval data audit ../task_D_D
        calvin-eval data audit ../task_ABC_D/training --sample 20 --json
      """)

  @Argument(help: "A split of a dataset, or the dataset's folder.")
  var folder: String

  @Option(help: "Read about this many episodes, spread over the split.")
  var sample: Int?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let sample, sample < 1 { throw ValidationError("--sample must be at least 1") }
  }

  func run() throws {
    let audits: [DatasetAudit]
    do {
      let library = try taskLibrary()
      let sentences = Dictionary(
        uniqueKeysWithValues: library.taskNames.map {
          ($0, library.validation.sentences(of: $0) + library.training.sentences(of: $0))
        })
      audits = try DatasetSplit.splits(at: folder).map {
        try DatasetAudit(
          of: $0, tasks: library.taskNames, sentences: sentences, sample: sample)
      }
    } catch {
      FileHandle.standardError.write(Data("error: \(error)\n".utf8))
      throw ExitCode.badInput
    }
    print(
      output.json
        ? OrderedJSON.object([.init(key: "splits", value: .array(audits.map(Self.json)))])
          .pythonText
        : audits.map(Self.text).joined(separator: "\n\n"))
    if !audits.allSatisfy(\.isClean) { throw ExitCode.mismatch }
  }

  private static func text(_ audit: DatasetAudit) -> String {
    let actions = audit.actions
    var lines = [
      audit.split.path,
      String(
        format: "actions      rel_actions follow in %.1f%% of %d frames, gripper agrees in %.1f%%",
        100 * actions.agreement, actions.frames, 100 * actions.gripperAgreement),
      "lag          "
        + (actions.lag.map { "robot_obs follows actions after \($0) frames" }
          ?? "not measurable, the robot hardly moves"),
    ]
    let faults = audit.findings.filter { !$0.code.isNote }
    for finding in faults {
      lines.append("FOUND \(finding.code.rawValue) at \(finding.place): \(finding.message)")
      lines.append("      \(finding.code.advice)")
    }
    let notes = audit.findings.filter(\.code.isNote)
    if !notes.isEmpty { lines.append("note         \(notes.count) tasks without a span") }
    lines.append(faults.isEmpty ? "clean" : "\(faults.count) problems")
    return lines.joined(separator: "\n")
  }

  private static func json(_ audit: DatasetAudit) -> OrderedJSON {
    let actions = audit.actions
    return .object([
      .init(key: "path", value: .string(audit.split.path)),
      .init(key: "clean", value: .bool(audit.isClean)),
      .init(key: "frames", value: .integer(actions.frames)),
      .init(key: "rel_actions_agreement", value: .number(actions.agreement)),
      .init(key: "gripper_agreement", value: .number(actions.gripperAgreement)),
      .init(key: "lag", value: actions.lag.map(OrderedJSON.integer) ?? .null),
      .init(
        key: "distance_by_lag",
        value: .array(
          actions.distances.map { distance in
            .array([
              .integer(distance.lag), distance.metres.isFinite ? .number(distance.metres) : .null,
            ])
          })),
      .init(
        key: "findings",
        value: .array(
          audit.findings.map { finding in
            .object([
              .init(key: "code", value: .string(finding.code.rawValue)),
              .init(key: "note", value: .bool(finding.code.isNote)),
              .init(key: "place", value: .string(finding.place)),
              .init(key: "message", value: .string(finding.message)),
              .init(key: "advice", value: .string(finding.code.advice)),
            ])
          })),
    ])
  }
}

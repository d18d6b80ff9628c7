import Datasets
import Foundation

extension DatasetAudit {
  /// The audit in lines for a terminal.
  public var text: String {
    var lines = [
      split.path,
      String(
        format: "actions       rel_actions follow in %.1f%% of %d frames, gripper agrees in %.1f%%",
        100 * actions.agreement, actions.frames, 100 * actions.gripperAgreement),
      "lag          "
        + (actions.lag.map { "robot_obs follows actions after \($0) frames" }
          ?? "not measurable, the robot hardly moves")
        + (replay.lag.map { ", \($0) off a simulation of them" } ?? ""),
    ]
    if let tcpDistance {
      lines.append(
        String(
          format: "states       TCP %.1f mm from that of the joints in the median",
          1000 * tcpDistance))
    }
    for channel in Channel.allCases {
      guard let fit = fits[channel], let median = fit.median else { continue }
      let lag = fit.bestLag.map { $0 == 0 ? "in step" : "best \($0) frames later" }
      let name = channel.rawValue.padding(toLength: 14, withPad: " ", startingAt: 0)
      lines.append(
        name
          + (channel.isDepth
            ? String(
              format: "median difference %.1f mm (95%% of the frames below %.1f)", 1000 * median,
              1000 * (fit.quantile(0.95) ?? 0))
            : String(
              format: "PSNR %.1f dB in the median (5%% below %.1f)", median,
              fit.quantile(0.05) ?? 0))
          + ", " + (lag ?? "no lag measurable") + ", \(fit.byFrame.count) frames")
    }
    if let spans {
      let shown = spans.verdicts.count(where: \.isShown)
      let replayed = spans.verdicts.count(where: \.isReplayed)
      lines.append(
        "spans        \(shown) of \(spans.verdicts.count) show their task as recorded, "
          + "\(replayed) when simulated")
    }
    for step in [9, 29, 59] {
      guard let tcp = replay.quantiles([0.5, 0.9], of: \.tcp, after: step),
        let blocks = replay.quantiles([0.5, 0.9], of: \.blocks, after: step)
      else { continue }
      lines.append(
        String(
          format: "replay       after %2d actions TCP %.1f mm (90%%: %.1f), blocks %.1f mm (%.1f)",
          step + 1, 1000 * tcp[0], 1000 * tcp[1], 1000 * blocks[0], 1000 * blocks[1]))
    }
    lines += omissions.map { "left out     \($0)" }
    let faults = findings.filter { !$0.code.isNote }
    for finding in faults {
      lines.append("FOUND \(finding.code.rawValue) at \(finding.place): \(finding.message)")
      lines.append("      \(finding.code.advice)")
    }
    let notes = findings.filter(\.code.isNote)
    let missing = notes.count { $0.code == .missingTask }
    if missing > 0 { lines.append("note         \(missing) tasks without a span") }
    for note in notes where note.code != .missingTask {
      lines.append("note         \(note.code.rawValue) at \(note.place): \(note.message)")
    }
    lines.append(
      faults.isEmpty ? "clean" : "\(faults.count) problem\(faults.count == 1 ? "" : "s")")
    return lines.joined(separator: "\n")
  }
}

import Assets
import Datasets
import Foundation
import Reports

/// The audit of a dataset as one self-contained HTML page.
public struct AuditPage: Sendable {
  private let splits: [(audit: DatasetAudit, pictures: [AuditPicture])]

  /// A page about these splits; pictures are those of `AuditPicture.worst`.
  public init(_ splits: [(audit: DatasetAudit, pictures: [AuditPicture])]) {
    self.splits = splits
  }

  /// The page. Equal audits give equal bytes.
  public func html() -> String {
    let body = splits.map { split in
      Self.header(split.audit) + Self.findings(split.audit) + Self.pictures(split.audit)
        + Self.worst(split.pictures) + Self.spans(split.audit) + Self.motion(split.audit)
        + Self.episodes(split.audit)
    }.joined()
    return page(title: "Dataset audit", body: body, style: Chart.style)
  }

  private static func header(_ audit: DatasetAudit) -> String {
    let faults = audit.findings.filter { !$0.code.isNote }
    let verdict =
      faults.isEmpty
      ? "<span class=\"chip good\">clean</span>"
      : "<span class=\"chip bad\">\(faults.count) problem\(faults.count == 1 ? "" : "s")</span>"
    let name = audit.split.path.split(separator: "/").suffix(2).joined(separator: "/")
    let scenes = Set(audit.episodes.map(\.scene)).sorted().joined(separator: ", ")
    return """
      <header>
      <p class="eyebrow">Dataset audit: do actions, pictures and texts belong together?</p>
      <h1>\(escaped(name))</h1>
      <div class="chips">\(verdict)
      <span class="chip">\(audit.frameCount) of \(audit.split.frameCount) frames examined</span>
      <span class="chip">\(audit.split.episodes.count) episodes</span>
      <span class="chip">scenes \(escaped(scenes))</span>
      <span class="chip">\(audit.split.annotations?.spans.count ?? 0) annotated spans</span>
      <span class="chip">\(audit.style.shadows ? "shadows" : "no shadows"), \
      \(audit.style.depthBits)-bit depth</span></div>
      </header>

      """
  }

  private static func findings(_ audit: DatasetAudit) -> String {
    let notes = audit.findings.filter { $0.code == .missingTask }
    let shown = audit.findings.filter { $0.code != .missingTask }
    var rows = shown.map { finding in
      "<td class=\"name\"><span class=\"chip \(finding.code.isNote ? "" : "bad")\">"
        + "\(finding.code.rawValue)</span><br><b>\(breakable(finding.message))</b><br>"
        + "<span class=\"quiet small\">\(escaped(finding.place)). \(escaped(finding.code.advice))"
        + "</span></td>"
    }
    if let first = notes.first {
      rows.append(
        "<td class=\"name\"><span class=\"chip\">\(first.code.rawValue)</span><br>"
          + "<b>\(notes.count) tasks have no span</b><br><span class=\"quiet small\">"
          + "\(escaped(first.code.advice))</span></td>")
    }
    let left = audit.omissions.map { "<li>\(escaped($0))</li>" }.joined()
    return section(
      "Findings", rows.isEmpty ? "Nothing was found." : nil,
      (rows.isEmpty
        ? "" : table(head: "<th>What, where, what to do</th>", rows: rows))
        + (left.isEmpty
          ? "" : "<div class=\"notice\">Left out because of the above:<ul>\(left)</ul></div>"))
  }

  // MARK: Pictures

  private static func pictures(_ audit: DatasetAudit) -> String {
    let lags = PictureAudit.lags
    func lagSeries(_ channels: [Channel]) -> [Chart.Series] {
      channels.compactMap { channel in
        guard let fit = audit.fits[channel], fit.compared > 0 else { return nil }
        let unit = channel.isDepth ? 1000.0 : 1
        return Chart.Series(
          name: channel.rawValue,
          points: lags.map { (Double($0), unit * fit.meanSquare(at: $0).squareRoot()) })
      }
    }
    func distribution(_ channels: [Channel], _ scale: Double) -> [Chart.Series] {
      channels.compactMap { channel in
        guard let fit = audit.fits[channel], fit.byFrame.count > 1 else { return nil }
        return Chart.Series(
          name: channel.rawValue,
          points: stride(from: 0, through: 100, by: 5).map {
            (Double($0), scale * (fit.quantile(Double($0) / 100) ?? 0))
          })
      }
    }
    let rgb: [Channel] = [.rgbStatic, .rgbGripper]
    let depth: [Channel] = [.depthStatic, .depthGripper]
    var charts = [
      Chart(
        title: "Pictures: root mean square error, levels",
        axis: "frames the state is ahead of the picture", series: lagSeries(rgb),
        mark: (0, "in step")),
      Chart(
        title: "Pictures: PSNR, dB", axis: "per cent of the frames, worst first",
        series: distribution(rgb, 1)),
    ]
    if depth.contains(where: { audit.fits[$0] != nil }) {
      charts += [
        Chart(
          title: "Depth: root mean square error, mm (cut at 100)",
          axis: "frames the state is ahead of the depth", series: lagSeries(depth),
          mark: (0, "in step")),
        Chart(
          title: "Depth: median difference, mm", axis: "per cent of the frames, best first",
          series: distribution(depth, 1000)),
      ]
    }
    return section(
      "Pictures against states",
      "Every picture is drawn again from the recorded state, and from those before and after. The "
        + "error is least where picture and state are of one time.",
      "<div class=\"charts\">\(charts.map(\.svg).joined())</div>")
  }

  private static func worst(_ pictures: [AuditPicture]) -> String {
    guard !pictures.isEmpty else { return "" }
    let articles = pictures.prefix(4).map { picture in
      let rows = picture.cameras.map { camera in
        let level = camera.level >= 100 ? "equal" : "\(decimals(camera.level, 1)) dB"
        let images = [
          ("recorded", camera.recorded), ("redrawn", camera.redrawn),
          ("difference × 4", camera.difference),
        ].map { name, bitmap in
          "<figure><img alt=\"\(camera.name) camera, frame \(picture.frame), \(name)\" "
            + "src=\"\(uri(bitmap))\"><figcaption>\(camera.name), \(name)</figcaption></figure>"
        }
        return "<p class=\"small\">\(camera.name): \(level)</p>"
          + "<div class=\"pairs\">\(images.joined())</div>"
      }
      let title = "Frame \(picture.frame), scene \(escaped(picture.scene))"
      return "<article class=\"strip\"><h3>\(title)</h3>\(rows.joined())"
        + drawn(picture.projection) + "</article>"
    }
    return section(
      "Frames that fit worst", "One frame of each of the episodes with the largest errors.",
      articles.joined())
  }

  private static func drawn(_ projection: Projection?) -> String {
    guard let projection else { return "" }
    let residuals = projection.residuals.map {
      "<td>\($0.camera)</td><td class=\"name\">\(breakable($0.block))</td>"
        + "<td class=\"n\">\($0.pixels)</td>"
        + "<td class=\"n\">\(decimals(1000 * $0.median, 2))</td>"
        + "<td class=\"n\">\(decimals(1000 * $0.high, 2))</td>"
    }
    let head =
      "<th>camera</th><th>block</th><th class=\"n\">pixels</th><th class=\"n\">median mm</th>"
      + "<th class=\"n\">95 % mm</th>"
    let sheet = projection.sheet
    let image = sheet.resized(
      width: 808, height: max(1, sheet.height * 808 / sheet.width), filter: .bilinear)
    return "<details><summary>2D and 3D: path, blocks and action drawn in</summary>"
      + "<figure class=\"drawn\"><img class=\"wideimg\" alt=\"projection, frame "
      + "\(projection.frame)\" src=\"\(uri(image))\"><figcaption>TCP path blue before, yellow "
      + "after; action green opens, red closes</figcaption></figure>"
      + "<p class=\"small\">World points of \(projection.depthSource) depth inside the outlines, "
      + "and their distance from the blocks' surfaces</p>"
      + (residuals.isEmpty ? "<p>No block is seen.</p>" : table(head: head, rows: residuals))
      + "</details>"
  }

  private static func uri(_ picture: Bitmap) -> String {
    "data:image/png;base64," + Data(indexedPNG(picture, colors: 128)).base64EncodedString()
  }

  // MARK: Spans, motion, episodes

  private static func spans(_ audit: DatasetAudit) -> String {
    guard let spans = audit.spans, !spans.verdicts.isEmpty else { return "" }
    let sorted = spans.verdicts.sorted {
      ($0.isShown ? 1 : 0, $0.index) < ($1.isShown ? 1 : 0, $1.index)
    }
    let rows = sorted.prefix(60).map { verdict in
      let span = verdict.span
      let reported =
        verdict.recorded.isEmpty
        ? (verdict.reachedBeyond.map { "\($0) frames after its end" }
          ?? verdict.reachedAfter.map { "after \($0) frames" } ?? "nothing")
        : verdict.recorded.joined(separator: ", ")
      let simulated =
        verdict.simulatedAfter.map { "after \($0) steps" } ?? verdict.fault ?? "not"
      return "<td class=\"n\">\(span.first)–\(span.last)</td>"
        + "<td class=\"name\">\(breakable(span.task))<br><span class=\"quiet small\">"
        + "“\(escaped(span.instruction))”</span></td>"
        + "<td class=\"name \(verdict.isShown ? "yes" : "no")\">\(breakable(reported))"
        + (verdict.isShown ? "" : "<br><span class=\"small\">\(escaped(verdict.miss ?? ""))</span>")
        + "</td><td class=\"name \(verdict.isReplayed ? "yes" : "no")\">\(escaped(simulated))</td>"
    }
    let shown = spans.verdicts.count(where: \.isShown)
    let replayed = spans.verdicts.count(where: \.isReplayed)
    return section(
      "Texts against motion",
      "\(shown) of \(spans.verdicts.count) spans show their task to the official oracle as "
        + "recorded, \(replayed) when their actions are simulated from the first state."
        + (sorted.count > 60 ? " The first 60 are listed, failures before the others." : ""),
      "<div class=\"scroll\">"
        + table(
          head: "<th class=\"n\">frames</th><th>task</th><th>as recorded</th><th>simulated</th>",
          rows: Array(rows)) + "</div>")
  }

  private static func motion(_ audit: DatasetAudit) -> String {
    func drift(_ path: KeyPath<Replay.Drift, Double>, _ scale: Double) -> [Chart.Series] {
      [(false, "actions"), (true, "rel_actions")].compactMap { relative, name in
        let steps = (0..<Replay.length).compactMap { step in
          audit.replay.quantiles([0.1, 0.5, 0.9], of: path, after: step, relative: relative)
            .map { (Double(step + 1), $0) }
        }
        guard steps.count > 1 else { return nil }
        return Chart.Series(
          name: name, points: steps.map { ($0.0, scale * $0.1[1]) },
          band: steps.map { (scale * $0.1[0], scale * $0.1[2]) })
      }
    }
    let charts = [
      Chart(
        title: "Distance of robot_obs from the action's target, mm",
        axis: "frames after the action",
        series: [
          .init(
            name: "TCP", points: audit.actions.distances.map { (Double($0.lag), 1000 * $0.metres) })
        ], mark: (Double(ActionAudit.expectedLag), "expected")),
      Chart(
        title: "Replay: TCP from the recording, mm", axis: "actions played",
        series: drift(\.tcp, 1000)),
      Chart(
        title: "Replay: largest joint difference, rad", axis: "actions played",
        series: drift(\.joints, 1)),
      Chart(
        title: "Replay: farthest block, mm", axis: "actions played", series: drift(\.blocks, 1000)),
    ]
    return section(
      "Actions against motion",
      "rel_actions follow from actions and robot_obs in \(percent(audit.actions.agreement)) % of "
        + "the frames. Recorded actions are played from recorded states with nothing corrected: "
        + "median and the range from 10 to 90 %. Relative actions add up their own errors.",
      "<div class=\"charts\">\(charts.map(\.svg).joined())</div>")
  }

  private static func episodes(_ audit: DatasetAudit) -> String {
    let rows = audit.episodes.prefix(100).map { episode in
      let cells = [Channel.rgbStatic, .rgbGripper].map { channel -> String in
        guard let fit = episode.fits[channel], let level = fit.median else {
          return "<td class=\"n\">–</td>"
        }
        let lag = fit.bestLag.map { $0 == 0 ? "0" : ($0 > 0 ? "+\($0)" : "\($0)") } ?? "?"
        return "<td class=\"n\">\(decimals(level, 1)) dB, \(lag)</td>"
      }
      let codes = Set(
        audit.findings.filter { $0.place.contains(episode.episode.place) }.map(\.code.rawValue))
      return "<td class=\"n\">\(episode.episode.first)–\(episode.episode.last)</td>"
        + "<td>\(escaped(episode.scene))</td><td class=\"n\">\(episode.frames)</td>"
        + cells.joined()
        + "<td class=\"name\">\(escaped(codes.sorted().joined(separator: ", ")))</td>"
    }
    return section(
      "Episodes",
      "Median PSNR and best lag of each camera."
        + (audit.episodes.count > 100 ? " The first 100 of \(audit.episodes.count)." : ""),
      "<div class=\"scroll\">"
        + table(
          head: "<th class=\"n\">frames</th><th>scene</th><th class=\"n\">examined</th>"
            + "<th class=\"n\">static</th><th class=\"n\">gripper</th><th>found here</th>",
          rows: Array(rows)) + "</div>")
  }
}

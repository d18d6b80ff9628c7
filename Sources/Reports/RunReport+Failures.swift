import Assets
import Calvin
import Foundation
import Results

extension RunReport {
  func causes(_ statistics: RunStatistics) -> String {
    guard !statistics.failures.isEmpty else { return "" }
    let faults = statistics.failures.filter(\.isFault).reduce(0) { $0 + $1.count }
    let total = statistics.failures.reduce(0) { $0 + $1.count }
    let rows = statistics.failures.map { cause in
      "<td class=\"n\">\(cause.count)</td><td class=\"name\">\(breakable(cause.task))</td>"
        + "<td class=\"name\">\(cause.isFault ? "<span class=\"no\">fault:</span> " : "")"
        + "\(escaped(cause.example)) <span class=\"quiet small\">chain \(cause.exampleChain)"
        + "</span></td>"
    }
    let head = "<th class=\"n\">count</th><th>task</th><th>cause</th>"
    let rarer = rows.dropFirst(12)
    return section(
      "Why subtasks failed",
      "\(total) failed subtasks, \(faults) of them by a fault of policy or physics (scored as "
        + "failures). Like causes are counted together; the first of each is quoted.",
      table(head: head, rows: Array(rows.prefix(12)))
        + (rarer.isEmpty
          ? ""
          : "<details><summary>\(rarer.count) rarer causes</summary>"
            + "\(table(head: head, rows: Array(rarer)))</details>"))
  }

  func gallery() -> String {
    guard !strips.isEmpty else { return "" }
    let gallery = EncodedGallery(strips)
    let byChain = Dictionary(results.map { ($0.chain, $0) }) { first, _ in first }
    let articles = gallery.strips.map { strip, pictures in
      article(strip, pictures, byChain[strip.chain])
    }
    let dropped = strips.count - gallery.strips.count
    return section(
      "Film strips",
      "The static camera with the gripper camera in its corner."
        + (dropped > 0 ? " \(dropped) more chains left out to keep this page small." : ""),
      articles.joined())
  }

  private func article(
    _ strip: FilmStrip, _ pictures: [EncodedGallery.Pictures], _ result: ChainResult?
  ) -> String {
    let tasks = result?.tasks ?? []
    let chips = tasks.enumerated().map { index, task -> String in
      guard let result, index < result.subtasks.count else {
        return "<span class=\"chip quiet\">\(breakable(task))</span>"
      }
      let solved = result.subtasks[index].success
      return "<span class=\"chip \(solved ? "good" : "bad")\">\(solved ? "✓" : "✗") "
        + "\(breakable(task))</span>"
    }
    let moments = zip(strip.moments, pictures).map { moment, picture in
      figure(moment, picture, task: moment.position < tasks.count ? tasks[moment.position] : "")
    }
    return """
      <article class="strip">
      <h3>Chain \(strip.chain): \(verdict(result))</h3>
      <div class="chips">\(chips.joined())</div>
      <div class="moments">\(moments.joined())</div>
      </article>

      """
  }

  private func verdict(_ result: ChainResult?) -> String {
    guard let result else { return "no verdict" }
    guard let last = result.subtasks.last, !last.success else {
      return "<span class=\"yes\">all five solved</span>"
    }
    let why = last.fault ?? last.miss
    let instruction = instructions[last.task].map { " “\(escaped($0))”" } ?? ""
    return "<span class=\"no\">\(result.successes) of 5</span>, failed at "
      + "\(breakable(last.task))\(instruction) after \(last.steps) steps"
      + (why.map { ": \(escaped($0))" } ?? "")
  }

  private func figure(
    _ moment: FilmStrip.Moment, _ pictures: EncodedGallery.Pictures, task: String
  ) -> String {
    let what = "step \(moment.step), subtask \(moment.position + 1)/5 \(escaped(task))"
    return "<figure><img alt=\"static camera, \(what)\" src=\"\(pictures.staticURI)\">"
      + "<img class=\"gripper\" alt=\"gripper camera, \(what)\" src=\"\(pictures.gripperURI)\">"
      + "<figcaption>step \(moment.step) · \(moment.position + 1)/5</figcaption></figure>"
  }
}

/// Film strips as data URIs, made smaller until all fit a page of less than 3 MB.
struct EncodedGallery {
  /// Both cameras at one moment.
  struct Pictures {
    var staticURI: String
    var gripperURI: String
    var size: Int { staticURI.utf8.count + gripperURI.utf8.count }
  }

  /// Strips kept, in order, with the pictures of their moments.
  let strips: [(FilmStrip, [Pictures])]

  /// Characters all pictures may take together.
  static let budget = 2_400_000

  init(_ strips: [FilmStrip], budget: Int = Self.budget) {
    var encoded: [(FilmStrip, [Pictures])] = []
    for (width, colors) in [(200, 128), (150, 64), (100, 48)] {
      encoded = strips.map { strip in
        (strip, strip.moments.map { Self.encode($0, width: width, colors: colors) })
      }
      if Self.size(encoded) <= budget { break }
    }
    while Self.size(encoded) > budget { encoded.removeLast() }
    self.strips = encoded
  }

  private static func size(_ strips: [(FilmStrip, [Pictures])]) -> Int {
    strips.reduce(0) { $0 + $1.1.reduce(0) { $0 + $1.size } }
  }

  private static func encode(
    _ moment: FilmStrip.Moment, width: Int, colors: Int
  ) -> Pictures {
    // The gripper picture is shown at 36 % of the static one's width.
    Pictures(
      staticURI: uri(moment.staticFrame, width: width, colors: colors),
      gripperURI: uri(moment.gripperFrame, width: width * 84 / 200, colors: colors))
  }

  private static func uri(_ frame: Frame, width: Int, colors: Int) -> String {
    var picture = Bitmap(
      width: frame.width, height: frame.height, channels: 3, pixels: frame.rgb)
    if width < frame.width {
      picture = picture.resized(
        width: width, height: max(1, frame.height * width / frame.width), filter: .bilinear)
    }
    return "data:image/png;base64,"
      + Data(indexedPNG(picture, colors: colors)).base64EncodedString()
  }
}

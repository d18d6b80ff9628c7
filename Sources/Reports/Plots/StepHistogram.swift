import Results

/// How many env steps successes took, as columns over equal bins of the step budget.
struct StepHistogram {
  /// Counts per bin.
  let counts: [Int]
  /// Env steps per bin.
  let binWidth: Int

  /// The histogram of `steps` (each 1...`budget`) in `bins` bins; longer ones fall in the last.
  init(_ steps: [Int], budget: Int, bins: Int) {
    precondition(bins > 0)
    let width = max(1, (budget + bins - 1) / bins)
    var counts = [Int](repeating: 0, count: bins)
    for step in steps { counts[min(bins - 1, max(0, step - 1) / width)] += 1 }
    self.counts = counts
    binWidth = width
  }

  /// A drawing with axes.
  func svg(label: String) -> String {
    let frame = (left: 44.0, right: 504.0, top: 10.0, bottom: 186.0)
    var drawing = SVG(width: 520, height: 226, label: label)
    let largest = max(1, counts.max() ?? 0)
    let x = Scale(0...Double(counts.count * binWidth), from: frame.left, to: frame.right)
    let y = Scale(0...Double(largest), from: frame.bottom, to: frame.top)
    for tick in y.ticks(about: 4) where tick.rounded() == tick {
      drawing.line(
        Point(x: frame.left, y: y(tick)), Point(x: frame.right, y: y(tick)), class: "grid")
      drawing.label(number(tick), at: Point(x: frame.left - 6, y: y(tick) + 4), anchor: .end)
    }
    drawColumns(in: &drawing, x: x, y: y, gap: 1.5)
    for tick in stride(from: 0, through: counts.count * binWidth, by: max(1, binWidth * 5)) {
      drawing.label(
        "\(tick)", at: Point(x: x(Double(tick)), y: frame.bottom + 17), anchor: .middle)
    }
    drawing.label(
      "env steps to success", at: Point(x: (frame.left + frame.right) / 2, y: frame.bottom + 35),
      anchor: .middle, class: "label quiet")
    return drawing.text
  }

  /// A drawing without axes for a table cell.
  func sparkline(label: String) -> String {
    var drawing = SVG(width: 90, height: 22, label: label)
    let x = Scale(0...Double(counts.count * binWidth), from: 0, to: 90)
    let y = Scale(0...Double(max(1, counts.max() ?? 0)), from: 21, to: 1)
    drawing.line(Point(x: 0, y: 21.5), Point(x: 90, y: 21.5), class: "grid")
    drawColumns(in: &drawing, x: x, y: y, gap: 0.6)
    return drawing.text
  }

  private func drawColumns(in drawing: inout SVG, x: Scale, y: Scale, gap: Double) {
    for (bin, count) in counts.enumerated() where count > 0 {
      let left = x(Double(bin * binWidth))
      let right = x(Double((bin + 1) * binWidth))
      drawing.rectangle(
        Point(x: left + gap / 2, y: y(Double(count))), width: right - left - gap,
        height: y(0) - y(Double(count)), class: "column",
        title: "\(bin * binWidth + 1)–\((bin + 1) * binWidth) steps: \(count)")
    }
  }
}

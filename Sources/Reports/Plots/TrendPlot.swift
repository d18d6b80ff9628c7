import Results

/// A quantity over a sequence of runs, with intervals where known.
struct TrendPlot {
  /// One run.
  struct Value {
    /// Short text under the axis, such as a date.
    var label: String
    /// The quantity; nil leaves a gap.
    var value: Double?
    /// Its interval.
    var interval: Interval?
    /// True for the accepted baseline.
    var isBaseline = false
    /// True for a run found significantly worse.
    var isRegression = false
  }

  /// What the vertical axis shows, with unit.
  var title: String
  /// Runs, oldest first.
  var values: [Value]
  /// Fixed vertical range; from the data when nil.
  var range: ClosedRange<Double>?

  /// The drawing.
  var svg: String {
    let frame = (left: 52.0, right: 508.0, top: 26.0, bottom: 200.0)
    var drawing = SVG(width: 520, height: 232, label: title)
    drawing.label(title, at: Point(x: 4, y: 13), class: "label strong")
    let y = Scale(domain, from: frame.bottom, to: frame.top)
    for tick in y.ticks(about: 4) {
      drawing.line(
        Point(x: frame.left, y: y(tick)), Point(x: frame.right, y: y(tick)), class: "grid")
      drawing.label(number(tick), at: Point(x: frame.left - 6, y: y(tick) + 4), anchor: .end)
    }
    let x = Scale(
      -0.5...Double(max(1, values.count)) - 0.5, from: frame.left, to: frame.right)
    for segment in segments {
      drawing.polyline(
        segment.map { Point(x: x(Double($0.index)), y: y($0.value)) }, class: "run")
    }
    drawMarks(in: &drawing, x: x, y: y)
    let every = max(1, (values.count + 5) / 6)
    for (index, value) in values.enumerated() where index % every == 0 {
      drawing.label(
        value.label, at: Point(x: x(Double(index)), y: frame.bottom + 18), anchor: .middle)
    }
    return drawing.text
  }

  private func drawMarks(in drawing: inout SVG, x: Scale, y: Scale) {
    for (index, value) in values.enumerated() {
      guard let height = value.value else { continue }
      let across = x(Double(index))
      if let interval = value.interval {
        drawing.line(
          Point(x: across, y: y(interval.lower)), Point(x: across, y: y(interval.upper)),
          class: "whisker")
      }
      let style = value.isRegression ? "dot bad" : value.isBaseline ? "dot hollow" : "dot"
      drawing.circle(
        Point(x: across, y: y(height)), radius: 4, class: style,
        title: "\(value.label): \(number(height))")
    }
  }

  /// Runs of neighbouring known values.
  private var segments: [[(index: Int, value: Double)]] {
    var segments: [[(index: Int, value: Double)]] = [[]]
    for (index, value) in values.enumerated() {
      if let value = value.value {
        segments[segments.count - 1].append((index, value))
      } else {
        segments.append([])
      }
    }
    return segments.filter { !$0.isEmpty }
  }

  private var domain: ClosedRange<Double> {
    if let range { return range }
    let all = values.flatMap { value in
      [value.value, value.interval?.lower, value.interval?.upper].compactMap { $0 }
    }
    guard let low = all.min(), let high = all.max() else { return 0...1 }
    let margin = high > low ? (high - low) * 0.1 : max(abs(high) * 0.1, 0.1)
    return low - margin...high + margin
  }
}

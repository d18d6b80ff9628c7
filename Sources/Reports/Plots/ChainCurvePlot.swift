import Results

/// Success rate of 1...5 subtasks in a row with intervals, over published rows.
struct ChainCurvePlot {
  /// This run's five rates.
  var rates: [Proportion]
  /// Name of this run's line.
  var name: String
  /// Rows drawn behind it; those without all five rates are left out.
  var references: [ReferenceRow]

  private let frame = (left: 44.0, right: 350.0, top: 14.0, bottom: 300.0)

  /// The drawing.
  var svg: String {
    var drawing = SVG(
      width: 520, height: 340, label: "Success rate of one to five subtasks in a row")
    let x = Scale(1...5, from: frame.left + 14, to: frame.right - 14)
    let y = Scale(0...1, from: frame.bottom, to: frame.top)
    drawAxes(in: &drawing, x: x, y: y)
    for (row, rates) in drawable {
      drawing.polyline(
        points(rates, x, y), class: row.isStandardBudget ? "reference" : "reference dashed",
        title: "\(row.method), \(row.split): \(decimals(row.averageLength, 2)) (\(row.source))")
    }
    drawRun(in: &drawing, x: x, y: y)
    drawLabels(in: &drawing, y: y)
    return drawing.text
  }

  private var drawable: [(row: ReferenceRow, rates: [Double])] {
    references.compactMap { row in row.fractions.map { (row, $0) } }
  }

  private func points(_ rates: [Double], _ x: Scale, _ y: Scale) -> [Point] {
    rates.enumerated().map { Point(x: x(Double($0.offset + 1)), y: y($0.element)) }
  }

  private func drawAxes(in drawing: inout SVG, x: Scale, y: Scale) {
    for tick in y.ticks(about: 5) {
      drawing.line(
        Point(x: frame.left, y: y(tick)), Point(x: frame.right, y: y(tick)), class: "grid")
      drawing.label(
        "\(percent(tick, 0))%", at: Point(x: frame.left - 6, y: y(tick) + 4), anchor: .end)
    }
    for k in 1...5 {
      drawing.label("\(k)", at: Point(x: x(Double(k)), y: frame.bottom + 18), anchor: .middle)
    }
    drawing.label(
      "subtasks solved in a row",
      at: Point(x: (frame.left + frame.right) / 2, y: frame.bottom + 36), anchor: .middle,
      class: "label quiet")
  }

  private func drawRun(in drawing: inout SVG, x: Scale, y: Scale) {
    guard rates.allSatisfy({ $0.trials > 0 }) else { return }
    let upper = points(rates.map(\.interval.upper), x, y)
    let lower = points(rates.map(\.interval.lower), x, y)
    drawing.polygon(upper + lower.reversed(), class: "band")
    let values = points(rates.compactMap(\.rate), x, y)
    drawing.polyline(values, class: "run")
    for (k, rate) in rates.enumerated() {
      drawing.line(upper[k], lower[k], class: "whisker")
      drawing.circle(
        values[k], radius: 4.5, class: "dot",
        title: "\(k + 1) in a row: \(described(rate))")
    }
  }

  /// Names at the right ends: this run, the best row, and the rows just above and below this run.
  private func drawLabels(in drawing: inout SVG, y: Scale) {
    var labels: [(text: String, y: Double, style: String)] = []
    if let last = rates.last?.rate {
      labels.append((shortened(name), y(last), "label run-name"))
    }
    for row in labelled {
      labels.append(
        (
          shortened(row.row.method) + " " + decimals(row.row.averageLength, 2), y(row.rates[4]),
          "label quiet"
        ))
    }
    labels.sort { ($0.y, $0.text) < ($1.y, $1.text) }
    let placed = spread(labels.map(\.y), gap: 16, within: frame.top...frame.bottom)
    for (label, at) in zip(labels, placed) {
      drawing.line(
        Point(x: frame.right - 10, y: label.y), Point(x: frame.right + 6, y: at), class: "leader")
      drawing.label(label.text, at: Point(x: frame.right + 10, y: at + 4), class: label.style)
    }
  }

  /// A name that fits between the plot and the drawing's edge: without what stands in brackets,
  /// and cut when it is still too long. The whole name is in the line's title and in the table.
  private func shortened(_ name: String) -> String {
    let bare = name.prefix { $0 != "(" }
    let text = bare.last == " " ? bare.dropLast() : bare
    return text.count <= 16 ? String(text) : text.prefix(15) + "…"
  }

  private var labelled: [(row: ReferenceRow, rates: [Double])] {
    let byEnd = drawable.sorted {
      ($0.rates[4], $1.row.method) > ($1.rates[4], $0.row.method)
    }
    guard let end = rates.last?.rate, let best = byEnd.first else { return [] }
    var chosen = [best.row.method]
    chosen += byEnd.filter { $0.rates[4] >= end }.suffix(2).map(\.row.method)
    chosen += byEnd.filter { $0.rates[4] < end }.prefix(2).map(\.row.method)
    return byEnd.filter { chosen.contains($0.row.method) }
  }
}

/// `73.1 % (95 % interval 70.3-75.8, 731 of 1000)`.
func described(_ proportion: Proportion) -> String {
  guard let rate = proportion.rate else { return "not tried" }
  let interval = proportion.interval
  return "\(percent(rate)) % (95 % interval \(percent(interval.lower))–\(percent(interval.upper)), "
    + "\(proportion.successes) of \(proportion.trials))"
}

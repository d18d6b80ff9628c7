import Reports

/// Lines over a horizontal axis, each perhaps with a band.
struct Chart {
  /// One line.
  struct Series {
    /// What the legend says.
    var name: String
    /// Points in order.
    var points: [(x: Double, y: Double)]
    /// Lower and upper bounds at the points; empty for none.
    var band: [(low: Double, high: Double)] = []
  }

  /// What is drawn, with the vertical unit.
  var title: String
  /// The horizontal axis, with its unit.
  var axis: String
  /// Lines; at most four are told apart.
  var series: [Series]
  /// A vertical line with a word, e.g. what is expected.
  var mark: (x: Double, text: String)?

  /// The drawing.
  var svg: String {
    let frame = (left: 56.0, right: 508.0, top: 44.0, bottom: 196.0)
    var drawing = SVG(width: 520, height: 236, label: title)
    drawing.label(title, at: Point(x: 4, y: 14), class: "label strong")
    let xs = series.flatMap { $0.points.map(\.x) }
    let ys = series.flatMap { $0.points.map(\.y) + $0.band.map(\.high) }.filter(\.isFinite)
    guard let low = xs.min(), let high = xs.max(), low < high else {
      drawing.label("nothing to draw", at: Point(x: 56, y: 110), class: "label quiet")
      return drawing.text
    }
    let x = Scale(low...high, from: frame.left, to: frame.right)
    let y = Scale(0...max(ys.max() ?? 1, 0.05) * 1.08, from: frame.bottom, to: frame.top)
    for tick in y.ticks(about: 4) {
      drawing.line(
        Point(x: frame.left, y: y(tick)), Point(x: frame.right, y: y(tick)), class: "grid")
      drawing.label(number(tick), at: Point(x: frame.left - 6, y: y(tick) + 4), anchor: .end)
    }
    for tick in x.ticks(about: 7) {
      drawing.label(
        number(tick), at: Point(x: x(tick), y: frame.bottom + 17), anchor: .middle)
    }
    drawing.label(
      axis, at: Point(x: (frame.left + frame.right) / 2, y: frame.bottom + 35), anchor: .middle,
      class: "label quiet")
    if let mark {
      drawing.line(
        Point(x: x(mark.x), y: frame.top), Point(x: x(mark.x), y: frame.bottom),
        class: "reference dashed")
      drawing.label(
        mark.text, at: Point(x: x(mark.x) + 4, y: frame.top + 11), class: "label quiet")
    }
    var legend = 56.0
    for (index, line) in series.enumerated() {
      draw(line, number: index, in: &drawing, x: x, y: y)
      drawing.line(
        Point(x: legend, y: 28), Point(x: legend + 18, y: 28), class: "line l\(index % 4)")
      drawing.label(line.name, at: Point(x: legend + 23, y: 32), class: "label quiet")
      legend += 40 + 7 * Double(line.name.count)
    }
    return drawing.text
  }

  private func draw(
    _ line: Series, number index: Int, in drawing: inout SVG, x: Scale, y: Scale
  ) {
    let points = line.points.filter(\.y.isFinite)
    if line.band.count == line.points.count, !line.band.isEmpty {
      let upper = zip(line.points, line.band).map { Point(x: x($0.x), y: y($1.high)) }
      let lower = zip(line.points, line.band).map { Point(x: x($0.x), y: y($1.low)) }
      drawing.polygon(upper + lower.reversed(), class: "shade l\(index % 4)")
    }
    drawing.polyline(
      points.map { Point(x: x($0.x), y: y($0.y)) }, class: "line l\(index % 4)")
    guard points.count <= 16 else { return }
    for point in points {
      drawing.circle(
        Point(x: x(point.x), y: y(point.y)), radius: 3, class: "spot l\(index % 4)",
        title: "\(line.name), \(number(point.x)): \(number(point.y))")
    }
  }

  /// Rules for the page that shows charts.
  static let style = """
    .line{fill:none;stroke:var(--own);stroke-width:2.2;stroke-linejoin:round}
    .shade{fill:var(--own);opacity:.16}
    .spot{fill:var(--own)}
    .l0{--own:var(--accent)}.l1{--own:var(--bad)}.l2{--own:var(--good)}.l3{--own:var(--warn)}
    .charts{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:18px 24px}
    .pairs{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:6px;margin-top:8px}
    .pairs img,.wideimg{display:block;width:100%;border-radius:5px;image-rendering:pixelated}
    .pairs figure,.drawn{margin:0}
    .finding td{vertical-align:top}
    @media(max-width:720px){.charts{grid-template-columns:minmax(0,1fr)}}
    """
}

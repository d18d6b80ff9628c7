/// A quantity against the number of chains finished, a line for every start of the program.
struct GrowthPlot {
  /// What the vertical axis shows, with unit.
  var title: String
  /// Values after the first, second, ... chain of each start; none negative.
  var lines: [[Double]]

  /// The drawing.
  var svg: String {
    let frame = (left: 52.0, right: 508.0, top: 26.0, bottom: 180.0)
    var drawing = SVG(width: 520, height: 222, label: title)
    drawing.label(title, at: Point(x: 4, y: 13), class: "label strong")
    let longest = Double(max(2, lines.map(\.count).max() ?? 0))
    let highest = lines.joined().max() ?? 0
    let x = Scale(1...longest, from: frame.left, to: frame.right)
    let y = Scale(0...max(1, highest * 1.1), from: frame.bottom, to: frame.top)
    for tick in y.ticks(about: 4) {
      drawing.line(
        Point(x: frame.left, y: y(tick)), Point(x: frame.right, y: y(tick)), class: "grid")
      drawing.label(number(tick), at: Point(x: frame.left - 6, y: y(tick) + 4), anchor: .end)
    }
    for tick in x.ticks(about: 6) where tick == tick.rounded() {
      drawing.label(number(tick), at: Point(x: x(tick), y: frame.bottom + 18), anchor: .middle)
    }
    drawing.label(
      "chains finished", at: Point(x: (frame.left + frame.right) / 2, y: frame.bottom + 36),
      anchor: .middle, class: "label quiet")
    for line in lines {
      let points = line.enumerated().map { Point(x: x(Double($0.offset + 1)), y: y($0.element)) }
      drawing.polyline(points, class: "run")
      if points.count == 1 { drawing.circle(points[0], radius: 4, class: "dot") }
    }
    return drawing.text
  }
}

import Foundation

/// Numbers of a clip over its steps, drawn in one plot.
struct Trace {
  /// One line of the plot.
  struct Line {
    var name: String
    var values: [Double]
    /// Drawn dashed: what was asked for, beside what came of it.
    var isDashed = false
  }

  /// Something that is on or off.
  struct Band {
    var name: String
    var isOn: [Bool]
  }

  var title: String
  var lines: [Line]
  var bands: [Band] = []
  /// Smallest range the plot shows.
  var least: ClosedRange<Double>
}

extension Clip {
  /// Everything the clip's numbers are drawn as.
  var traces: [Trace] {
    func states(_ index: Int, _ scale: Double = 1) -> [Double] {
      steps.map { $0.state.robotObservation[index] * scale }
    }
    func scene(_ index: Int, _ scale: Double = 1) -> [Double] {
      steps.map { $0.state.sceneObservation[index] * scale }
    }
    func line(_ name: String, _ values: [Double], dashed: Bool = false) -> Trace.Line {
      Trace.Line(name: name, values: values, isDashed: dashed)
    }
    let axes = ["x", "y", "z"]
    let angles = ["roll", "pitch", "yaw"]
    let degrees = 180 / Double.pi
    return [
      Trace(
        title: "Relative action: translation / 0.02 m",
        lines: (0..<3).map { axis in line(axes[axis], steps.map { $0.relativeAction[axis] }) },
        least: -1...1),
      Trace(
        title: "Relative action: rotation / 0.05 rad",
        lines: (0..<3).map { axis in
          line(angles[axis], steps.map { $0.relativeAction[3 + axis] })
        }, least: -1...1),
      Trace(
        title: "Gripper opening, mm", lines: [line("opening", states(6, 1000))],
        bands: [.init(name: "told to close", isOn: steps.map { $0.relativeAction[6] < 0 })],
        least: 0...80),
      Trace(
        title: "TCP, cm from its first place; dashed: actions",
        lines: (0..<3).flatMap { axis in
          let origin = steps[0].state.robotObservation[axis]
          return [
            line(axes[axis], steps.map { ($0.state.robotObservation[axis] - origin) * 100 }),
            line(axes[axis], steps.map { ($0.action[axis] - origin) * 100 }, dashed: true),
          ]
        }, least: -1...1),
      Trace(
        title: "TCP, degrees from its first orientation",
        lines: (0..<3).map { axis in
          let origin = steps[0].state.robotObservation[3 + axis]
          return line(
            angles[axis],
            steps.map {
              remainder($0.state.robotObservation[3 + axis] - origin, 2 * .pi) * degrees
            })
        }, least: -5...5),
      Trace(
        title: "Sliding door and drawer, cm",
        lines: [line("door", scene(0, 100)), line("drawer", scene(1, 100))],
        bands: [
          .init(name: "bulb on", isOn: steps.map { $0.state.sceneObservation[4] > 0.5 }),
          .init(name: "LED on", isOn: steps.map { $0.state.sceneObservation[5] > 0.5 }),
        ], least: 0...25),
      Trace(
        title: "Button, mm, and switch, degrees",
        lines: [line("button", scene(2, 1000)), line("switch", scene(3, degrees))], least: 0...5),
      Trace(
        title: "Blocks in scene_obs order, cm from their first place",
        lines: (0..<3).map { block in
          let start = 6 + 6 * block
          return line(
            "block \(block + 1)",
            steps.map { step in
              let squares = (start..<(start + 3)).map { index in
                let way =
                  step.state.sceneObservation[index] - steps[0].state.sceneObservation[index]
                return way * way
              }
              return squares.reduce(0, +).squareRoot() * 100
            })
        }, least: 0...1),
    ]
  }
}

extension Trace {
  /// Places in the drawing's units; the page's script moves the cursor between left and right.
  static let (width, height, left, right) = (520.0, 150.0, 46.0, 508.0)

  /// The plot over frame numbers; `annotated` is shaded.
  func svg(frames: [Int], annotated: ClosedRange<Int>) -> String {
    var drawing = SVG(width: Self.width, height: Self.height, label: title)
    let bottom = Self.height - 20 - 12 * Double(bands.count)
    let values = lines.flatMap(\.values).filter(\.isFinite)
    let low = min(least.lowerBound, values.min() ?? 0)
    let high = max(least.upperBound, values.max() ?? 0)
    let room = (high - low) * 0.04
    let x = Scale(
      Double(frames[0])...Double(max(frames[0] + 1, frames[frames.count - 1])), from: Self.left,
      to: Self.right)
    let y = Scale((low - room)...(high + room), from: bottom, to: 8)
    drawing.rectangle(
      Point(x: x(Double(annotated.lowerBound)), y: 8),
      width: max(0, x(Double(annotated.upperBound)) - x(Double(annotated.lowerBound))),
      height: bottom - 8, class: "span")
    for tick in y.ticks(about: 4) {
      drawing.line(Point(x: Self.left, y: y(tick)), Point(x: Self.right, y: y(tick)), class: "grid")
      drawing.label(
        number(tick), at: Point(x: Self.left - 6, y: y(tick) + 4), anchor: .end,
        class: "label quiet")
    }
    let count = lines.count { !$0.isDashed }
    for (index, line) in lines.enumerated() {
      let series = index * count / lines.count
      let points = zip(frames, line.values).compactMap { frame, value in
        value.isFinite ? Point(x: x(Double(frame)), y: y(value)) : nil
      }
      drawing.polyline(
        points, class: "trace s\(series)" + (line.isDashed ? " dashed" : ""), title: line.name)
    }
    for (row, band) in bands.enumerated() {
      let top = bottom + 4 + 12 * Double(row)
      for (index, isOn) in band.isOn.enumerated() where isOn {
        let from = x(Double(frames[index]))
        let next = index + 1 < frames.count ? x(Double(frames[index + 1])) : from + 2
        drawing.rectangle(
          Point(x: from, y: top), width: next - from + 0.3, height: 7,
          class: "on b\(row)", title: band.name)
      }
    }
    for tick in Set(x.ticks(about: 6).map { $0.rounded() }).sorted() {
      drawing.label(
        number(tick), at: Point(x: x(tick), y: Self.height - 4), anchor: .middle,
        class: "label quiet")
    }
    drawing.line(
      Point(x: Self.left, y: 4), Point(x: Self.left, y: Self.height - 18), class: "cursor")
    return drawing.text
  }

  /// Names with their colours.
  var legend: String {
    let names = lines.filter { !$0.isDashed }.enumerated().map { index, line in
      "<span class=\"key s\(index)\">\(escaped(line.name))</span>"
    }
    let states = bands.enumerated().map { row, band in
      "<span class=\"key on b\(row)\">\(escaped(band.name))</span>"
    }
    return (names + states).joined(separator: " ")
  }
}

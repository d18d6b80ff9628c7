import Foundation

/// A drawing as SVG text. Coordinates are in the view box's units, y down; colours come from the
/// page's style sheet through class names, so that one drawing serves light, dark and print.
package struct SVG {
  /// Width of the view box.
  package let width: Double
  /// Height of the view box.
  package let height: Double
  /// What a screen reader says.
  package let label: String
  private var body = ""

  /// An empty drawing.
  package init(width: Double, height: Double, label: String) {
    self.width = width
    self.height = height
    self.label = label
  }

  /// The whole element.
  package var text: String {
    "<svg viewBox=\"0 0 \(number(width)) \(number(height))\" role=\"img\" "
      + "aria-label=\"\(escaped(label))\">\(body)</svg>"
  }

  /// A straight line.
  package mutating func line(_ from: Point, _ to: Point, class name: String) {
    body +=
      "<line x1=\"\(number(from.x))\" y1=\"\(number(from.y))\" x2=\"\(number(to.x))\" "
      + "y2=\"\(number(to.y))\" class=\"\(name)\"/>"
  }

  /// A rectangle by its upper left corner.
  package mutating func rectangle(
    _ corner: Point, width: Double, height: Double, class name: String, title: String? = nil
  ) {
    body +=
      "<rect x=\"\(number(corner.x))\" y=\"\(number(corner.y))\" width=\"\(number(width))\" "
      + "height=\"\(number(height))\" class=\"\(name)\"" + closed("rect", title)
  }

  /// A disc or circle.
  package mutating func circle(
    _ centre: Point, radius: Double, class name: String, title: String? = nil
  ) {
    body +=
      "<circle cx=\"\(number(centre.x))\" cy=\"\(number(centre.y))\" r=\"\(number(radius))\" "
      + "class=\"\(name)\"" + closed("circle", title)
  }

  /// A line through points.
  package mutating func polyline(_ points: [Point], class name: String, title: String? = nil) {
    body += "<polyline points=\"\(list(points))\" class=\"\(name)\"" + closed("polyline", title)
  }

  /// A closed line through points.
  package mutating func polygon(_ points: [Point], class name: String) {
    body += "<polygon points=\"\(list(points))\" class=\"\(name)\"/>"
  }

  /// Text whose baseline starts, centres or ends at `point`.
  package mutating func label(
    _ text: String, at point: Point, anchor: Anchor = .start, class name: String = "label"
  ) {
    body +=
      "<text x=\"\(number(point.x))\" y=\"\(number(point.y))\" "
      + "text-anchor=\"\(anchor.rawValue)\" class=\"\(name)\">\(escaped(text))</text>"
  }

  private func list(_ points: [Point]) -> String {
    points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
  }

  private func closed(_ element: String, _ title: String?) -> String {
    guard let title else { return "/>" }
    return "><title>\(escaped(title))</title></\(element)>"
  }
}

/// A place in a drawing.
package struct Point: Equatable {
  /// To the right.
  package var x: Double
  /// Down.
  package var y: Double

  /// The place at these coordinates.
  package init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// Which part of a text sits at its point.
package enum Anchor: String {
  /// Its left end, its middle, its right end.
  case start, middle, end
}

/// `value` with at most two decimals and no trailing zeros, the same on every machine.
package func number(_ value: Double) -> String {
  var text = decimals(value, 2)
  while text.hasSuffix("0") { text.removeLast() }
  if text.hasSuffix(".") { text.removeLast() }
  return text == "-0" ? "0" : text
}

/// `value` rounded to `digits` decimals.
package func decimals(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}

/// `fraction` as a percentage with `digits` decimals, without the sign.
package func percent(_ fraction: Double, _ digits: Int = 1) -> String {
  decimals(100 * fraction, digits)
}

/// `text` safe inside HTML, XML and double-quoted attributes.
package func escaped(_ text: String) -> String {
  var result = ""
  for character in text.unicodeScalars {
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    // XML knows no other control characters, not even as references.
    case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(character)
    }
  }
  return result
}

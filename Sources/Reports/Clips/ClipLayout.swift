import Assets
import Calvin

/// Where things go on a video's picture of a clip: the instruction, both cameras side by side, below
/// them the traces of the actions and the gripper with a cursor at the present frame.
public struct ClipLayout: Sendable {
  /// Side of each camera's square in pixels, even.
  public let size: Int
  private let clip: Clip
  private let traces: [Trace]
  private let scale: Int

  private var line: Int { (BitmapFont.lineHeight + 4) * scale }
  private var strip: Int { 64 * scale }

  /// A layout for the pictures of `clip` with squares of `size` pixels, at least 64.
  public init(of clip: Clip, size: Int = 400) {
    precondition(size >= 64)
    self.size = size + size % 2
    self.clip = clip
    scale = max(1, size / 300)
    traces = Array(clip.traces.prefix(4))
  }

  /// Pixels per row of every picture.
  public var width: Int { 2 * size }
  /// Rows of every picture.
  public var height: Int {
    let rows = 2 * line + size + traces.count * (strip + line)
    return rows + rows % 2
  }

  /// The picture of the step at an index.
  public func picture(at index: Int) -> Bitmap {
    let step = clip.steps[index]
    var picture = Bitmap(
      width: width, height: height, channels: 3,
      pixels: [UInt8](repeating: 22, count: width * height * 3))
    let margin = 4 * scale
    text(clip.instruction, x: margin, y: margin, in: &picture, color: Self.ink)
    let place = clip.annotated.contains(step.number) ? "" : "  outside the span"
    text(
      "\(clip.task)  frame \(step.number)\(place)", x: margin, y: line + margin, in: &picture,
      color: Self.quiet)
    paste(step.fixed, into: &picture, x: 0, y: 2 * line)
    paste(step.gripper, into: &picture, x: size, y: 2 * line)
    var top = 2 * line + size
    for trace in traces {
      draw(trace, at: index, top: top, in: &picture)
      top += strip + line
    }
    return picture
  }

  private static let ink: [UInt8] = [240, 240, 236]
  private static let quiet: [UInt8] = [150, 158, 166]
  private static let colors: [[UInt8]] = [[226, 98, 74], [76, 190, 140], [104, 160, 250]]

  private func draw(_ trace: Trace, at current: Int, top: Int, in picture: inout Bitmap) {
    let margin = 4 * scale
    text(trace.title, x: margin, y: top + margin, in: &picture, color: Self.quiet)
    let (upper, lower) = (Double(top + line), Double(top + line + strip - 10 * scale))
    let values = trace.lines.flatMap(\.values).filter(\.isFinite)
    let low = min(trace.least.lowerBound, values.min() ?? 0)
    let high = max(trace.least.upperBound, values.max() ?? 0)
    let y = Scale(low...high, from: lower, to: upper)
    let last = Double(max(1, clip.steps.count - 1))
    let x = Scale(0...last, from: Double(margin), to: Double(width - margin - 1))
    if low < 0, high > 0 {
      picture.fill(
        x: margin, y: Int(y(0)), width: width - 2 * margin, height: 1, color: [58, 64, 70])
    }
    let count = trace.lines.count { !$0.isDashed }
    for (index, line) in trace.lines.enumerated() {
      let color = Self.colors[index * count / trace.lines.count % 3]
      stroke(line, x: x, y: y, color: color, in: &picture)
    }
    for band in trace.bands {
      for (index, isOn) in band.isOn.enumerated() where isOn {
        let from = Int(x(Double(index)))
        picture.fill(
          x: from, y: Int(lower) + 3 * scale,
          width: max(1, Int(x(min(last, Double(index + 1)))) - from), height: 4 * scale,
          color: [220, 160, 60])
      }
    }
    picture.fill(
      x: Int(x(Double(current))), y: Int(upper), width: scale, height: strip - 4 * scale,
      color: Self.ink)
  }

  /// Joins the values column by column; a dashed line leaves every second step out.
  private func stroke(
    _ line: Trace.Line, x: Scale, y: Scale, color: [UInt8], in picture: inout Bitmap
  ) {
    for index in line.values.indices.dropLast() where !line.isDashed || index % 2 == 0 {
      let (from, to) = (x(Double(index)), x(Double(index + 1)))
      let (a, b) = (y(line.values[index]), y(line.values[index + 1]))
      guard a.isFinite, b.isFinite else { continue }
      let columns = max(1, Int(to) - Int(from))
      for column in 0..<columns {
        let one = a + (b - a) * Double(column) / Double(columns)
        let next = a + (b - a) * Double(column + 1) / Double(columns)
        let top = Int(min(one, next))
        picture.fill(
          x: Int(from) + column, y: top, width: 1, height: max(scale, Int(max(one, next)) - top),
          color: color)
      }
    }
  }

  private func text(
    _ text: String, x: Int, y: Int, in picture: inout Bitmap, color: [UInt8]
  ) {
    let room = (width / scale - 8) / BitmapFont.advance
    let cut = text.count <= room ? text : text.prefix(max(0, room - 3)) + "..."
    picture.draw(String(cut), x: x, y: y, scale: scale, color: color)
  }

  private func paste(_ frame: Frame, into picture: inout Bitmap, x: Int, y: Int) {
    let image = Bitmap(width: frame.width, height: frame.height, channels: 3, pixels: frame.rgb)
      .resized(width: size, height: size, filter: .bilinear)
    for row in 0..<size {
      let target = ((y + row) * width + x) * 3
      picture.pixels.replaceSubrange(
        target..<target + size * 3, with: image.pixels[row * size * 3..<(row + 1) * size * 3])
    }
  }
}

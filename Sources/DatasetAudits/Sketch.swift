import Assets
import Calvin
import Geometry
import Rendering

/// Lines in world coordinates drawn into a picture, which is enlarged first.
struct Sketch {
  private(set) var bitmap: Bitmap
  private let view: View
  private let factor: Double

  /// A picture enlarged to about `side` pixels.
  init(_ picture: Frame, view: View, side: Int) {
    self.view = view
    let factor = Double(side) / Double(picture.width)
    self.factor = factor
    let height = Int((Double(picture.height) * factor).rounded())
    bitmap = Bitmap(
      width: side, height: height, channels: 3,
      pixels: [UInt8](unsafeUninitializedCapacity: 3 * side * height) { pixels, count in
        for row in 0..<height {
          for column in 0..<side {
            let x = min(picture.width - 1, Int(Double(column) / factor))
            let y = min(picture.height - 1, Int(Double(row) / factor))
            for channel in 0..<3 {
              pixels[3 * (row * side + column) + channel] =
                picture.rgb[3 * (y * picture.width + x) + channel]
            }
          }
        }
        count = 3 * side * height
      })
  }

  private static let colors: (path: [UInt8], past: [UInt8], block: [UInt8]) = (
    [255, 214, 0], [0, 200, 255], [0, 0, 0]
  )

  /// Outlines of boxes with their names.
  mutating func draw(_ boxes: [BlockBox]) {
    for box in boxes {
      let corners = box.corners
      for (a, b) in BlockBox.edges {
        line(corners[a], corners[b], width: 4, [255, 255, 255])
        line(corners[a], corners[b], width: 2, Self.colors.block)
      }
      if let top = corners.compactMap(place).min(by: { $0.y < $1.y }) {
        label(box.name, at: top)
      }
    }
  }

  /// The TCP's path: blue before the frame, yellow after it.
  mutating func draw(path: [(frame: Int, point: Vector3)], at frame: Int) {
    for (a, b) in zip(path, path.dropFirst()) {
      line(a.point, b.point, width: 3, b.frame <= frame ? Self.colors.past : Self.colors.path)
    }
    for entry in path {
      guard let place = place(entry.point) else { continue }
      dot(
        place, radius: entry.frame == frame ? 6 : 3,
        entry.frame <= frame ? Self.colors.past : Self.colors.path)
    }
  }

  /// An arrow from the TCP to the action's target, green where the gripper opens, red where it
  /// closes, with the fingers as a bar as wide as they are apart.
  mutating func draw(action: [Double], from robot: [Double]) {
    let color: [UInt8] = action[6] > 0 ? [40, 220, 60] : [240, 40, 40]
    let tcp = Vector3(robot[..<3])
    let target = Vector3(action[..<3])
    let rotation = Matrix3(Quaternion(euler: Vector3(robot[3..<6])))
    let across = rotation * Vector3(0, max(robot[6], 0) / 2, 0)
    line(tcp - across, tcp + across, width: 5, color)
    line(tcp, target, width: 5, color)
    if let (start, tip) = place(tcp).flatMap({ start in place(target).map { (start, $0) } }) {
      let way = tip - start
      let length = (way * way).sum().squareRoot()
      if length > 4 {
        let unit = way / length
        let side = SIMD2(-unit.y, unit.x)
        let back = tip - unit * 14
        segment(tip, back + side * 8, width: 5, color)
        segment(tip, back - side * 8, width: 5, color)
      }
    }
  }

  // MARK: Pixels

  private func place(_ point: Vector3) -> SIMD2<Double>? {
    view.locate(point).flatMap {
      $0.depth > view.near ? SIMD2($0.x * factor, $0.y * factor) : nil
    }
  }

  private mutating func line(_ a: Vector3, _ b: Vector3, width: Int, _ color: [UInt8]) {
    guard let a = place(a), let b = place(b) else { return }
    segment(a, b, width: width, color)
  }

  private mutating func segment(
    _ a: SIMD2<Double>, _ b: SIMD2<Double>, width: Int, _ color: [UInt8]
  ) {
    let way = b - a
    // Points near the camera's plane appear far outside.
    let limit = 4 * Double(bitmap.width)
    guard max(abs(a.x), abs(a.y), abs(b.x), abs(b.y)) < limit else { return }
    let steps = max(1, Int(max(abs(way.x), abs(way.y))))
    for step in 0...steps {
      let point = a + way * (Double(step) / Double(steps))
      bitmap.fill(
        x: Int(point.x) - width / 2, y: Int(point.y) - width / 2, width: width, height: width,
        color: color)
    }
  }

  private mutating func dot(_ place: SIMD2<Double>, radius: Int, _ color: [UInt8]) {
    guard abs(place.x) < 1e5, abs(place.y) < 1e5 else { return }
    for row in -radius...radius {
      let half = Int(Double(radius * radius - row * row).squareRoot())
      bitmap.fill(
        x: Int(place.x) - half, y: Int(place.y) + row, width: 2 * half + 1, height: 1,
        color: color)
    }
  }

  private mutating func label(_ text: String, at place: SIMD2<Double>) {
    let size = BitmapFont.size(of: text, scale: 2)
    guard abs(place.x) < 1e5, abs(place.y) < 1e5 else { return }
    let (x, y) = (Int(place.x) - size.width / 2, Int(place.y) - size.height - 8)
    bitmap.fill(
      x: x - 3, y: y - 3, width: size.width + 6, height: size.height + 6, color: [0, 0, 0])
    bitmap.draw(text, x: x, y: y, scale: 2, color: [255, 255, 255])
  }
}

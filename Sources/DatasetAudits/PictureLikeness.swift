import Calvin

/// How two series of pictures go together, however brightly each is drawn.
struct PictureLikeness {
  private var count = 0.0
  private var products = 0.0
  /// Steps of the difference from one pixel to the next: within and between blocks of 8.
  private var steps = (within: 0.0, between: 0.0, withinCount: 0.0, betweenCount: 0.0)
  /// The difference, its square, and that of one pixel with the next.
  private var difference = (sum: 0.0, square: 0.0, next: 0.0)
  /// True while the first has no colours.
  private(set) var isGrey = true
  private var exact = 0.0
  private var sums = (a: 0.0, b: 0.0, aa: 0.0, bb: 0.0)
  private var squares: [Double] = []
  private var edges = (a: 0.0, b: 0.0, aa: 0.0, bb: 0.0, ab: 0.0)

  mutating func add(_ a: Frame, _ b: Frame) {
    for index in stride(from: 0, to: a.rgb.count - 2, by: 3) where isGrey {
      isGrey = a.rgb[index] == a.rgb[index + 1] && a.rgb[index] == a.rgb[index + 2]
    }
    let row = 3 * a.width
    for index in a.rgb.indices {
      let (x, y) = (Double(a.rgb[index]), Double(b.rgb[index]))
      sums.a += x
      sums.b += y
      sums.aa += x * x
      sums.bb += y * y
      products += x * y
      if abs(x - y) <= 2 { exact += 1 }
      squares.append((x - y) * (x - y))
      difference.sum += x - y
      difference.square += (x - y) * (x - y)
      if index % row >= 3 {
        let before = Double(a.rgb[index - 3]) - Double(b.rgb[index - 3])
        difference.next += (x - y) * before
        let step = abs(x - y - before)
        if index % row / 3 % 8 == 0 {
          steps.between += step
          steps.betweenCount += 1
        } else {
          steps.within += step
          steps.withinCount += 1
        }
      }
      if index >= 3 {
        let (u, v) = (x - Double(a.rgb[index - 3]), y - Double(b.rgb[index - 3]))
        edges.a += abs(u)
        edges.b += abs(v)
        edges.aa += u * u
        edges.bb += v * v
        edges.ab += u * v
      }
    }
    count += Double(a.rgb.count)
  }

  private var deviations: (a: Double, b: Double) {
    (
      max(0, sums.aa / count - sums.a * sums.a / count / count).squareRoot(),
      max(0, sums.bb / count - sums.b * sums.b / count / count).squareRoot()
    )
  }

  /// Correlation of the differences of neighbouring pixels: where edges are.
  var correlation: Double {
    let scale = (edges.aa * edges.bb).squareRoot()
    return scale > 0 ? edges.ab / scale : 0
  }

  /// True when a twentieth of the bytes makes nearly all of the error.
  var isLocal: Bool {
    let sorted = squares.sorted(by: >)
    let few = sorted.prefix(sorted.count / 20).reduce(0, +)
    return few > 0.97 * sorted.reduce(0, +)
  }

  /// True when most of the picture was drawn just as ours and the rest is something else.
  var isOfAnotherState: Bool { !isGrey && exact > 0.5 * count }

  /// Correlation of the pixels themselves.
  var agreement: Double {
    let (a, b) = deviations
    return a > 0 && b > 0 ? (products / count - sums.a * sums.b / count / count) / (a * b) : 0
  }

  /// True for dark where the other is bright.
  var isNegative: Bool { agreement < -0.8 }

  /// True when the difference jumps every eight pixels.
  var isBlocky: Bool {
    steps.withinCount > 0 && steps.betweenCount > 0
      && steps.between / steps.betweenCount > 1.15 * steps.within / steps.withinCount
  }

  /// True when the difference of one pixel says nothing about that of the next.
  private var isNoisy: Bool {
    let mean = difference.sum / count
    let variance = difference.square / count - mean * mean
    return variance > 9 && difference.next / count - mean * mean < 0.25 * variance
  }

  /// In what way the first is drawn, where that can be told.
  var manner: String? {
    if isGrey { return "has no colours" }
    if isNoisy, correlation > 0.1 { return "is noisy" }
    let (mean, other) = (sums.a / count, sums.b / count)
    if agreement > 0.95, abs(mean - other) > 0.05 * other {
      return mean < other ? "is darker than it was drawn" : "is brighter than it was drawn"
    }
    return nil
  }

  /// Contrast of the first over that of the second.
  var gain: Double { deviations.b > 0 ? deviations.a / deviations.b : 0 }

  /// Differences of neighbouring pixels in the first over those in the second, contrast aside.
  var detail: Double { edges.b > 0 && gain > 0 ? edges.a / edges.b / gain : 0 }
}

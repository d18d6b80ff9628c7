import Foundation

/// Stretches of an episode in which a channel is out of step by one lag, when only a part of it is.
struct PictureLags {
  /// A stretch: frames examined in it, and frames the channel lies early.
  struct Part: Sendable, Hashable {
    var channel: Channel
    var frames: ClosedRange<Int>
    var lag: Int
  }

  /// What another lag from one frame to the next costs, in logarithms of the error.
  private static let change = 4.0
  /// Fewest frames of a stretch.
  private static let shortest = 5

  /// Parts out of step; none where the whole is in step, or out of it as a whole.
  static func parts(of fit: PictureAudit.Fit, _ channel: Channel) -> [Part] {
    let rows = fit.rows.sorted { $0.frame < $1.frame }
    guard rows.count >= 2 * shortest else { return [] }
    let path = likeliest(rows.map(\.errors))
    guard Set(path).count > 1 else { return [] }
    var parts: [Part] = []
    var start = 0
    for index in 1...path.count where index == path.count || path[index] != path[start] {
      let lag = PictureAudit.lags.lowerBound + path[start]
      let part = rows[start..<index]
      if lag != 0, part.count >= shortest, isSure(part.map(\.errors), lag) {
        // Frames at the ends lack a lag and are in no row.
        let first = start == 0 ? fit.byFrame.map(\.frame).min() : nil
        let last = index == path.count ? fit.byFrame.map(\.frame).max() : nil
        parts.append(
          Part(
            channel: channel,
            frames: (first ?? rows[start].frame)...(last ?? rows[index - 1].frame), lag: lag))
      }
      start = index
    }
    let covered = parts.reduce(0) { $0 + $1.frames.count }
    // Ends that repeat a frame are not another part.
    return 10 * covered > 8 * rows.count ? [] : parts
  }

  private static func isSure(_ errors: [[Double]], _ lag: Int) -> Bool {
    let place = lag - PictureAudit.lags.lowerBound
    let there = errors.reduce(0) { $0 + $1[place] }
    let here = errors.reduce(0) { $0 + $1[-PictureAudit.lags.lowerBound] }
    let votes = errors.count { $0[place] == $0.min() }
    return there < 0.5 * here && 4 * votes > 3 * errors.count
  }

  /// The lag of every frame, as places of `PictureAudit.lags`, that makes errors and changes least.
  private static func likeliest(_ errors: [[Double]]) -> [Int] {
    let count = PictureAudit.lags.count
    var costs = [Double](repeating: 0, count: count)
    var from: [[Int]] = []
    for row in errors {
      let least = costs.indices.min { costs[$0] < costs[$1] } ?? 0
      // A little is added: what is next to nothing has no best.
      let floor = 1e-3 * (row.max() ?? 0) + 1e-12
      var next = costs
      var origin = [Int](repeating: 0, count: count)
      for place in 0..<count {
        let changes = costs[least] + change < costs[place]
        origin[place] = changes ? least : place
        next[place] = (changes ? costs[least] + change : costs[place]) + log(row[place] + floor)
      }
      costs = next
      from.append(origin)
    }
    var place = costs.indices.min { costs[$0] < costs[$1] } ?? 0
    var path: [Int] = []
    for origin in from.reversed() {
      path.append(place)
      place = origin[place]
    }
    return path.reversed()
  }
}

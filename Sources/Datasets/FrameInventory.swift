import Foundation
import NumPy

/// Which frames have a file. Listing a folder of millions of names takes seconds, so the list of a
/// large folder can be kept in an `InventoryCache`.
public struct FrameInventory: Sendable, Equatable {
  /// Ranges of frame numbers that have a file, in order.
  public let present: [ClosedRange<Int>]

  /// Number of files.
  public var count: Int { present.reduce(0) { $0 + $1.count } }

  /// True when the frame has a file.
  public func contains(_ frame: Int) -> Bool {
    var (low, high) = (0, present.count)
    while low < high {
      let middle = (low + high) / 2
      if present[middle].upperBound < frame { low = middle + 1 } else { high = middle }
    }
    return low < present.count && present[low].contains(frame)
  }

  /// Frames of the range that have a file, in order.
  public func frames(from first: Int, through last: Int) -> [Int] {
    present.flatMap { range -> [Int] in
      let (low, high) = (max(first, range.lowerBound), min(last, range.upperBound))
      return low <= high ? Array(low...high) : []
    }
  }

  /// The first frame of the range that has no file, nil when all have one.
  public func firstMissing(from first: Int, through last: Int) -> Int? {
    var next = first
    for range in present where range.upperBound >= next {
      guard range.lowerBound <= next else { break }
      next = range.upperBound + 1
    }
    return next <= last ? next : nil
  }

  /// Lists a split's frames, or takes the list that `cache` kept of the folder as it is now.
  public init(of split: DatasetSplit, cache: InventoryCache? = nil) throws(DatasetError) {
    let before = try FolderState(of: split.path)
    if let kept = cache?.ranges(of: before) {
      present = kept
      return
    }
    var frames: [Int] = []
    forEachName(in: split.path) { name in
      if let frame = split.naming.frame(ofFile: name) { frames.append(frame) }
      return true
    }
    present = Self.ranges(of: frames.sorted())
    // What changed while it was listed is listed anew next time.
    if let cache, try FolderState(of: split.path) == before {
      cache.keep(present, count: frames.count, of: before)
    }
  }

  static func ranges(of sorted: [Int]) -> [ClosedRange<Int>] {
    var ranges: [ClosedRange<Int>] = []
    var index = 0
    while index < sorted.count {
      var end = index
      while end + 1 < sorted.count, sorted[end + 1] <= sorted[end] + 1 { end += 1 }
      ranges.append(sorted[index]...sorted[end])
      index = end + 1
    }
    return ranges
  }
}

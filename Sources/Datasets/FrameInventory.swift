import Foundation
import NumPy

/// Which frames have a file. Listing a folder of millions of names takes seconds, so the list of a
/// large folder is kept beside the data and trusted while the folder's time of change stays the
/// same. Small folders, and those without write permission, are left as they are.
public struct FrameInventory: Sendable, Equatable {
  /// Ranges of frame numbers that have a file, in order.
  public let present: [ClosedRange<Int>]

  /// Name of the file the inventory is kept in.
  public static let cacheName = ".calvin_eval_frames.npy"

  /// Fewest files whose list is worth keeping.
  public static let keptFrom = 100_000

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

  /// Lists a split's frames, or takes the list kept by an earlier run.
  ///
  /// - Parameter keptFrom: Fewest files whose list is kept.
  public init(
    of split: DatasetSplit, keptFrom: Int = FrameInventory.keptFrom
  ) throws(DatasetError) {
    let changed = try Self.timeOfChange(split.path)
    let cache = "\(split.path)/\(Self.cacheName)"
    if let kept = Self.kept(in: cache, changed: changed) {
      present = kept
      return
    }
    var frames: [Int] = []
    forEachName(in: split.path) { name in
      if let frame = split.naming.frame(of: name) { frames.append(frame) }
      return true
    }
    present = Self.ranges(of: frames.sorted())
    if frames.count >= keptFrom { Self.keep(present, in: cache, folder: split.path) }
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

  /// Seconds and nanoseconds of the folder's last change.
  private static func timeOfChange(_ folder: String) throws(DatasetError) -> [Int] {
    let status = try examine(folder)
    return [Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)]
  }

  private static func examine(_ folder: String) throws(DatasetError) -> stat {
    var status = stat()
    guard stat(folder, &status) == 0 else { throw DatasetError(folder, "cannot be examined") }
    return status
  }

  /// First row: time of change; further rows: ranges.
  private static func kept(in cache: String, changed: [Int]) -> [ClosedRange<Int>]? {
    guard let array = try? readNPY(cache).expectingShape([nil, 2]),
      let numbers = try? array.integers(), Array(numbers.prefix(2)) == changed
    else { return nil }
    var ranges: [ClosedRange<Int>] = []
    for index in stride(from: 2, to: numbers.count, by: 2) {
      guard numbers[index] <= numbers[index + 1],
        ranges.last.map({ $0.upperBound < numbers[index] }) ?? true
      else { return nil }
      ranges.append(numbers[index]...numbers[index + 1])
    }
    return ranges
  }

  /// Keeping is a convenience: a folder that cannot be written is no error. The file is written
  /// twice because the first writing changes the folder, and with it the time that is kept.
  private static func keep(_ ranges: [ClosedRange<Int>], in cache: String, folder: String) {
    func write() throws(DatasetError) -> Bool {
      let changed = try timeOfChange(folder)
      let rows = changed + ranges.flatMap { [$0.lowerBound, $0.upperBound] }
      let bytes = NPYArray(rows, shape: [rows.count / 2, 2]).npyBytes()
      guard let file = fopen(cache, "wb") else { return false }
      let written = fwrite(bytes, 1, bytes.count, file)
      return fclose(file) == 0 && written == bytes.count
    }
    // Asked of the folder itself, since a superuser's writes are never refused.
    guard let status = try? examine(folder), status.st_mode & S_IWUSR != 0 else { return }
    if (try? write()) == true { _ = try? write() }
  }
}

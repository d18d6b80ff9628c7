import Foundation
import NumPy

/// Keeps lists of large folders in a folder of its own, so that datasets are left as they are. A list
/// counts only for a folder of the same path, device, inode and time of change, to the nanosecond.
public struct InventoryCache: Sendable {
  /// Where lists are kept; made when there is something to keep.
  public let folder: String
  /// Fewest files whose list is worth keeping.
  public let keptFrom: Int
  /// Seconds a folder must have been left alone before its list is kept: a clock's tick hides later
  /// changes, so a folder changed just now might change again without its time changing.
  let settling: Int

  /// A cache in this folder.
  public init(folder: String, keptFrom: Int = 100_000, settling: Int = 2) {
    self.folder = folder
    self.keptFrom = keptFrom
    self.settling = settling
  }

  /// The list kept of a folder in this state, nil when there is none.
  func ranges(of state: FolderState) -> [ClosedRange<Int>]? {
    guard let archive = try? NPZArchive(path: file(of: state)),
      let key = try? archive.array("folder").elements(as: UInt8.self),
      let stored = try? archive.array("state").integers(),
      key == Array(state.path.utf8), stored == state.numbers,
      let numbers = try? archive.array("ranges").expectingShape([nil, 2]).integers()
    else { return nil }
    var ranges: [ClosedRange<Int>] = []
    for index in stride(from: 0, to: numbers.count, by: 2) {
      guard numbers[index] <= numbers[index + 1],
        ranges.last.map({ $0.upperBound < numbers[index] }) ?? true
      else { return nil }
      ranges.append(numbers[index]...numbers[index + 1])
    }
    return ranges
  }

  /// Keeps a list; a place that cannot be written is no error, since nothing depends on it.
  func keep(_ ranges: [ClosedRange<Int>], count: Int, of state: FolderState) {
    guard count >= keptFrom, Int(time(nil)) - state.seconds >= settling else { return }
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let numbers = ranges.flatMap { [$0.lowerBound, $0.upperBound] }
    try? writeNPZ(
      [
        ("folder", NPYArray(Array(state.path.utf8))), ("state", NPYArray(state.numbers)),
        ("ranges", NPYArray(numbers, shape: [ranges.count, 2])),
      ], to: file(of: state), compressed: false)
  }

  private func file(of state: FolderState) -> String {
    "\(folder)/frames-\(state.device)-\(state.inode).npz"
  }
}

/// What tells one state of a folder from another.
struct FolderState: Equatable {
  let path: String
  let device: UInt64
  let inode: UInt64
  let seconds: Int
  let nanoseconds: Int

  init(of folder: String) throws(DatasetError) {
    var status = stat()
    guard stat(folder, &status) == 0, let resolved = realpath(folder, nil) else {
      throw DatasetError(folder, "cannot be examined")
    }
    defer { free(resolved) }
    path = String(cString: resolved)
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }

  var numbers: [Int] {
    [Int(truncatingIfNeeded: device), Int(truncatingIfNeeded: inode), seconds, nanoseconds]
  }
}
